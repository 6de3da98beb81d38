"""Of a large part in object storage, the ranges that somebody asks for: the rest of it never comes.

A merged part has row groups of a few epochs each, and its footer says where each column of each of them stands. What is
fetched goes to its place in a file with holes, which is read as the whole part is: nobody looks into the holes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from recorder.mirror.place import Place
from recorder.runfile import Part
from recorder.runfile.parquet_footer import Footer, footer_size, read_footer
from recorder.runfile.part_files import Range, groups_with

WORTHWHILE = 2**21  # bytes: a smaller part has come before two more questions are answered
MOST = 0.5  # of a part; of more, all of it
TAIL = 2**16  # bytes that the footer of nearly every part fits into, at the first question
GAP = 2**16  # bytes between two ranges that are fetched as one
Bytes = tuple[int, int]  # first, and behind the last


class PartInRanges:
    """A part of which some ranges are here.

    Args:
        place: of the run.
        name: of the part, within it.
        part: what it is of.
        size: of the whole, in bytes.
        folder: for the file with holes; it has the name of the part.

    Attributes:
        part: with the path of that file.

    Raises:
        RemoteError: The footer does not come.
        ValueError: It is none.
    """

    def __init__(self, place: Place, name: str, part: Part, size: int, folder: Path) -> None:
        self._place, self._name, self._size = place, name, size
        tail = place.ranges(name, [(max(size - TAIL, 0), size)])[0]
        if (wanted := footer_size(tail)) > len(tail):
            tail = place.ranges(name, [(max(size - wanted, 0), size)])[0]
        self._footer: Footer = read_footer(tail, size)
        self._here = set[Bytes]()
        self.part = replace(part, path=folder / part.path.name)
        folder.mkdir(parents=True, exist_ok=True)
        with self.part.path.open("wb") as file:
            file.truncate(size)
            file.seek(size - len(tail))
            file.write(tail)

    def fetch(self, epochs: Range | None, columns: Sequence[str] | None) -> bool:
        """Fetches what is asked for; False where it is so much that the whole should come.

        Args:
            epochs: first and last; all if None.
            columns: names; all if None.

        Raises:
            RemoteError: Something does not come.
            OSError: The disk failed.
        """
        lacking = self._chunks(epochs, columns) - self._here
        if sum(stop - start for start, stop in self._here | lacking) > MOST * self._size:
            return False
        spans = list(_joined(lacking))
        if spans:
            found = self._place.ranges(self._name, spans)
            with self.part.path.open("r+b") as file:
                for (start, _), text in zip(spans, found, strict=True):
                    file.seek(start)
                    file.write(text)
            self._here |= lacking
        return True

    def _chunks(self, epochs: Range | None, columns: Sequence[str] | None) -> set[Bytes]:
        groups = [self._footer.groups[number] for number in groups_with(self._footer, epochs)]
        return {
            (column.start, column.end)
            for group in groups
            for column in group.columns
            if columns is None or column.name in columns
        }


def _joined(chunks: Iterable[Bytes]) -> Iterator[Bytes]:
    """Few ranges that hold all of these, and little else."""
    first = last = -1
    for start, stop in sorted(chunks):
        if last < 0 or start - last > GAP:
            if last >= 0:
                yield first, last
            first = start
        last = max(stop, last)
    if last >= 0:
        yield first, last
