"""What a tracker logged of one run, value by value, to a run: what all importers of trackers share."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from recorder.runfile import EpochRecord, Unit, from_iso, read_regular, shown
from recorder.runfile.names import listed
from recorder.runfile.schema import MOST_EPOCHS

from .imported import Found

MOST_BYTES = 2**30  # of a file
MOST_VALUES = 2**24  # of a run
MOST_CELLS = 2**26  # of a file of Parquet
ROWS_AT_ONCE, MOST_AT_ONCE = 2**10, 2**26
MOST_CONFIG = 2**20  # bytes of JSON
LATEST = 2.0**37  # seconds: after the year 6000
WORDS = {"True": True, "False": False}
NOT_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


@dataclass(slots=True)
class Logged:
    """Values of one run.

    Args:
        source: the program that logged them.
        name: of the run.
        group: of the run: its group, experiment or project.
        created: seconds since 1970.
        config: what the user configured, or what was given as parameters.
        reason: why it ended.
        rows: values by step and name.
        times: seconds since 1970 of each step.
        again: names of which a step has several values.
        outside: names with a step that can be none.
        no_numbers: names of what is no number.
    """

    source: str
    name: str
    group: str = ""
    created: float = 0.0
    config: Mapping[str, Any] = field(default_factory=dict)
    reason: str = "finished"
    rows: dict[int, dict[str, float]] = field(default_factory=dict)
    times: dict[int, float] = field(default_factory=dict)
    again: dict[str, None] = field(default_factory=dict)
    outside: dict[str, None] = field(default_factory=dict)
    no_numbers: dict[str, None] = field(default_factory=dict)
    _count: int = 0

    def add(self, step: int, name: str, value: Any, time: float) -> None:
        """Takes in a value; of a step that has one of this name already, the later one counts.

        Raises:
            ValueError: There are too many.
        """
        found = number(value)
        if found is None:
            self.no_numbers[name] = None
        elif not 0 <= step < MOST_EPOCHS:
            self.outside[name] = None
        else:
            self._count += 1
            if self._count > MOST_VALUES:
                raise ValueError(f"a run must have at most {MOST_VALUES:,} values to be imported. Received: more")
            row = self.rows.setdefault(step, {})
            if name in row:
                self.again[name] = None
            row[name] = found
            self.times[step] = max(_time(time), self.times.get(step, 0.0))

    def found(self, unit: Unit) -> Found:
        """What is written of it."""
        records = [
            EpochRecord(epoch=step, unit=unit, logs=self.rows[step], time=self.times[step])
            for step in sorted(self.rows)
        ]
        fits = len(json.dumps(self.config, default=str)) <= MOST_CONFIG
        said = {
            "earlier values of steps that were written more than once": self.again,
            f"steps outside of 0 to {MOST_EPOCHS - 1}": self.outside,
            "what is no number": {name: None for name in self.no_numbers if not self._has(name)},
            "its settings, which take more than a mebibyte": {} if fits else {"config": None},
        }
        return Found(
            name=self.name,
            created=_time(self.created) or min(self.times.values(), default=0.0),
            attempts=[records],
            config={**(self.config if fits else {}), "imported": {"from": self.source}},
            unit=unit,
            group=self.group,
            reason=self.reason,
            left_out=tuple(f"{what}: {listed(names)}" for what, names in said.items() if names),
        )

    def _has(self, name: str) -> bool:
        return any(name in row for row in self.rows.values())


def number(value: Any) -> float | None:
    """A number, one of the words that JSON has for those it lacks too; None of anything else."""
    if isinstance(value, str):
        return NOT_FINITE.get(value)
    try:
        return float(value) if isinstance(value, int | float) else None
    except OverflowError:  # a whole number of more than 300 digits
        return None


def plain(text: str) -> Any:
    """A parameter that was kept as text, by JSON or by `str` of Python: a number, true, false, or the text."""
    if text in WORDS:
        return WORDS[text]
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return found if isinstance(found, bool | int | float) and abs(found) < 2**63 else text


def json_object(text: Any, what: str) -> dict[str, Any]:
    """An object of JSON.

    Raises:
        ValueError: It is none.
    """
    try:
        found = json.loads(text)
    except (ValueError, TypeError, RecursionError) as error:
        raise ValueError(f"{what} must be an object of JSON. Received: {shown(str(text), most=60)!r}") from error
    if not isinstance(found, dict):
        raise ValueError(f"{what} must be an object of JSON. Received: {shown(str(text), most=60)!r}")
    return found


def seconds_of(text: Any) -> float:
    """Seconds since 1970 of a time in ISO 8601; 0 of what is none."""
    return _time(from_iso(str(text)))


def _time(seconds: float) -> float:
    """Seconds since 1970 that a calendar has; else 0."""
    return seconds if 0 <= seconds < LATEST else 0.0


def parquet_rows(path: Path, columns: Mapping[str, str] | None = None) -> Iterator[dict[str, Any]]:
    """The rows of a file of Parquet.

    Args:
        path: of it.
        columns: that are read; None for all.

    Raises:
        ValueError: It is no such file, lacks a column, or is too large.
    """
    data = read_regular(path.resolve(), most=MOST_BYTES)
    try:
        file = pq.ParquetFile(pa.BufferReader(data))
        known = file.schema_arrow.names
        lacking = [name for name in columns or () if name not in known]
        if lacking:
            raise ValueError(
                f"a file of Parquet must have the columns {listed(columns or ())}. Received: {listed(known)}"
            )
        cells = file.metadata.num_rows * (len(columns) if columns else len(known))
        if cells > MOST_CELLS:
            raise ValueError(f"a file of Parquet must have at most {MOST_CELLS:,} cells. Received: {cells:,}")
        for batch in file.iter_batches(ROWS_AT_ONCE, columns=None if columns is None else list(columns)):
            size = sum(map(_decoded_size, batch.columns))
            if size > MOST_AT_ONCE:  # a few bytes of a file may be as many texts as one likes
                raise ValueError(f"{ROWS_AT_ONCE:,} rows must take at most {MOST_AT_ONCE:,} bytes. Received: {size:,}")
            yield from batch.to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise ValueError(f"{path.name} must be a file of Parquet. Received: {shown(str(error))}") from error


def _decoded_size(column: pa.Array) -> int:
    """Bytes at most: a column that repeats a few values holds each of them once until it is decoded."""
    if not pa.types.is_dictionary(column.type):
        return int(column.nbytes)
    return len(column) * int(column.dictionary.nbytes)
