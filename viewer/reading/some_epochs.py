"""Some epochs of a run, asked as the whole run is: where all together would not fit into memory."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from recorder.runfile import Output

from .decision_counts import CountsOverEpochs
from .table import RunTable

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class SomeEpochs:
    """Answers what `RunTable` answers, of the epochs at some positions.

    Args:
        table: of the run.
        positions: int64 [epochs], in `table.epochs`.
    """

    def __init__(self, table: RunTable, positions: Ints) -> None:
        self._table, self._positions = table, positions

    def __len__(self) -> int:
        return len(self._positions)

    def log_values(self) -> dict[str, Floats]:
        """Every log by name, float64 [epochs]."""
        return {name: column[self._positions] for name, column in self._table.log_values().items()}

    def split_names(self, output: str) -> list[str]:
        """The splits that were counted of `output` in the run."""
        return self._table.split_names(output)

    def counts_at_decision(self, split: str, output: Output) -> CountsOverEpochs | None:
        """The counts at the decision; None of more classes than the lines state."""
        stated = self._table.counts_at_decision(split, output)
        return None if stated is None else stated.at(self._positions)

    def counts_at(self, split: str, output: Output, edge: int) -> CountsOverEpochs:
        """The counts at the threshold of that index."""
        return self._table.counts_at(split, output, edge).at(self._positions)

    def argmax_counts(self, split: str, output: Output) -> CountsOverEpochs | None:
        """What argmax made of each class; None where a matrix says it, or nobody."""
        found = self._table.argmax_counts(split, output)
        return None if found is None else found.at(self._positions)

    def matrices(self, split: str, output: Output) -> Ints | None:
        """[epochs, K, K], rows = true class; None where none was recorded."""
        return self._table.matrices(split, output, self._positions.tolist(), many=True)
