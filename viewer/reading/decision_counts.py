"""Counts at the decision over epochs, as the lines state them: no array file is opened for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from recorder.runfile import CountsRow

from .columns import GrowingArray

Array = npt.NDArray[Any]
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

    def at(self, positions: Ints) -> CountsOverEpochs:
        """Of some of the epochs."""
        tp, fp, tn, fn = (count[:, positions] for count in (self.tp, self.fp, self.tn, self.fn))
        return CountsOverEpochs(tp, fp, tn, fn, self.known[positions])

    @classmethod
    def joined(cls, several: Sequence[CountsOverEpochs]) -> CountsOverEpochs:
        """Of several stretches of epochs, one after the other."""
        tp, fp, tn, fn = (
            np.concatenate([getattr(one, name) for one in several], axis=1) for name in ("tp", "fp", "tn", "fn")
        )
        return cls(tp, fp, tn, fn, np.concatenate([one.known for one in several]))

    @classmethod
    def none(cls, classes: int, epochs: int) -> CountsOverEpochs:
        """Nothing was counted."""
        nothing = np.zeros((classes, epochs), np.int64)
        return cls(nothing, nothing, nothing, nothing, np.zeros(epochs, np.bool_))


class DecisionColumns:
    """tp, fp, tn, fn over slots, by split, output and class."""

    def __init__(self) -> None:
        self._places: dict[Key, int] = {}
        self._values = GrowingArray((5, 0), np.int64)  # the four counts, and 1 where they are known

    def put(self, slots: Sequence[int], lines: Sequence[Sequence[CountsRow]]) -> None:
        """Sets the counts of several slots; what a line does not state becomes unknown."""
        rows = list(chain.from_iterable(lines))
        names = [(row.split, row.output, row.label or 0) for row in rows]
        for name in dict.fromkeys(names):
            self._places.setdefault(name, len(self._places))
        self._values.extend((5, len(self._places)))
        key = np.array([self._places[name] for name in names], np.int64)
        line = np.repeat(np.arange(len(lines)), [len(counts) for counts in lines])
        values = np.zeros((5, len(self._places), len(lines)), np.int64)
        values[0, key, line] = [row.tp for row in rows]
        values[1, key, line] = [row.fp for row in rows]
        values[2, key, line] = [row.tn for row in rows]
        values[3, key, line] = [row.fn for row in rows]
        values[4, key, line] = 1
        self._values.put(slots, values)

    def splits(self, output: str) -> set[str]:
        """The splits that were counted at some slot."""
        known = self._values.values[4].any(axis=-1)
        return {split for (split, name, _), place in self._places.items() if name == output and known[place]}

    def at(self, split: str, output: str, classes: int, in_order: Callable[[Array], Array]) -> CountsOverEpochs | None:
        """The counts over epochs, which are not to be written into; None where the lines do not state each class.

        Args:
            split: of the samples.
            output: of the model.
            classes: how many must be stated.
            in_order: makes numbers over slots, the last axis, numbers over epochs.
        """
        keys = [(split, output, label) for label in range(classes)]
        places = [self._places[key] for key in keys if key in self._places]
        if len(places) < classes:
            return None
        found = in_order(self._values.values[:, places])
        found.flags.writeable = False
        tp, fp, tn, fn, known = found
        return CountsOverEpochs(tp, fp, tn, fn, known.all(axis=0))
