"""The copy of one run that is in object storage: fetched as it grows, and what is missing is said."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from recorder.mirror.address import RemoteError
from recorder.mirror.place import Found, Place
from recorder.mirror.segments import Segment, chain, segments_among
from recorder.runfile import LINES, MANIFEST, Part, PartReader
from recorder.runfile.disk import write_whole
from recorder.runfile.door import IDS_BYTES, LINES_BYTES, MANIFEST_BYTES, PART_BYTES
from recorder.runfile.layout import ADDITIONS, ATTEMPTS, BATCHES, IDS, KINDS, PENDING, part_at
from recorder.runfile.part_reader import Key, span_in

from .ranges import WORTHWHILE, PartInRanges

MARK = ".fetched.json"  # in a copy, and in nothing else: what of it may be replaced, as it was fetched
LOOKS = 3  # at a run whose parts are merged meanwhile
_PLAIN = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}")
_FOLDERS = (ATTEMPTS, ADDITIONS, IDS, PENDING, BATCHES, *KINDS)
_MOST = {MANIFEST: MANIFEST_BYTES, LINES: LINES_BYTES, IDS: IDS_BYTES}


class CachedRun:
    """Fetches what there is of a run.

    Args:
        folder: of the copy.
        place: of the run; None while the storage cannot be asked.

    Attributes:
        faults: a sentence by name for what could not be fetched at the last try.
    """

    def __init__(self, folder: Path, place: Place | None) -> None:
        self.folder, self._place = folder, place
        self.faults: dict[str, str] = {}
        self._objects: dict[str, Found] = {}
        self._parts: dict[str, dict[str, Part]] = {}  # by kind and name
        self._lacking: dict[str, dict[str, Part]] = {}  # those that are not here
        self._asked = set[str]()  # kinds of parts that somebody has asked for
        self._whole = False  # whether it was for all of them
        self._come = set[str]()  # names that were not there at the first look
        self._in_ranges: dict[str, PartInRanges] = {}  # large parts of which some is here, by name
        self._holes: TemporaryDirectory[str] | None = None  # of this process: what is not whole is nobody else's
        self._lock = threading.RLock()
        self._stamps = _read_mark(folder)

    def reader(self) -> PartReader:
        """What reads the parts, and fetches them first."""
        return FetchingReader(self)

    def sync(self, objects: dict[str, Found], whole: bool) -> None:
        """Takes in what is new.

        Args:
            objects: all there are, by name.
            whole: all parts too.
        """
        with self._lock:
            self._take(objects)
            self.folder.mkdir(parents=True, exist_ok=True)
            if not (self.folder / MARK).exists():
                self._mark()
            before = dict(self._stamps)
            for name in self._objects:
                folder = name.rpartition("/")[0]
                if folder in (ATTEMPTS, ADDITIONS, IDS):
                    self._fetch_again(name)
            self._take_lines()
            self._fetch_again(MANIFEST)  # last: with it the copy is a run
            if self._stamps != before:
                self._mark()
            self._ask(whole)
            self._fetch_asked()

    def fetch_all(self) -> None:
        """Fetches all parts that there were at the last look, and from now on those that come."""
        with self._lock:
            self._ask(True)
            self._fetch_asked()

    def fetch(self, kind: str, keys: Collection[Key], columns: Sequence[str] | None = None) -> list[str]:
        """Fetches the parts of a kind that may hold some (attempt, epoch), of large ones what is asked for of them.

        Args:
            kind: of the parts.
            keys: of the epochs.
            columns: names of those that are read; all if None.

        Returns:
            A sentence for each part that does not come.
        """
        with self._lock:
            self._asked.add(kind)
            faults = self._fetch_parts(kind, keys, columns)
            for _ in range(LOOKS):
                if not faults or self._place is None:
                    break
                with suppress(RemoteError):  # what waited was merged since the last look: it stands elsewhere
                    self._take(self._place.listed())
                faults = self._fetch_parts(kind, keys, columns)
            return faults

    def in_ranges(self, kind: str) -> list[Part]:
        """Parts of which what was asked for is here, and no more."""
        with self._lock:
            return [found.part for found in self._in_ranges.values() if found.part.kind == kind]

    def _ask(self, whole: bool) -> None:
        if whole:
            self._asked, self._whole = set(KINDS), True

    def _take(self, objects: dict[str, Found]) -> None:
        before, self._objects = self._objects, {name: one for name, one in objects.items() if _is_of_a_run(name, one)}
        if before:
            self._come |= self._objects.keys() - before.keys()
        self._sort_parts()

    def _sort_parts(self) -> None:
        self._parts = {kind: {} for kind in KINDS}
        for name in self._objects:
            if (part := part_at(self.folder, name)) is not None:
                self._parts[part.kind][name] = part
        self._lacking = {
            kind: {name: part for name, part in parts.items() if self._lacks(name)}
            for kind, parts in self._parts.items()
        }
        known = set[str]().union(*self._lacking.values())
        self._in_ranges = {name: found for name, found in self._in_ranges.items() if name in known}

    def _fetch_asked(self) -> None:
        for kind in sorted(self._asked):
            if not self._fetch_parts(kind, None):
                self._remove_merged(kind)

    def _fetch_parts(self, kind: str, keys: Collection[Key] | None, columns: Sequence[str] | None = None) -> list[str]:
        """Those that are lacking and hold some keys; if these are None, what has come since the first look.

        Of that too the large ones wait for a question, and all that was there before.
        """
        faults, lacking = [], self._lacking.get(kind, {})
        for name, part in list(lacking.items()):
            large = not self._whole and self._objects[name].size >= WORTHWHILE
            if keys is None and (large or not (self._whole or name in self._come)):
                continue
            if keys is not None and not _may_hold(part, keys):
                continue
            if keys is not None and large and self._try_ranges(name, part, keys, columns):
                continue
            if fault := self._try(name):
                faults.append(fault)
            else:
                del lacking[name]
                self._in_ranges.pop(name, None)
        return faults

    def _try_ranges(self, name: str, part: Part, keys: Collection[Key], columns: Sequence[str] | None) -> bool:
        """Whether what is asked for of a part is here; else the whole must come, or say why not."""
        if self._place is None:
            return False
        try:
            if name not in self._in_ranges:
                if self._holes is None:
                    self._holes = TemporaryDirectory(prefix="epochreel-", ignore_cleanup_errors=True)
                folder = Path(self._holes.name) / part.kind
                found = PartInRanges(self._place, name, part, self._objects[name].size, folder)
                self._in_ranges[name] = found
            return self._in_ranges[name].fetch(span_in(part, keys), columns)
        except (OSError, ValueError):
            return False

    def _remove_merged(self, kind: str) -> None:
        """Takes away what waited to be merged, and is no longer there, where what it was merged into has come."""
        there, lacking = self._parts[kind], self._lacking[kind]
        come = [part for name, part in there.items() if name not in lacking and part.first < part.last]
        for folder in (PENDING, BATCHES):
            for path in (self.folder / folder).glob(f"*.{kind}.parquet"):
                name = f"{folder}/{path.name}"
                part = part_at(self.folder, name)
                if name not in there and part is not None and any(part.is_within(other) for other in come):
                    with suppress(OSError):
                        path.unlink()

    def _take_lines(self) -> None:
        """Puts new lines behind those that are there; whoever else does, writes the same bytes at the same place."""
        path, pieces = self.folder / LINES, segments_among(self._objects)
        if not pieces:
            if LINES in self._objects:
                self._fetch_again(LINES)  # a folder of a run that somebody copied as it is
            return
        start = path.stat().st_size if path.exists() else 0
        for piece in chain(pieces, start):
            text = self._lines_of(piece)
            if text is None:
                return
            with path.open("r+b" if path.exists() else "wb") as file:
                file.seek(start)
                file.write(text[start - piece.first :])
            start = piece.last

    def _lines_of(self, piece: Segment) -> bytes | None:
        if self._place is None:
            return None
        try:
            text = self._place.get(piece.name)
        except RemoteError as error:
            self.faults[piece.name] = str(error)
            return None
        self.faults.pop(piece.name, None)
        return text if len(text) == piece.last - piece.first and text.endswith(b"\n") else None

    def _fetch_again(self, name: str) -> None:
        """What may be replaced: where it is another one."""
        found = self._objects.get(name)
        stamp = None if found is None else [found.size, found.stamp]
        if stamp is not None and (self._stamps.get(name) != stamp or self._lacks(name)) and not self._try(name):
            self._stamps[name] = stamp

    def _lacks(self, name: str) -> bool:
        path = self.folder / name
        return not path.exists() or path.stat().st_size != self._objects[name].size

    def _try(self, name: str) -> str:
        """Fetches an object; a sentence where it does not come."""
        self.faults.pop(name, None)
        try:
            if self._place is None:
                raise RemoteError(f"{name} was not fetched, and the storage cannot be asked")
            target = self.folder / name
            target.parent.mkdir(exist_ok=True)
            self._place.fetch(name, target, self._objects[name].size)
        except OSError as error:
            self.faults[name] = str(error)
        return self.faults.get(name, "")

    def _mark(self) -> None:
        write_whole(self.folder / MARK, json.dumps(self._stamps).encode())


class FetchingReader(PartReader):
    """Reads the parts of a copy, and fetches them first.

    Args:
        run: the copy.
    """

    def __init__(self, run: CachedRun) -> None:
        super().__init__(run.folder)
        self._run = run

    def read(self, kind: str, keys: Collection[Key], *, faults: list[str] | None = None) -> Iterator[tuple[Key, Any]]:
        """As `PartReader.read`."""
        self._fetch(kind, keys, None, faults)
        return super().read(kind, keys, faults=faults)

    def scan(
        self, kind: str, keys: Collection[Key], *, columns: Sequence[str], faults: list[str] | None = None
    ) -> Iterator[Any]:
        """As `PartReader.scan`."""
        self._fetch(kind, keys, columns, faults)
        return super().scan(kind, keys, columns=columns, faults=faults)

    def _fetch(self, kind: str, keys: Collection[Key], columns: Sequence[str] | None, faults: list[str] | None) -> None:
        missing = self._run.fetch(kind, self._with_rows(kind, keys), columns)
        if faults is not None:
            faults += missing

    def _looks(self, kind: str, wanted: set[Key]) -> Iterator[Callable[[], list[Part]]]:
        for look in super()._looks(kind, wanted):
            yield lambda look=look: [*look(), *self._run.in_ranges(kind)]  # type: ignore[misc]


def _is_of_a_run(name: str, found: Found) -> bool:
    """Whether an object has a name that a run has, and no more bytes than it may have: a bucket may hold anything."""
    for piece in segments_among([name]):
        return found.size == piece.last - piece.first and piece.last <= LINES_BYTES  # else it is being written
    folder, _, last = name.rpartition("/")
    known = name in (MANIFEST, LINES) if not folder else folder in _FOLDERS and _PLAIN.fullmatch(last) is not None
    return known and found.size <= _MOST.get(folder or name, PART_BYTES)


def _may_hold(part: Part, keys: Collection[Key]) -> bool:
    return any(attempt == part.attempt and part.first <= epoch <= part.last for attempt, epoch in keys)


def _read_mark(folder: Path) -> dict[str, Any]:
    try:
        found = json.loads((folder / MARK).read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
