"""Confusion matrices over epochs."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from recorder.runfile import MATRIX_COLUMNS, Output, TallyRows

from .columns import GrowingArray
from .tally_scanner import TallyScanner, check_width

Array = npt.NDArray[np.integer]
Ints = npt.NDArray[np.int64]
Key = tuple[str, str]  # split, output
HELD = 2**27  # bytes of one split: 3,300 epochs of a hundred classes, 33 of a thousand
LARGEST = np.iinfo(np.int32).max


class Matrices:
    """Matrices by split and output over slots; read when they are asked for, and without the histograms beside them.

    Where all of a split take at most `HELD` bytes they are kept; else they are read each time.

    Args:
        scanner: reads the parts.
    """

    def __init__(self, scanner: TallyScanner) -> None:
        self._scanner = scanner
        self._columns: dict[Key, GrowingArray] = {}
        self._known: dict[Key, GrowingArray] = {}
        self._seen = 0

    def fit(self, output: Output) -> bool:
        """Whether those of all epochs can be kept."""
        return len(output.classes) ** 2 * 4 * self._scanner.index.slot_count <= HELD

    def at(self, split: str, output: Output, slots: Ints) -> Ints | None:
        """[slots, K, K], rows = true class; 0 where there is none, None where there are none at all."""
        if not self.fit(output):
            self._columns.pop((split, output.name), None)
            return self._read(split, output, slots)
        index, key = self._scanner.index, (split, output.name)
        self._catch_up()
        if key in self._known and key not in self._columns:  # it did not fit when there were more
            self._start()
            self._catch_up()
        if key not in self._known or not self._known[key].reach(index.slot_count)[index.order].any():
            return None
        found: Ints = np.moveaxis(self._columns[key].reach(int(slots.max(initial=-1)) + 1)[..., slots], -1, 0)
        return found

    def _start(self) -> None:
        self._columns, self._known, self._seen = {}, {}, 0

    def _catch_up(self) -> None:
        index = self._scanner.index
        slots = index.since(self._seen)
        self._seen = len(index.changes)
        if slots:
            for column in (*self._columns.values(), *self._known.values()):
                column.put(slots, 0)
            self._scanner.scan("matrices", slots, MATRIX_COLUMNS, self._keep)

    def _keep(self, rows: TallyRows, output: Output, slots: Ints) -> None:
        matrix = _checked(rows, output) if self.fit(output) else None
        if matrix is None:
            return
        classes, count, key = len(output.classes), self._scanner.index.slot_count, (rows.split, rows.output)
        column = self._columns.setdefault(key, GrowingArray((classes, classes), np.int32))
        if matrix.max(initial=0) > LARGEST:
            column.widen(np.int64)
        wanted = slots >= 0
        column.reach(count)[rows.label[wanted], :, slots[wanted]] = matrix[wanted]
        self._known.setdefault(key, GrowingArray((), np.bool_)).reach(count)[slots[wanted]] = True

    def _read(self, split: str, output: Output, slots: Ints) -> Ints | None:
        classes = len(output.classes)
        places = {slot: place for place, slot in enumerate(slots.tolist())}
        found: list[Array] = []

        def take(rows: TallyRows, stated: Output, at: Ints) -> None:
            matrix = _checked(rows, stated) if (rows.split, rows.output) == (split, output.name) else None
            if matrix is None:
                return
            if not found:
                found.append(np.zeros((len(slots), classes, classes), np.int32))
            if matrix.max(initial=0) > LARGEST:
                found[0] = found[0].astype(np.int64, copy=False)
            wanted = at >= 0
            found[0][[places[slot] for slot in at[wanted].tolist()], rows.label[wanted]] = matrix[wanted]

        self._scanner.scan("matrices", list(places), MATRIX_COLUMNS, take)
        return found[0] if found else None  # type: ignore[return-value] # as wide as it must be


def _checked(rows: TallyRows, output: Output) -> Array | None:
    """[rows, K]; None where there are none."""
    matrix = rows.matrix()
    if matrix is not None:
        width = len(output.classes)
        check_width("a matrix", received=matrix.shape[-1], expected=width, labels=rows.label, output=output)
    return matrix
