"""The columns of the parts, and Arrow tables of them back to arrays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa

from .errors import RunFormatError
from .kinds import KINDS, ONE_VS_REST
from .records import Array, Samples, Tally

_KEY = [("attempt", pa.int32()), ("epoch", pa.int32())]
_COUNTS, _SUMS = pa.list_(pa.int64()), pa.list_(pa.float64())
ARGMAX = ("argmax_tp", "argmax_fp", "argmax_fn")
SCHEMAS: dict[str, Any] = {
    "tallies": pa.schema(
        [
            *_KEY,
            ("split", pa.string()),
            ("output", pa.string()),
            ("label", pa.int32()),
            ("negatives", _COUNTS),
            ("positives", _COUNTS),
            ("nan_negatives", pa.int64()),
            ("nan_positives", pa.int64()),
            ("ignored", pa.int64()),
            ("matrix_row", _COUNTS),
            *[(name, pa.int64()) for name in ARGMAX],
            ("weighted_negatives", _SUMS),
            ("weighted_positives", _SUMS),
            ("weight_squares_negatives", pa.float64()),
            ("weight_squares_positives", pa.float64()),
            ("group_counts", _COUNTS),
            ("top_k", _COUNTS),
            ("exact_matches", _COUNTS),
            ("ranking_sums", _SUMS),
        ]
    ),
    "samples": pa.schema(
        [
            *_KEY,
            ("split", pa.string()),
            ("output", pa.string()),
            ("sample", pa.int64()),
            ("label", pa.int32()),
            ("y_true", pa.int32()),
            ("y_score", pa.float32()),
            ("weight", pa.float32()),
        ]
    ),
    "observed": pa.schema([*_KEY, ("name", pa.string()), ("shape", _COUNTS), ("values", _SUMS)]),
}
WEIGHTS = ("weighted_negatives", "weighted_positives", "weight_squares_negatives", "weight_squares_positives")
# What no part may lack. Every other column is nullable, and null where a part has none: of another minor version.
NEEDED = {
    "tallies": {"split", "output", "negatives", "positives", "nan_negatives", "nan_positives", "ignored"},
    "samples": {"split", "output", "sample", "y_true", "y_score"},
    "observed": {"name", "shape", "values"},
}


def joined(several: Sequence[Any]) -> Any:
    """One table of several of a kind; null where one of them leaves a column out."""
    same = all(table.schema.equals(several[0].schema) for table in several[1:])
    return pa.concat_tables(several, promote_options="none" if same else "default")


def split_epochs(table: Any) -> Iterator[tuple[tuple[int, int], Any]]:
    """The rows of each (attempt, epoch), in the order of the file: a slice a key, nothing copied."""
    attempt, epoch = numbers(table["attempt"]), numbers(table["epoch"])
    for start, stop in _runs(attempt, epoch):
        yield (int(attempt[start]), int(epoch[start])), table.slice(start, stop - start)


def tallies_of(table: Any) -> tuple[Tally, ...]:
    """The tallies in the rows of one epoch."""
    groups = _grouped(table)
    return tuple(_tally_of(split, output, rows) for (split, output), rows in groups)


def samples_of(table: Any, kinds: dict[str, str]) -> tuple[Samples, ...]:
    """The samples in the rows of one epoch; `kinds` gives the kind of each output by its name."""
    return tuple(
        _samples_of(split, output, rows, kinds.get(output, ONE_VS_REST.name))
        for (split, output), rows in _grouped(table)
    )


def observed_of(table: Any) -> dict[str, Array]:
    """The observed arrays in the rows of one epoch."""
    if table["values"].null_count:
        raise RunFormatError("an observed array must have values. Received: none")
    rows = zip(table["name"].to_pylist(), table["shape"].to_pylist(), table["values"], strict=True)
    return {name: numbers(values.values).reshape(shape) for name, shape, values in rows}


def _tally_of(split: str, output: str, rows: Any) -> Tally:
    histogram = np.stack([stacked(rows["negatives"]), stacked(rows["positives"])], axis=1)
    weighted = not any(rows[name].null_count for name in WEIGHTS)
    sums = [stacked(rows[f"weighted_{side}"]) for side in ("negatives", "positives")] if weighted else None
    squares = [numbers(rows[f"weight_squares_{side}"]) for side in ("negatives", "positives")] if weighted else None
    return Tally(
        split=split,
        output=output,
        histogram=histogram,
        nan=np.stack([numbers(rows["nan_negatives"]), numbers(rows["nan_positives"])], axis=1),
        ignored=int(rows["ignored"][0].as_py()),
        matrix=stacked(rows["matrix_row"]) if rows["matrix_row"].null_count == 0 else None,
        argmax=_argmax_of(rows),
        group_counts=_group_counts(rows, len(histogram)),
        top_k=stacked(rows["top_k"]) if rows["top_k"].null_count == 0 else None,
        exact_matches=_whole(rows["exact_matches"]),
        ranking_sums=_whole(rows["ranking_sums"]),
        weights=np.stack(sums, axis=1) if sums else None,
        weight_squares=np.stack(squares, axis=1) if squares else None,
    )


def _whole(column: Any) -> Array | None:
    """The list in the first row; None where there is none."""
    first = column.slice(0, 1)
    return None if first.null_count else stacked(first)[0]


def _group_counts(rows: Any, classes: int) -> Array | None:
    """As flat as they are stored: [classes, 1, all numbers]; only who knows the output can tell groups apart."""
    if rows["group_counts"].null_count:
        return None
    return stacked(rows["group_counts"])[:, None]


def _argmax_of(rows: Any) -> Array | None:
    if any(rows[name].null_count for name in ARGMAX):
        return None
    return np.stack([numbers(rows[name]) for name in ARGMAX], axis=1)


def _samples_of(split: str, output: str, rows: Any, kind: str) -> Samples:
    if rows["sample"].null_count or rows["y_true"].null_count:
        raise RunFormatError("every row of samples must have a position and a label")
    ids = numbers(rows["sample"])
    width = _repeats(ids)
    shape = (len(ids) // width, width)
    truth = numbers(rows["y_true"]).reshape(shape)
    label = None if rows["label"].null_count else numbers(rows["label"]).reshape(shape)
    if label is not None and (label == label[:1]).all():
        label = label[0]
    return Samples(
        split=split,
        output=output,
        sample=ids[::width],
        y_true=truth if KINDS[kind].labels_apart else truth[:, 0],
        y_score=numbers(rows["y_score"]).reshape(shape),
        label=label,
        weight=None if rows["weight"].null_count else numbers(rows["weight"])[::width],
    )


def _repeats(ids: Array) -> int:
    """How many rows each sample has: the same number for all."""
    others = ids != ids[:1]
    width = int(others.argmax()) if others.any() else max(len(ids), 1)
    if len(ids) % width or (ids.reshape(-1, width) != ids[::width, None]).any():
        raise RunFormatError(
            f"every sample must have the same number of rows. Received: {len(ids)} rows, {width} first"
        )
    return width


def _grouped(table: Any) -> list[tuple[tuple[str, str], Any]]:
    """Slices of the rows with the same split and output; rows of one group are neighbours."""
    (split, splits), (output, outputs) = coded(table["split"]), coded(table["output"])
    if len(splits) == len(outputs) == 1:
        return [((splits[0], outputs[0]), table)]
    return [
        ((splits[split[start]], outputs[output[start]]), table.slice(start, stop - start))
        for start, stop in _runs(split, output)
    ]


def _runs(first: Array, second: Array) -> list[tuple[int, int]]:
    """Start and stop of each stretch of rows in which both columns stay as they are."""
    if not len(first):
        return []
    edges = np.flatnonzero((first[1:] != first[:-1]) | (second[1:] != second[:-1])) + 1
    return list(pairwise([0, *edges.tolist(), len(first)]))


def stacked(column: Any) -> Array:
    """The lists of a column as a matrix, which they must be long enough for."""
    lists = column.combine_chunks()
    offsets = numbers(lists.offsets)
    lengths = np.diff(offsets)
    if len(lengths) == 0 or (lengths != lengths[0]).any():
        raise RunFormatError(f"lists of one epoch must have one length. Received: {sorted(set(lengths.tolist()))[:9]}")
    # `flatten` loads `pyarrow.compute`, 40 ms.
    return numbers(lists.values)[int(offsets[0]) : int(offsets[-1])].reshape(len(lengths), int(lengths[0]))


def coded(column: Any) -> tuple[Array, list[str]]:
    """Which of the names each row has, int [rows], and these names."""
    array = column.combine_chunks()
    return numbers(array.indices), array.dictionary.to_pylist()


def numbers(column: Any) -> Array:
    """A column of numbers as an array that is not to be written to; NaN where it is null."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    # `to_numpy` imports pandas where there is one, which costs half a second.
    return np.asarray(array.to_numpy(zero_copy_only=False)) if array.null_count else np.from_dlpack(array)


def rows_in(table_list: Sequence[Any]) -> int:
    """Rows of several tables together."""
    return sum(table.num_rows for table in table_list)
