"""What argmax made of each class over epochs, of outputs of so many classes that no matrix was kept."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from recorder.runfile import ARGMAX_COLUMNS, Output, TallyRows

from .columns import GrowingArray
from .decision_counts import CountsOverEpochs
from .tally_scanner import TallyScanner

Ints = npt.NDArray[np.int64]
Key = tuple[str, str]  # split, output


class ArgmaxCounts:
    """tp, fp and fn by split and output over slots; read when they are asked for, then only what is new.

    Args:
        scanner: reads the parts.
    """

    def __init__(self, scanner: TallyScanner) -> None:
        self._scanner = scanner
        self._columns: dict[Key, GrowingArray] = {}
        self._seen = 0

    def at(self, split: str, output: Output, slots: Ints) -> CountsOverEpochs | None:
        """The counts in these slots; None where none were recorded."""
        index = self._scanner.index
        new, self._seen = index.since(self._seen), len(index.changes)
        if new:
            for column in self._columns.values():
                column.put(new, 0)
            self._scanner.scan("argmax", new, ARGMAX_COLUMNS, self._keep)
        found = self._columns.get((split, output.name))
        return None if found is None else argmax_counts(found.reach(int(slots.max(initial=-1)) + 1)[..., slots])

    def _keep(self, rows: TallyRows, output: Output, slots: Ints) -> None:
        counts = rows.argmax()
        if counts is None:
            return
        column = self._columns.setdefault((rows.split, rows.output), GrowingArray((3, len(output.classes)), np.int64))
        wanted = slots >= 0
        column.reach(self._scanner.index.slot_count)[:, rows.label[wanted], slots[wanted]] = counts[wanted].T


def argmax_counts(found: Ints) -> CountsOverEpochs:
    """Of tp, fp and fn, int64 [3, classes, epochs]; an epoch without a sample is not known."""
    tp, fp, fn = found
    total = (tp + fn).sum(axis=0)
    return CountsOverEpochs(tp, fp, total - tp - fp - fn, fn, total > 0)
