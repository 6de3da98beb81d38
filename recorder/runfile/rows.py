"""What a record has for the parts, by kind: numbers by column, before they are Arrow's."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import pyarrow as pa

from .arrow_arrays import lists_as, numbers_as, repeated
from .parts import ARGMAX, SCHEMAS, WEIGHTS, joined
from .records import Array, EpochRecord, Samples, Tally

_LEFT_OUT = {
    "matrix_row",
    *ARGMAX,
    *WEIGHTS,
    "group_counts",
    "top_k",
    "exact_matches",
    "ranking_sums",
}  # where they are null in all rows


@dataclass(frozen=True, slots=True)
class Block:
    """Rows that have the same texts: those of one split and output, or of one observed array.

    Args:
        texts: that stand in each of the rows, by column.
        values: numbers by column: [rows], or [rows, length] where the column has lists; where only the first row has
            one, [1, length]. What has none is null.
        rows: how many.
    """

    texts: dict[str, str]
    values: dict[str, Array]
    rows: int

    @property
    def shape(self) -> Hashable:
        """What two blocks must share to differ in numbers alone."""
        return tuple(self.texts.items()), tuple((name, array.shape) for name, array in self.values.items())


@dataclass(frozen=True)
class Rows:
    """The rows of one kind that an epoch has; the arrays are those of its record.

    Args:
        kind: "tallies", "samples" or "observed".
        attempt: whose epoch it is.
        epoch: its number.
        blocks: in order; one or more.
    """

    kind: str
    attempt: int
    epoch: int
    blocks: tuple[Block, ...]

    @property
    def num_rows(self) -> int:
        """How many there are."""
        return sum(block.rows for block in self.blocks)

    @cached_property
    def shape(self) -> Hashable:
        """As of a block."""
        return self.attempt, *(block.shape for block in self.blocks)

    @property
    def nbytes(self) -> int:
        """Bytes of memory."""
        return sum(array.nbytes for block in self.blocks for array in block.values.values())

    def table(self) -> Any:
        """As Arrow has them; columns of tallies are left out where they have no values."""
        return joined([self._table(block) for block in self.blocks])

    def _table(self, block: Block) -> Any:
        schema = _schema(self.kind, frozenset(block.values))
        keys = {"attempt": self.attempt, "epoch": self.epoch}
        columns = []
        for field in schema:
            if field.name in keys:
                columns.append(numbers_as(field.type, np.full(block.rows, keys[field.name], np.int32)))
            elif field.name in block.texts:
                columns.append(repeated(block.texts[field.name], block.rows))
            elif field.name not in block.values:
                columns.append(pa.nulls(block.rows, field.type))
            elif pa.types.is_list(field.type):
                columns.append(_lists(block.values[field.name], field.type, block.rows))
            else:
                columns.append(numbers_as(field.type, block.values[field.name]))
        return pa.table(columns, schema=schema)


def rows_of(record: EpochRecord, attempt: int) -> dict[str, Rows]:
    """The rows of a record by kind; a kind without rows is left out."""
    made = {
        "tallies": [_of_tally(tally) for tally in record.tallies],
        "samples": [_of_samples(samples) for samples in record.samples],
        "observed": [_of_array(name, values) for name, values in record.observed.items()],
    }
    return {kind: Rows(kind, attempt, record.epoch, tuple(blocks)) for kind, blocks in made.items() if blocks}


def _of_tally(tally: Tally) -> Block:
    classes = len(tally.histogram)
    values: dict[str, Array | None] = {
        "label": np.arange(classes, dtype=np.int32) if classes > 1 else None,
        "negatives": tally.histogram[:, 0],
        "positives": tally.histogram[:, 1],
        "nan_negatives": tally.nan[:, 0],
        "nan_positives": tally.nan[:, 1],
        "ignored": np.full(classes, tally.ignored, np.int64),
        "matrix_row": tally.matrix,
        "group_counts": None if tally.group_counts is None else tally.group_counts.reshape(classes, -1),
        "top_k": tally.top_k,
        "exact_matches": None if tally.exact_matches is None else tally.exact_matches[None],
        "ranking_sums": None if tally.ranking_sums is None else tally.ranking_sums[None],
    }
    if tally.argmax is not None:
        values |= dict(zip(ARGMAX, tally.argmax.T, strict=True))
    if tally.weights is not None and tally.weight_squares is not None:
        values |= dict(zip(WEIGHTS, (*tally.weights.swapaxes(0, 1), *tally.weight_squares.T), strict=True))
    return _block({"split": tally.split, "output": tally.output}, values, classes)


def _of_samples(samples: Samples) -> Block:
    scores = np.asarray(samples.y_score, np.float32).reshape(len(samples.sample), -1)
    shape, width = scores.shape, scores.shape[1]
    label, weight, truth = samples.label, samples.weight, samples.y_true
    values: dict[str, Array | None] = {
        "sample": _repeated(samples.sample, width),
        "label": None if label is None else np.broadcast_to(label, shape).ravel(),
        "y_true": (truth.ravel() if truth.ndim == 2 else _repeated(truth, width)).astype(np.int32, copy=False),
        "y_score": scores.ravel(),
        "weight": None if weight is None else _repeated(weight, width),
    }
    return _block({"split": samples.split, "output": samples.output}, values, scores.size)


def _of_array(name: str, values: Array) -> Block:
    array = np.asarray(values, np.float64)
    shape = np.array([array.shape], np.int64).reshape(1, -1)
    return _block({"name": name}, {"shape": shape, "values": array.reshape(1, -1)}, 1)


def _block(texts: dict[str, str], values: dict[str, Array | None], rows: int) -> Block:
    return Block(texts, {name: array for name, array in values.items() if array is not None}, rows)


def _repeated(array: Array, width: int) -> Array:
    return array if width == 1 else np.repeat(array, width)


@lru_cache
def _schema(kind: str, values: frozenset[str]) -> Any:
    return pa.schema([field for field in SCHEMAS[kind] if field.name in values or field.name not in _LEFT_OUT])


def _lists(array: Array, kind: Any, number: int) -> Any:
    lists = lists_as(kind, array)
    return lists if len(array) == number else pa.concat_arrays([lists, pa.nulls(number - len(array), kind)])
