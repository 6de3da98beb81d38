"""Confusion matrices over epochs."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from recorder.runfile import MATRIX_COLUMNS, Output, TallyRows

from .columns import GrowingArray
from .rows import TallyScanner, check_width

Ints = npt.NDArray[np.int64]


class Matrices:
    """Matrices by split and output over slots; read when they are asked for, and without the histograms beside them.

    Args:
        scanner: reads the parts.
    """

    def __init__(self, scanner: TallyScanner) -> None:
        self._scanner = scanner
        self._columns: dict[tuple[str, str], GrowingArray] = {}
        self._known: dict[tuple[str, str], GrowingArray] = {}
        self._seen = 0

    def at(self, split: str, output: Output, slots: Ints) -> Ints | None:
        """[slots, K, K], rows = true class; 0 where there is none, None where there are none at all."""
        self._read()
        index = self._scanner.index
        key = split, output.name
        if key not in self._known or not self._known[key].reach(index.slot_count)[index.order].any():
            return None
        column = self._columns[key]
        found: Ints = np.moveaxis(column.reach(int(slots.max(initial=-1)) + 1)[..., slots], -1, 0)
        return found

    def _read(self) -> None:
        index = self._scanner.index
        slots = index.since(self._seen)
        self._seen = len(index.changes)
        if slots:
            for column in (*self._columns.values(), *self._known.values()):
                column.put(slots, 0)
            self._scanner.scan("matrices", slots, MATRIX_COLUMNS, self._take)

    def _take(self, rows: TallyRows, output: Output, slots: Ints) -> None:
        matrix = rows.matrix()
        if matrix is None:
            return
        classes = len(output.classes)
        check_width("a matrix", received=matrix.shape[-1], expected=classes, labels=rows.label, output=output)
        key = rows.split, rows.output
        column = self._columns.setdefault(key, GrowingArray((classes, classes), np.int32))
        known = self._known.setdefault(key, GrowingArray((), np.bool_))
        if matrix.max(initial=0) > np.iinfo(np.int32).max:
            column.widen(np.int64)
        wanted = slots >= 0
        count = self._scanner.index.slot_count
        column.reach(count)[rows.label[wanted], :, slots[wanted]] = matrix[wanted]
        known.reach(count)[slots[wanted]] = True
