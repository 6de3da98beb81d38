"""One epoch of a run, from its line and its part alone: for who wants the last value of a thousand runs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from recorder.runfile import EpochLine, Output, Tally, counts_at

from .argmax import argmax_counts
from .decision_counts import CountsOverEpochs
from .tally_scanner import classes_of

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class SingleEpoch:
    """Answers what `RunTable` answers, of one epoch.

    Args:
        line: of the epoch.
        tally: reads what its part holds of a split and output; None where there is nothing.
    """

    def __init__(self, line: EpochLine, tally: Callable[[str, Output], Tally | None]) -> None:
        self._line, self._tally = line, tally
        self._stated: dict[tuple[str, str], CountsOverEpochs | None] = {}

    def __len__(self) -> int:
        return 1

    def log_values(self) -> dict[str, Floats]:
        """Every log by name, float64 [1]."""
        return {name: np.array([float(value)]) for name, value in self._line.logs.items()}

    def split_names(self, output: str) -> list[str]:
        """The splits that were counted of `output`."""
        return sorted({row.split for row in self._line.counts if row.output == output})

    def counts_at_decision(self, split: str, output: Output) -> CountsOverEpochs | None:
        """The counts at the decision, which are not to be written into; None of more classes than the line states."""
        key = split, output.name
        if key not in self._stated:
            self._stated[key] = self._at_decision(split, output)
        return self._stated[key]

    def _at_decision(self, split: str, output: Output) -> CountsOverEpochs | None:
        rows = {row.label or 0: row for row in self._line.counts if (row.split, row.output) == (split, output.name)}
        labels = range(classes_of(output))
        if any(label not in rows for label in labels):
            return None
        counts = [[(row := rows[label]).tp, row.fp, row.tn, row.fn] for label in labels]
        tp, fp, tn, fn = np.array(counts, np.int64).T[..., None]
        return CountsOverEpochs(tp, fp, tn, fn, np.ones(1, np.bool_))

    def counts_at(self, split: str, output: Output, edge: int) -> CountsOverEpochs:
        """The counts at the threshold of that index."""
        tally = self._tally(split, output)
        if tally is None:
            return CountsOverEpochs.none(classes_of(output), 1)
        tp, fp, tn, fn = (count[:, None] for count in counts_at(tally.histogram, edge))
        return CountsOverEpochs(tp, fp, tn, fn, np.ones(1, np.bool_))

    def argmax_counts(self, split: str, output: Output) -> CountsOverEpochs | None:
        """What argmax made of each class; None where a matrix says it, or nobody."""
        tally = self._tally(split, output)
        return None if tally is None or tally.argmax is None else argmax_counts(tally.argmax.T[..., None])

    def matrices(self, split: str, output: Output) -> Ints | None:
        """[1, K, K], rows = true class; None where none was recorded."""
        tally = self._tally(split, output)
        return None if tally is None or tally.matrix is None else tally.matrix[None]
