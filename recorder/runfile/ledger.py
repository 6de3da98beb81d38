"""How many rows the lines of a run say that its parts have: what a part is held against before it is decoded."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from .additions import Additions
from .codec import decode_part, decode_parts
from .errors import RunFormatError
from .layout import EPOCHS_IN_A_PART, KINDS, LINES, Part
from .schema import EpochRows, RowsIn, RowsOfALine
from .tail import Tail


class Ledger:
    """The rows that each committed epoch has, by kind of part; read on when it is asked for more.

    Args:
        folder: the run.
    """

    def __init__(self, folder: Path) -> None:
        self._tail, self._additions = Tail(folder / LINES), Additions(folder)
        self._rows: defaultdict[int, dict[int, RowsIn]] = defaultdict(dict)  # by attempt and epoch

    def rows(self, kind: str, attempt: int, epoch: int) -> int:
        """The rows of an epoch; 0 where it has none, or no line commits it."""
        if epoch not in self._rows[attempt]:
            self._read_on()
        return self._stated(kind, attempt, epoch)

    def check(self, part: Part, rows: int) -> None:
        """Raises RunFormatError where a part has other rows than the lines give it.

        A part of one epoch has all its rows. A merged part has no more than the epochs in its name can have; of some
        a power cut may have taken the line.
        """
        if not self._fits(part, rows):
            self._read_on()
            if not self._fits(part, rows):
                stated, _ = self._rows_of(part)
                raise RunFormatError(f"{part.path.name} must have {stated} rows, as the lines say. Received: {rows}")

    def _fits(self, part: Part, rows: int) -> bool:
        stated, most = self._rows_of(part)
        return rows == stated or (part.first < part.last and rows <= most)

    def _rows_of(self, part: Part) -> tuple[int, int]:
        """The rows of the epochs in a part's name, as the lines say, and at most, if lines were lost."""
        epochs, known = range(part.first, part.last + 1), self._rows[part.attempt]
        there = [
            epoch for epoch in (known if len(known) < len(epochs) else epochs) if epoch in known and epoch in epochs
        ]
        rows = [self._stated(part.kind, part.attempt, epoch) for epoch in there]
        lost = min(len(epochs) - len(there), EPOCHS_IN_A_PART)
        return sum(rows), sum(rows) + lost * max(rows, default=0)

    def _stated(self, kind: str, attempt: int, epoch: int) -> int:
        found = self._rows[attempt].get(epoch)
        return 0 if found is None else getattr(found, kind)

    def _read_on(self) -> None:
        for one in self._additions.read():
            self._rows[one.attempt][one.epoch] = RowsIn(**{kind: one.rows.get(kind, 0) for kind in KINDS})
        for line in _decoded(self._tail.read()):
            if isinstance(line, EpochRows):
                self._rows[line.attempt][line.epoch] = line.rows


def _decoded(text: bytes) -> list[RowsOfALine]:
    lines: list[RowsOfALine] | None = decode_parts(text, RowsOfALine)  # type: ignore[arg-type] # a union of types
    if lines is not None:
        return lines
    found = []
    for raw in filter(None, text.split(b"\n")):
        try:
            line: RowsOfALine | None = decode_part(raw, RowsOfALine)  # type: ignore[arg-type] # as above
        except RunFormatError:
            continue  # who reads the line itself says so
        if line is not None:
            found.append(line)
    return found
