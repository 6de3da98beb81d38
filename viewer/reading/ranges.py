"""Of large parts in object storage, the ranges that somebody asks for: the rest of them never comes.

A merged part has row groups of a few epochs each, and its footer says where each column of each of them stands. What is
fetched goes to its place in a file with holes, which is read as the whole part is: nobody looks into the holes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from recorder.mirror.place import Place
from recorder.runfile import Part
from recorder.runfile.parquet_footer import footer_size, read_footer
from recorder.runfile.part_files import Range, groups_with
from recorder.runfile.part_reader import Key, span_in

WORTHWHILE = 2**21  # bytes: a smaller part has come before two more questions are answered
MOST = 0.5  # of a part; of more, all of it
TAIL = 2**16  # bytes that the footer of nearly every part fits into, at the first question


class PartsInRanges:
    """Parts of a run of which some ranges are here, for this process alone: to all others they are lacking."""

    def __init__(self) -> None:
        self._parts: dict[str, PartInRanges] = {}  # by name
        self._holes: TemporaryDirectory[str] | None = None

    def fetch(
        self, place: Place, name: str, part: Part, size: int, keys: Collection[Key], columns: Sequence[str] | None
    ) -> bool:
        """Whether what is asked for of a part is here now; else the whole should come, or say why it does not.

        Args:
            place: of the run.
            name: of the part, within it.
            part: what it is of.
            size: of the whole, in bytes.
            keys: of the epochs.
            columns: names; all if None.
        """
        try:
            if name not in self._parts:
                if self._holes is None:
                    self._holes = TemporaryDirectory(prefix="epochreel-", ignore_cleanup_errors=True)
                self._parts[name] = PartInRanges(place, name, part, size, Path(self._holes.name) / part.kind)
            return self._parts[name].fetch(span_in(part, keys), columns)
        except (OSError, ValueError):
            return False

    def keep(self, names: Collection[str]) -> None:
        """Forgets all others."""
        self._parts = {name: found for name, found in self._parts.items() if name in names}

    def of(self, kind: str) -> list[Part]:
        """Those of a kind, with the paths of their files."""
        return [found.part for found in self._parts.values() if found.part.kind == kind]


class PartInRanges:
    """One of them.

    Args:
        place: of the run.
        name: of the part, within it.
        part: what it is of.
        size: of the whole, in bytes.
        folder: for the file with holes; it has the name of the part.

    Attributes:
        part: with the path of that file.

    Raises:
        OSError: The footer does not come, or the disk failed.
        ValueError: It is none.
    """

    def __init__(self, place: Place, name: str, part: Part, size: int, folder: Path) -> None:
        self._place, self._name, self._size = place, name, size
        tail = self._end(TAIL)
        if (wanted := footer_size(tail)) > len(tail):
            tail = self._end(wanted)
        self._footer = read_footer(tail, size)
        self._here = set[tuple[int, int]]()  # first byte, and behind the last
        self.part = replace(part, path=folder / part.path.name)
        folder.mkdir(parents=True, exist_ok=True)
        with self.part.path.open("wb") as file:
            file.truncate(size)
        self._write([(size - len(tail), tail)])

    def fetch(self, epochs: Range | None, columns: Sequence[str] | None) -> bool:
        """Fetches what is asked for; False where it is so much that the whole should come.

        Args:
            epochs: first and last; all if None.
            columns: names; all if None.

        Raises:
            OSError: Something does not come, or the disk failed.
        """
        groups = [self._footer.groups[number] for number in groups_with(self._footer, epochs)]
        wanted = self._here | {
            (column.start, column.end)
            for group in groups
            for column in group.columns
            if columns is None or column.name in columns
        }
        if sum(last - first for first, last in wanted) > MOST * self._size:
            return False
        if wanted > self._here:
            self._write(self._place.ranges(self._name, wanted - self._here))
            self._here = wanted
        return True

    def _end(self, most: int) -> bytes:
        ((_, text),) = self._place.ranges(self._name, [(max(self._size - most, 0), self._size)])
        return text

    def _write(self, pieces: Iterable[tuple[int, bytes]]) -> None:
        with self.part.path.open("r+b") as file:
            for first, text in pieces:
                file.seek(first)
                file.write(text)
