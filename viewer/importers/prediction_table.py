"""A table of predictions in a file of CSV, as arrays."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from recorder.runfile import Unit, open_regular, shown
from recorder.runfile.names import listed
from recorder.runfile.schema import MOST_EPOCHS

from .csv_log import separator
from .imported import itself
from .prediction_samples import groups_of_samples, positions, samples_by_id

Array = npt.NDArray[Any]
MOST_BYTES = 2**31  # of a file: its arrays take about as much memory
LONGEST_HEADER = 2**20
GZIP = b"\x1f\x8b"
TRUTH, SCORE, WEIGHT, SPLIT, ID, GROUP = "y_true", "y_score", "sample_weight", "split", "id", "group"
WHOLE = ("step", "epoch")
TRUE_OR_FALSE = {"True": 1.0, "False": 0.0, "true": 1.0, "false": 0.0, "TRUE": 1.0, "FALSE": 0.0}
NO_LABEL = ("", "NA", "NaN", "nan", "None", "null")
RULE = "a file of predictions must have the columns y_true and y_score, or y_score_NAME for each class"


@dataclass(frozen=True, slots=True)
class PredictionTable:
    """Rows of a file, one a prediction.

    Args:
        classes: names that stand behind `y_score_`; None where there is one score a row.
        y_true: float64 [rows] or [rows, labels]: 0 or 1, or class numbers; NaN where there is no label.
        y_score: float32 [rows] or [rows, classes].
        weight: float64 [rows], or None.
        split: of each row, a position in `splits`.
        splits: names.
        point: int64 [rows], the step of each, or its epoch; 0 where the file has neither.
        in_epoch: int64 [rows], the epoch beside a step; None where the file has not both.
        unit: what `point` counts.
        ids: by split, what its samples are called, in the order in which they come first; None where there are none.
        sample: int64 [rows], position of each among the samples of its split.
        groups: by split, the group of each of its samples; None where there are none.
        torn: whether a last row without an end of line was left out.
    """

    classes: list[str] | None
    y_true: Array
    y_score: Array
    weight: Array | None
    split: Array
    splits: list[str]
    point: Array
    in_epoch: Array | None
    unit: Unit
    ids: dict[str, Array] | None
    sample: Array
    groups: dict[str, Array] | None
    torn: bool


def read_predictions(path: Path, class_names: Sequence[str] | None, group: str | None) -> PredictionTable:
    """The predictions of a file.

    Args:
        path: of it.
        class_names: which labels may be, beside numbers; None for those of the columns of scores.
        group: the column of groups; None for that called so, if there is one.

    Raises:
        ValueError: It is no such table; the message says why.
        OSError: It cannot be read.
    """
    with open_regular(itself(path), most=MOST_BYTES) as file:
        data = file.read()
    if data.startswith(b"PAR1"):  # as every file of Parquet does
        rule = "a file of predictions must be CSV, as to_csv of pandas writes it"
        raise ValueError(f"{rule}. Received: Parquet")
    end = data.rfind(b"\n") + 1
    header, classes = _header(data[: min(end or len(data), LONGEST_HEADER)])
    if group not in (None, *header):
        raise ValueError(f"the column of groups must be one of the file. Received: {group!r} of {listed(header)}")
    group = group or (GROUP if GROUP in header else None)
    table = _cells(memoryview(data)[:end], header, group)
    if not len(table):
        raise ValueError("a file of predictions must have a row or more below its header. Received: none")
    scores = [name for name in header if name.startswith(SCORE)]
    truths = [name for name in header if name.startswith(TRUTH)]
    split, splits = _splits(table, header)
    unit, point, beside = _points(table, header)
    ids, sample = samples_by_id(table[ID], split, splits) if ID in header else (None, positions(split, point))
    names = class_names or classes
    return PredictionTable(
        classes=classes,
        y_true=_side_by_side([_labels(table[name], names if truths == [TRUTH] else None) for name in truths]),
        y_score=_side_by_side([_floats(table[name]).astype(np.float32) for name in scores]),
        weight=_floats(table[WEIGHT]) if WEIGHT in header else None,
        split=split,
        splits=splits,
        point=point,
        in_epoch=beside,
        unit=unit,
        ids=ids,
        sample=sample,
        groups=None if group is None else groups_of_samples(table[group], split, splits, sample),
        torn=end < len(data),
    )


def _header(start: bytes) -> tuple[list[str], list[str] | None]:
    """The columns, and the classes that those of scores name."""
    if start.startswith(GZIP):
        raise ValueError("a file of predictions must be unpacked first (gunzip). Received: gzip")
    try:
        line = start.partition(b"\n")[0].decode("utf-8-sig").rstrip("\r")
        header = next(csv.reader([line], delimiter=separator(line)), [])
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{RULE}. Received: {error}") from error
    twice = [name for name, times in Counter(header).items() if times > 1]
    if twice:
        raise ValueError(f"the columns of a file of predictions must differ. Received twice: {listed(twice)}")
    classes = [name.removeprefix(f"{SCORE}_") for name in header if name.startswith(f"{SCORE}_")]
    labels = [name.removeprefix(f"{TRUTH}_") for name in header if name.startswith(f"{TRUTH}_")]
    known = (SCORE in header) != bool(classes) and (TRUTH in header) != bool(labels)
    if not known or (labels and labels != classes) or len(classes) == 1:
        raise ValueError(f"{RULE}; y_true_NAME too where each has a label of its own. Received: {listed(header)}")
    return header, classes or None


def _cells(data: memoryview, header: list[str], group: str | None) -> pa.Table:
    """The columns that have a meaning; labels, splits and ids as they are written."""
    kinds = {name: pa.float64() if name.startswith((SCORE, WEIGHT)) else pa.string() for name in header}
    # pandas writes 10.0 where a cell was missing once
    kinds |= {name: pa.float64() for name in WHOLE if name in header}
    known = (WEIGHT, SPLIT, ID, group, *WHOLE)
    wanted = [name for name in header if name.startswith((TRUTH, SCORE)) or name in known]
    start = bytes(data[:LONGEST_HEADER]).partition(b"\n")[0].decode("utf-8", "replace")
    try:
        return arrow_csv.read_csv(
            pa.BufferReader(pa.py_buffer(data)),
            parse_options=arrow_csv.ParseOptions(delimiter=separator(start), newlines_in_values=True),
            convert_options=arrow_csv.ConvertOptions(column_types=kinds, include_columns=wanted),
        )
    except pa.ArrowInvalid as error:
        raise ValueError(f"a file of predictions must be a table. Received: {shown(str(error))}") from None


def _floats(column: pa.ChunkedArray) -> npt.NDArray[np.float64]:
    """float64, NaN where a cell is empty."""
    return pc.fill_null(column, float("nan")).to_numpy().astype(np.float64)


def _side_by_side(columns: list[Array]) -> Array:
    return columns[0] if len(columns) == 1 else np.stack(columns, axis=1)


def _labels(column: pa.ChunkedArray, classes: Sequence[str] | None) -> npt.NDArray[np.float64]:
    """float64 [rows]: a number, that of a class by its name, NaN where there is no label.

    Raises:
        ValueError: A label is neither a number nor a name of a class.
    """
    encoded = column.combine_chunks().dictionary_encode()
    names = {name: float(number) for number, name in enumerate(classes or ())}
    by_value = {_number(name): number for name, number in names.items()}
    numbered = bool(names) and None not in by_value  # classes called 1, 2 and 3: these are no positions
    values = np.array([_label(text, names, by_value if numbered else None) for text in encoded.dictionary.to_pylist()])
    return values[encoded.indices.to_numpy(zero_copy_only=False)]


def _label(text: str, names: dict[str, float], by_value: dict[float | None, float] | None) -> float:
    if text in names:
        return names[text]
    if text.strip() in NO_LABEL:
        return float("nan")
    if not names and text in TRUE_OR_FALSE:
        return TRUE_OR_FALSE[text]
    value = _number(text)
    if value is None:
        of = f"one of {listed(names)}, or a number" if names else "a number, or one of class_names (--classes)"
        raise ValueError(f"y_true must be {of}. Received: {shown(text, most=60)!r}")
    return value if by_value is None else by_value.get(value, float("nan"))


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _splits(table: pa.Table, header: list[str]) -> tuple[Array, list[str]]:
    """The split of each row, by its number, and their names."""
    if SPLIT not in header:
        return np.zeros(len(table), np.int64), ["val"]
    encoded = table[SPLIT].combine_chunks().dictionary_encode()
    names = encoded.dictionary.to_pylist()
    if "" in names:
        raise ValueError("split must have a name in every row. Received: an empty cell")
    return encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64), names


def _points(table: pa.Table, header: list[str]) -> tuple[Unit, Array, Array | None]:
    """The unit, the number of each row in it, and what stands beside that."""
    numbers = {}
    for name in WHOLE:
        if name in header:
            if table[name].null_count:
                raise ValueError(f"{name} must be a whole number in every row. Received: an empty cell")
            given = table[name].to_numpy()
            beyond = given[~((given >= 0) & (given < MOST_EPOCHS))]
            if len(beyond):
                raise ValueError(f"{name} must be 0 or more, and below {MOST_EPOCHS:,}. Received: {beyond[0]:.16g}")
            numbers[name] = given.astype(np.int64)
            torn = given[given != numbers[name]]
            if len(torn):
                raise ValueError(f"{name} must be a whole number in every row. Received: {torn[0]:.16g}")
    if "step" in numbers:
        return "step", numbers["step"], numbers.get("epoch")
    return "epoch", numbers.get("epoch", np.zeros(len(table), np.int64)), None
