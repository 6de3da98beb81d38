"""Rows of tallies as arrays, of many epochs at once: for readers of a whole run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from .errors import RunFormatError
from .parts import ARGMAX, WEIGHTS, coded, numbers, stacked
from .records import Array

KEY_COLUMNS = ("attempt", "epoch", "split", "output", "label")
HISTOGRAM_COLUMNS = (*KEY_COLUMNS, "negatives", "positives")
MATRIX_COLUMNS = (*KEY_COLUMNS, "matrix_row")
ARGMAX_COLUMNS = (*KEY_COLUMNS, *ARGMAX)
_SUMS, _SQUARES = WEIGHTS[:2], WEIGHTS[2:]
WEIGHT_COLUMNS = (*KEY_COLUMNS, *WEIGHTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class TallyRows:
    """Rows of one split and output.

    Args:
        split: name of the split.
        output: name of the output.
        attempt: int32 [rows].
        epoch: int32 [rows].
        label: int32 [rows], the class; 0 for a binary output.
        table: these rows and others, with the columns that were read.
        places: int64 [rows], which rows of the table.
        whole: the lists of the table's columns as matrices, once they were asked for.
    """

    split: str
    output: str
    attempt: Array
    epoch: Array
    label: Array
    table: Any
    places: Array
    whole: dict[str, Array | None]

    def histograms(self) -> tuple[Array, Array]:
        """Of negatives and of positives, int64 [rows, bins] each; raises RunFormatError where rows differ in bins."""
        return self._lists("negatives"), self._lists("positives")

    def matrix(self) -> Array | None:
        """int64 [rows, K], each the row of its label; None where there is none."""
        column = self.table["matrix_row"]
        if not column.null_count:
            return self._lists("matrix_row")
        own = column.take(self.places)
        return None if own.null_count else stacked(own)

    def argmax(self) -> Array | None:
        """int64 [rows, 3]: tp, fp and fn of each class by argmax; None where there are none."""
        own = self.table.take(self.places)
        if any(own[name].null_count for name in ARGMAX):
            return None
        return np.stack([numbers(own[name]) for name in ARGMAX], axis=1)

    def weights(self) -> tuple[Array, Array]:
        """Sums of weights by bin, float64 [rows, 2, bins], and of their squares, [rows, 2]; NaN where there are none.

        Raises RunFormatError where rows differ in bins.
        """
        own = self.table.take(self.places)
        squares = np.stack([numbers(own[name].fill_null(np.nan)) for name in _SQUARES], axis=1)
        there = np.isfinite(squares).all(axis=1)
        for name in _SUMS:
            if own[name].null_count:
                there &= own[name].is_valid().to_numpy()
        squares[~there] = np.nan
        given = own.take(np.flatnonzero(there))
        found = np.stack([stacked(given[name]) for name in _SUMS], axis=1) if there.any() else np.zeros((0, 2, 1))
        sums = np.full((len(there), *found.shape[1:]), np.nan)
        sums[there] = found
        return sums, squares

    def lists(self, name: str) -> tuple[Array, Array]:
        """Of which rows there is a list of a nullable column, bool [rows], and the lists, NaN of the others.

        Raises RunFormatError where lists differ in length.
        """
        own = self.table[name].take(self.places)
        there = np.asarray(own.is_valid().to_numpy(), bool)
        given = stacked(own.take(np.flatnonzero(there))) if there.any() else np.zeros((0, 1))
        found = np.full((len(there), given.shape[1]), np.nan)
        found[there] = given
        return there, found

    def _lists(self, name: str) -> Array:
        if name not in self.whole:
            try:
                self.whole[name] = stacked(self.table[name])
            except RunFormatError:  # outputs of other grids among the rows
                self.whole[name] = None
        lists = self.whole[name]
        if lists is None:
            return stacked(self.table[name].take(self.places))
        return lists if len(self.places) == len(lists) else lists[self.places]


def tally_rows(table: Any) -> Iterator[TallyRows]:
    """The rows of a table of tallies by split and output."""
    (split_codes, splits), (output_codes, outputs) = coded(table["split"]), coded(table["output"])
    codes = np.stack([split_codes, output_codes], axis=1)
    attempt, epoch, label = numbers(table["attempt"]), numbers(table["epoch"]), _labels(table["label"])
    whole: dict[str, Array | None] = {}
    for split, output in dict.fromkeys(map(tuple, codes.tolist())):
        places = np.flatnonzero((codes == (split, output)).all(axis=1))
        yield TallyRows(
            split=splits[split],
            output=outputs[output],
            attempt=attempt[places],
            epoch=epoch[places],
            label=label[places],
            table=table,
            places=places,
            whole=whole,
        )


def _labels(column: Any) -> Array:
    """Classes; 0 where there is none, as of every binary output."""
    if column.null_count == len(column):
        return np.zeros(len(column), np.int32)
    return numbers(column.fill_null(0) if column.null_count else column)
