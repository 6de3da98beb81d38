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
        self._seen = 0

    def at(self, split: str, output: Output, slots: Ints) -> Ints | None:
        """[slots, K, K], rows = true class; 0 where there is none, None where there are none at all."""
        self._read()
        column = self._columns.get((split, output.name))
        if column is None:
            return None
        found: Ints = np.moveaxis(column.reach(int(slots.max(initial=-1)) + 1)[..., slots], -1, 0)
        return found

    def _read(self) -> None:
        index = self._scanner.index
        slots = index.since(self._seen)
        self._seen = len(index.changes)
        if slots:
            for column in self._columns.values():
                column.put(slots, 0)
            self._scanner.scan(slots, MATRIX_COLUMNS, self._take)

    def _take(self, rows: TallyRows, output: Output, slots: Ints) -> None:
        matrix = rows.matrix()
        if matrix is None:
            return
        classes = len(output.classes)
        check_width("a matrix", received=matrix.shape[-1], expected=classes, labels=rows.label, output=output)
        column = self._columns.setdefault((rows.split, rows.output), GrowingArray((classes, classes), np.int32))
        if matrix.max(initial=0) > np.iinfo(np.int32).max:
            column.widen(np.int64)
        wanted = slots >= 0
        column.reach(len(self._scanner.index))[rows.label[wanted], :, slots[wanted]] = matrix[wanted]
