"""The copy of one run that is in object storage: fetched as it grows, and what is missing is said."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from recorder.mirror.address import RemoteError
from recorder.mirror.place import Found, Place
from recorder.mirror.segments import Segment, chain, segments_among
from recorder.runfile import LINES, MANIFEST, Part
from recorder.runfile.disk import write_whole
from recorder.runfile.door import IDS_BYTES, LINES_BYTES, MANIFEST_BYTES, PART_BYTES
from recorder.runfile.layout import ADDITIONS, ATTEMPTS, BATCHES, IDS, KINDS, PENDING, part_at
from recorder.runfile.part_reader import Key, may_hold

from .ranges import WORTHWHILE, PartsInRanges

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
        self._parts: dict[str, dict[str, Part]] = {kind: {} for kind in KINDS}  # by kind and name
        self._lacking: dict[str, dict[str, Part]] = {kind: {} for kind in KINDS}  # those that are not here
        self._asked = set[str]()  # kinds of parts that somebody has asked for
        self._whole = False  # whether it was for all of them
        self._come = set[str]()  # names that were not there at the first look
        self._in_ranges = PartsInRanges()
        self._lock = threading.RLock()
        self._stamps = _read_mark(folder)

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
            if whole:
                self.fetch_all()
            else:
                self._fetch_asked()

    def fetch_all(self) -> None:
        """Fetches all parts that there were at the last look, and from now on those that come."""
        with self._lock:
            self._asked, self._whole = set(KINDS), True
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
            faults = self._fetch_for(kind, keys, columns)
            for _ in range(LOOKS):
                if not faults or self._place is None:
                    break
                with suppress(RemoteError):  # what waited was merged since the last look: it stands elsewhere
                    self._take(self._place.listed())
                faults = self._fetch_for(kind, keys, columns)
            return faults

    def in_ranges(self, kind: str) -> list[Part]:
        """Parts of which what was asked for is here, and no more."""
        with self._lock:
            return self._in_ranges.of(kind)

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
        self._in_ranges.keep(set[str]().union(*self._lacking.values()))

    def _fetch_asked(self) -> None:
        """Of what somebody has asked about all that has come since the first look, but what is large: that waits."""
        for kind in sorted(self._asked):
            names = [
                name
                for name in self._lacking[kind]
                if self._whole or (name in self._come and self._objects[name].size < WORTHWHILE)
            ]
            if not self._fetch_parts(kind, names):
                self._remove_merged(kind)

    def _fetch_for(self, kind: str, keys: Collection[Key], columns: Sequence[str] | None) -> list[str]:
        asked = [(name, part) for name, part in self._lacking[kind].items() if may_hold(part, keys)]
        return self._fetch_parts(kind, [name for name, part in asked if not self._suffices(name, part, keys, columns)])

    def _suffices(self, name: str, part: Part, keys: Collection[Key], columns: Sequence[str] | None) -> bool:
        """Whether of a large part what is asked for is here now."""
        size = self._objects[name].size
        if self._place is None or self._whole or size < WORTHWHILE:
            return False
        return self._in_ranges.fetch(self._place, name, part, size, keys, columns)

    def _fetch_parts(self, kind: str, names: Iterable[str]) -> list[str]:
        """Sentences of those that do not come."""
        faults = {name: self._try(name) for name in names}
        for name in [name for name, fault in faults.items() if not fault]:
            del self._lacking[kind][name]
        self._in_ranges.keep(set[str]().union(*self._lacking.values()))
        return list(filter(None, faults.values()))

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


def _is_of_a_run(name: str, found: Found) -> bool:
    """Whether an object has a name that a run has, and no more bytes than it may have: a bucket may hold anything."""
    for piece in segments_among([name]):
        return found.size == piece.last - piece.first and piece.last <= LINES_BYTES  # else it is being written
    folder, _, last = name.rpartition("/")
    known = name in (MANIFEST, LINES) if not folder else folder in _FOLDERS and _PLAIN.fullmatch(last) is not None
    return known and found.size <= _MOST.get(folder or name, PART_BYTES)


def _read_mark(folder: Path) -> dict[str, Any]:
    try:
        found = json.loads((folder / MARK).read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
