"""Rows of tallies as arrays, of many epochs at once: for readers of a whole run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from .parts import numbers, stacked
from .records import Array

KEY_COLUMNS = ("attempt", "epoch", "split", "output", "label")
HISTOGRAM_COLUMNS = (*KEY_COLUMNS, "negatives", "positives")
MATRIX_COLUMNS = (*KEY_COLUMNS, "matrix_row")


@dataclass(frozen=True, slots=True, kw_only=True)
class TallyRows:
    """Rows of one split and output.

    Args:
        split: name of the split.
        output: name of the output.
        attempt: int32 [rows].
        epoch: int32 [rows].
        label: int32 [rows], the class; 0 for a binary output.
        table: the rows, with the columns that were read.
    """

    split: str
    output: str
    attempt: Array
    epoch: Array
    label: Array
    table: Any

    def histogram(self) -> Array:
        """int64 [rows, 2, bins] as in `Tally`; raises RunFormatError where rows differ in their bins."""
        return np.stack([stacked(self.table["negatives"]), stacked(self.table["positives"])], axis=1)

    def matrix(self) -> Array | None:
        """int64 [rows, K], each the row of its label; None where there is none."""
        column = self.table["matrix_row"]
        return None if column.null_count else stacked(column)


def tally_rows(table: Any) -> Iterator[TallyRows]:
    """The rows of a table of tallies by split and output."""
    names = [table[column].combine_chunks().dictionary_encode() for column in ("split", "output")]
    codes = np.stack([numbers(name.indices) for name in names], axis=1)
    splits, outputs = (name.dictionary.to_pylist() for name in names)
    for split, output in np.unique(codes, axis=0).tolist():
        chosen = np.flatnonzero((codes == (split, output)).all(axis=1))
        rows = table if len(chosen) == len(table) else table.take(chosen)
        yield TallyRows(
            split=splits[split],
            output=outputs[output],
            attempt=numbers(rows["attempt"]),
            epoch=numbers(rows["epoch"]),
            label=numbers(rows["label"].fill_null(0)),
            table=rows,
        )
