"""What was computed epoch by epoch, so that only new epochs cost."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from ..reading.columns import GrowingArray
from ..reading.table import RunTable
from .patience import Patience

Array = npt.NDArray[Any]
Ints = npt.NDArray[np.int64]
KEPT = 64  # questions; a threshold that is dragged asks many


class EpochMemory:
    """Answers to questions over epochs, of which each epoch is computed once.

    An epoch that a later attempt has recorded again is computed again. The last `KEPT` questions stay, three lines of
    `OrderedDict`: `cachetools.LRUCache` would save two of them for one more package to install.

    Args:
        table: of the run.
    """

    def __init__(self, table: RunTable) -> None:
        self._table = table
        self._kept: OrderedDict[Hashable, _Answers] = OrderedDict()

    def __call__(
        self, key: Hashable, compute: Callable[[Ints], Array | None], patience: Patience | None = None
    ) -> Array | None:
        """The answers, float64 [rows, epochs]; None where `compute` has none, or there is no epoch yet.

        Args:
            key: of the question: all that the answers depend on but the epochs.
            compute: gives [rows, positions] for some positions in `table.epochs`.
            patience: how long to compute; what is not done by then is NaN. None for all.
        """
        answers = self._kept.pop(key, None) or _Answers()
        slots = self._table.order
        missing = answers.missing(self._table)
        for some in self._portions(answers, missing, patience):
            found = compute(some)
            if found is None:
                return None
            answers.put(slots[some], found)
        if answers.values is None:
            return None
        self._kept[key] = answers
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return answers.at(self._table)

    def _portions(self, answers: _Answers, missing: Ints, patience: Patience | None) -> Iterator[Ints]:
        if len(missing) and patience is None:
            yield missing
        elif len(missing) and patience is not None:
            if answers.values is None:
                yield missing[:0]  # which tells whether there is an answer at all
            yield from patience.portions(missing)


class _Answers:
    def __init__(self) -> None:
        self.values: GrowingArray | None = None
        self._known = GrowingArray((), np.bool_)
        self._seen = 0

    def missing(self, table: RunTable) -> Ints:
        """Positions that are not computed yet."""
        changed, self._seen = table.changed(self._seen)
        self._known.put(changed, False)
        return np.flatnonzero(~table.in_order(self._known.values))

    def at(self, table: RunTable) -> Array:
        """The answers over epochs; NaN at those that are not known."""
        assert self.values is not None
        found, known = table.in_order(self.values.reach(len(self._known))), table.in_order(self._known.values)
        found[:, ~known] = np.nan
        return found

    def put(self, slots: Ints, values: Array) -> None:
        """Takes the answers of some slots."""
        if self.values is None:
            self.values = GrowingArray((len(values),), np.float64, np.nan)
        self.values.reach(len(self._known))[:, slots] = values
        self._known.values[slots] = True
