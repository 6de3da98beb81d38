"""Counts at the decision over epochs, as the lines state them: no array file is opened for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recorder.runfile import CountsRow

from .columns import GrowingArray

Ints = npt.NDArray[np.int64]
Key = tuple[str, str, int]  # split, output, class


@dataclass(frozen=True, slots=True)
class CountsOverEpochs:
    """Four counts of one split and output at one threshold.

    Args:
        tp: int64 [classes, epochs]; one class for a binary output.
        fp: as tp.
        tn: as tp.
        fn: as tp.
        known: bool [epochs], whether the split was counted at this epoch; the counts are 0 where it was not.
    """

    tp: Ints
    fp: Ints
    tn: Ints
    fn: Ints
    known: npt.NDArray[np.bool_]

    @classmethod
    def none(cls, classes: int, epochs: int) -> CountsOverEpochs:
        """Nothing was counted."""
        nothing = np.zeros((classes, epochs), np.int64)
        return cls(nothing, nothing, nothing, nothing, np.zeros(epochs, np.bool_))


class DecisionColumns:
    """tp, fp, tn, fn over slots, by split, output and class."""

    def __init__(self) -> None:
        self._columns: dict[Key, GrowingArray] = {}
        self._length = 0

    def put(self, slots: Sequence[int], lines: Sequence[Sequence[CountsRow]]) -> None:
        """Sets the counts of several slots; what a line does not state becomes unknown."""
        self._length = max(self._length, max(slots, default=-1) + 1)
        rows = [row for line in lines for row in line]
        places = np.repeat(np.arange(len(lines)), [len(line) for line in lines])
        numbers = np.array([(row.tp, row.fp, row.tn, row.fn, 1) for row in rows], np.int64).reshape(-1, 5)
        keys: dict[Key, int] = {key: number for number, key in enumerate(self._columns)}
        which = np.array([keys.setdefault((row.split, row.output, row.label or 0), len(keys)) for row in rows])
        for key, number in keys.items():
            values, of_key = np.zeros((5, len(slots)), np.int64), which == number
            values[:, places[of_key]] = numbers[of_key].T
            self._columns.setdefault(key, GrowingArray((5,), np.int64)).put(slots, values)

    def splits(self, output: str) -> set[str]:
        """The splits that were counted at some slot."""
        return {
            split for (split, name, _), column in self._columns.items() if name == output and column.values[4].any()
        }

    def at(self, split: str, output: str, classes: int, slots: Ints) -> CountsOverEpochs | None:
        """The counts in these slots; None where the lines do not state them for each of the classes."""
        keys = [(split, output, label) for label in range(classes)]
        if any(key not in self._columns for key in keys):
            return None
        values = np.stack([self._columns[key].reach(self._length)[:, slots] for key in keys], axis=1)
        tp, fp, tn, fn, known = values
        return CountsOverEpochs(tp, fp, tn, fn, known.all(axis=0))
