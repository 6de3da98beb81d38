"""Counts over epochs, kept so that one threshold is one slice."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from recorder.runfile import Tally

from .columns import GrowingArray

Ints = npt.NDArray[np.int64]


class TallyColumns:
    """The counts of one split and output over slots.

    Args:
        classes: histograms of an epoch: 1 for a binary output.
        thresholds: edges of a histogram.
    """

    def __init__(self, classes: int, thresholds: int) -> None:
        self.classes = classes
        self._above = GrowingArray((classes, 2, thresholds), np.int64)
        self._total = GrowingArray((classes, 2), np.int64)
        self._nan = GrowingArray((classes, 2), np.int64)
        self._known = GrowingArray((), np.bool_)
        self._matrix: GrowingArray | None = None

    def put(self, slot: int, tally: Tally) -> None:
        """Takes the counts of a slot."""
        total = tally.histogram.sum(axis=-1)
        self._above.put(slot, total[..., None] - np.cumsum(tally.histogram[..., :-1], axis=-1))
        self._total.put(slot, total)
        self._nan.put(slot, tally.nan)
        self._known.put(slot, True)
        if tally.matrix is not None:
            if self._matrix is None:
                self._matrix = GrowingArray(tally.matrix.shape, np.int64)
            self._matrix.put(slot, tally.matrix)

    def clear(self, slot: int) -> None:
        """Forgets the counts of a slot: a later attempt has taken it over."""
        for column in (self._above, self._total, self._nan, self._known, self._matrix):
            if column is not None:
                column.put(slot, 0)

    def known(self, slots: Ints) -> npt.NDArray[np.bool_]:
        """bool [slots]: whether there are counts."""
        self._known.reach(int(slots.max(initial=-1)) + 1)
        found: npt.NDArray[np.bool_] = self._known.values[slots]
        return found

    def at(self, index: int, slots: Ints) -> tuple[Ints, Ints, Ints, Ints]:
        """tp, fp, tn, fn at the threshold of that index, each int64 [classes, slots]."""
        self._above.reach(int(slots.max(initial=-1)) + 1)
        self._total.reach(int(slots.max(initial=-1)) + 1)
        above = self._above.values[slots, :, :, index].transpose(1, 2, 0)
        below = self._total.values[slots].transpose(1, 2, 0) - above
        return above[:, 1], above[:, 0], below[:, 0], below[:, 1]

    def matrices(self, slots: Ints) -> Ints | None:
        """int64 [slots, K, K], rows = true class; None where none was recorded."""
        if self._matrix is None:
            return None
        self._matrix.reach(int(slots.max(initial=-1)) + 1)
        found: Ints = self._matrix.values[slots]
        return found

    def histogram(self, slot: int) -> Ints:
        """int64 [classes, 2, bins] of one slot."""
        self._above.reach(slot + 1)
        self._total.reach(slot + 1)
        above, total = self._above.values[slot], self._total.values[slot][..., None]
        edges = np.concatenate([total, above, np.zeros_like(total)], axis=-1)
        return -np.diff(edges, axis=-1)

    def nan(self, slots: Ints) -> Ints:
        """int64 [slots, classes, 2]: samples without a score."""
        self._nan.reach(int(slots.max(initial=-1)) + 1)
        found: Ints = self._nan.values[slots]
        return found
