"""Sending what is new of a run, in an order in which nothing is promised before it is there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

from ..runfile import LINES, MANIFEST, Part, is_run
from ..runfile.batches import write_joined
from ..runfile.door import entries
from ..runfile.layout import (
    ADDITIONS,
    ATTEMPTS,
    BATCHES,
    EPOCHS_IN_A_PART,
    IDS,
    KINDS,
    PENDING,
    batch_path,
    batches,
    merged_parts,
    part_at,
    pending_parts,
)
from .address import RemoteError
from .place import Found, Place
from .segments import Segment, chain, joined, packed, segments_among
from .whole_lines import WholeLines

LOOKS = 5  # at a run whose pending parts are merged meanwhile
MOST_WAITING = 2**26  # bytes of pending parts that become one object


@dataclass
class Sent:
    """What one `RunPusher` has sent.

    Attributes:
        objects: how many, those that were sent again too.
        bytes: of them.
    """

    objects: int = 0
    bytes: int = 0


class RunPusher:
    """Sends one run to its place; each `push` what is new since the last one.

    What is there is asked for once, so that a later pusher, in another process, goes on where this one was cut off.

    Args:
        folder: the run.
        place: the folder of runs it goes to.

    Raises:
        FileNotFoundError: `folder` is no run.
    """

    def __init__(self, folder: Path, place: Place) -> None:
        if not is_run(folder):
            raise FileNotFoundError(f"a run is a folder with a run.json. Received: {folder}")
        self.folder, self.place, self.sent = folder, place.within(folder.name), Sent()
        self._there: dict[str, Found] | None = None
        self._stamps: dict[str, tuple[int, int]] = {}  # of files that may be replaced, as they were sent
        self._lines = WholeLines(folder / LINES)
        self._may_remove = True

    def push(self, *, ended: bool = False) -> None:
        """Sends what is new.

        Args:
            ended: nothing comes after it for a while: what is there is asked for anew, what is missing is sent again,
                and the lines are put into as few objects as can be.

        Raises:
            RemoteError: The storage did not do what it was asked, or has another run of that name.
            OSError: The run cannot be read.
        """
        if ended:
            self._there = None
        for look in range(LOOKS):
            try:
                self._push(ended)
                return
            except FileNotFoundError:  # merged between the look and the sending
                if look == LOOKS - 1:
                    raise
            except RemoteError:
                self._there = None  # what is there is asked for again
                raise

    def left(self) -> tuple[int, int]:
        """How many whole lines, and how many other files, are not there; all of them where nobody could ask."""
        there = self._there or {}
        lines = self._lines.count(_end(chain(segments_among(there))), self._lines.end())
        files = [f"{kind}/{part.path.name}" for kind in KINDS for part in merged_parts(self.folder, kind)]
        return lines, sum(name not in there for name in files)

    def _push(self, ended: bool) -> None:
        there = self._known()
        # What commits is looked at first, and sent last; in between comes what it commits.
        end, committing = self._lines.end(), [*self._files(ATTEMPTS), *self._files(ADDITIONS)]
        waiting = [*pending_parts(self.folder), *batches(self.folder)]
        merged = [part for kind in KINDS for part in merged_parts(self.folder, kind)]
        for path in (self.folder / MANIFEST, *self._files(IDS)):
            self._put_if_replaced(path)
        for part in merged:
            self._put_once(part.path)
        self._put_waiting(waiting, there)
        for path in committing:
            if path.read_bytes().endswith(b"\n"):
                self._put_once(path)
        while (start := _end(chain(segments_among(there)))) < end:
            self._put_lines(self._lines.piece(start, end))
        self._tidy(waiting, there, ended)

    def _known(self) -> dict[str, Found]:
        """What is there, by name; asked for once.

        Raises:
            RemoteError: It is not what stands here.
        """
        if self._there is None:
            there = self.place.listed()
            pieces = chain(segments_among(there))
            if pieces:
                last = pieces[-1]
                if last.last > self._lines.end() or self.place.get(last.name) != self._lines.text(
                    last.first, last.last
                ):
                    raise RemoteError(
                        f"{self.place.url} must hold the run that is sent there. Received: {self.folder}, whose lines "
                        "are others (a power cut may have taken some of them here); epochreel push --to sends it "
                        "elsewhere"
                    )
            self._there = there
        return self._there

    def _put_waiting(self, waiting: Sequence[Part], there: dict[str, Found]) -> None:
        """Pending parts that are in no object yet: alone, or several as one batch."""
        stood = [part for part in (part_at(self.folder, name) for name in there) if part is not None]
        for part in waiting:
            if part.path.parent.name == BATCHES:
                self._put_once(part.path)
        new = [part for part in waiting if part.path.parent.name == PENDING and not _is_in(part, stood)]
        new.sort(key=lambda part: (part.kind, part.attempt, part.first))
        for _, several in groupby(new, key=lambda part: (part.kind, part.attempt)):
            rest = list(several)
            while rest:
                self._put_some(_first_of(rest))

    def _put_some(self, parts: list[Part]) -> None:
        first, last = parts[0], parts[-1]
        if len(parts) > 1:
            name = batch_path(self.folder, first.kind, first.attempt, first.first, last.last)
            with TemporaryDirectory(prefix="epochreel-") as folder:
                file = Path(folder, name.name)
                if write_joined(file, rest := list(parts)) == parts and not rest:
                    self._sent(self._name(name), file)
                    return
        for part in parts:  # one is broken, or they are large
            self._put_once(part.path)

    def _put_once(self, path: Path) -> None:
        """A file that never changes; one of another size than it has is half there, or of another making."""
        found = (self._there or {}).get(self._name(path))
        if found is None or found.size != path.stat().st_size:
            self._sent(self._name(path), path)

    def _put_if_replaced(self, path: Path) -> None:
        state = path.stat()
        stamp = state.st_size, state.st_mtime_ns
        if self._stamps.get(path.name) != stamp or self._name(path) not in (self._there or {}):
            self._sent(self._name(path), path)
            self._stamps[path.name] = stamp

    def _sent(self, name: str, path: Path) -> None:
        size = path.stat().st_size
        self.place.put_file(name, path)
        self._is_there(name, size)

    def _put_lines(self, piece: Segment) -> None:
        self.place.put(piece.name, self._lines.text(piece.first, piece.last))
        self._is_there(piece.name, piece.last - piece.first)

    def _is_there(self, name: str, size: int) -> None:
        assert self._there is not None
        self._there[name] = Found(size, "")
        self.sent.objects += 1
        self.sent.bytes += size

    def _tidy(self, waiting: Sequence[Part], there: dict[str, Found], ended: bool) -> None:
        """Joins pieces of lines, and takes away what stands in a merged part too, where that is allowed."""
        if not self._may_remove:
            return
        pieces = chain(segments_among(there))
        while (whole := joined(pieces, self._lines_in)) is not None:
            self._put_lines(whole)
            pieces = chain(segments_among(there))
        for whole in packed(pieces) if ended else ():
            if whole.name not in there:
                self._put_lines(whole)
        kept = set(chain(segments_among(there)))
        old = [piece.name for piece in segments_among(there) if piece not in kept]
        for name in there:
            part = part_at(self.folder, name)
            if part is not None and name.startswith((PENDING, BATCHES)) and not _holds(part, waiting):
                old.append(name)
        try:
            self.place.remove(old)
        except RemoteError:
            self._may_remove = False  # who may only write leaves them there: they do no harm
            return
        for name in old:
            del there[name]

    def _lines_in(self, piece: Segment) -> int:
        return self._lines.count(piece.first, piece.last)

    def _files(self, folder: str) -> list[Path]:
        return [path for path in entries(self.folder / folder) if not path.name.startswith(".")]

    def _name(self, path: Path) -> str:
        return path.relative_to(self.folder).as_posix()


def _end(pieces: Sequence[Segment]) -> int:
    return pieces[-1].last if pieces else 0


def _is_in(part: Part, others: Iterable[Part]) -> bool:
    return any(
        (other.kind, other.attempt) == (part.kind, part.attempt) and other.first <= part.first <= other.last
        for other in others
    )


def _holds(part: Part, waiting: Iterable[Part]) -> bool:
    """Whether a part holds some of those that wait to be merged."""
    return any(_is_in(one, [part]) for one in waiting)


def _first_of(rest: list[Part]) -> list[Part]:
    """Takes the first of some parts out of a list: as many as become one object."""
    size, taken = 0, list[Part]()
    while rest and len(taken) < EPOCHS_IN_A_PART and (not taken or size < MOST_WAITING):
        taken.append(rest.pop(0))
        size += taken[-1].path.stat().st_size
    return taken
