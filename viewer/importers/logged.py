"""What a tracker logged of one run, value by value, to a run: what all importers of trackers share."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from recorder.json_values import plain_config
from recorder.runfile import EpochRecord, Unit, from_iso, read_regular, shown
from recorder.runfile.names import listed
from recorder.runfile.schema import MOST_EPOCHS

from .imported import Found, calendar_time, itself

MOST_BYTES = 2**30  # of a file
MOST_VALUES = 2**24  # of a run
MOST_CELLS = 2**26  # of a file of Parquet
ROWS_AT_ONCE, MOST_AT_ONCE = 2**10, 2**26
MOST_CONFIG = 2**20  # bytes of JSON
MOST_OF_NAMES = 2**24  # characters of all names of a run
LONGEST_NAME = 1_000  # characters of that of a run or group
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
        key: what files of one run have in common, where a run may have several; else "".
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
    key: str = ""
    config: dict[str, Any] = field(default_factory=dict)
    reason: str = "finished"
    rows: dict[int, dict[str, float]] = field(default_factory=dict)
    times: dict[int, float] = field(default_factory=dict)
    again: dict[str, None] = field(default_factory=dict)
    outside: dict[str, None] = field(default_factory=dict)
    no_numbers: dict[str, None] = field(default_factory=dict)
    _count: int = 0
    _names: dict[str, str] = field(default_factory=dict)
    _room: int = MOST_OF_NAMES
    _size: int = 0

    def add(self, step: Any, name: str, value: Any, time: Any) -> None:
        """Takes in a value; of a step that has one of this name already, the later one counts.

        Args:
            step: a whole number; values of anything else are left out.
            name: of the value.
            value: a number; anything else is left out.
            time: seconds since 1970, or a time of Python's; 0 of anything else.

        Raises:
            ValueError: There are too many.
        """
        found, step, name = number(value), _whole(step), self._once(name)
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
            self.times[step] = max(_seconds(time), self.times.get(step, 0.0))

    def configure(self, name: str, value: Any) -> None:
        """Takes in a setting, in place of an earlier one of this name; of settings that are too many none is kept."""
        self._size += _characters(name, value)
        if name in self.config:
            self._size -= _characters(name, self.config[name])
        if self._size > MOST_CONFIG:
            self.config, self._size = {}, 2 * MOST_CONFIG
        else:
            self.config[name] = value

    def _once(self, name: str) -> str:
        """The name as UTF-8 can write it; equal ones are one object."""
        if name not in self._names:
            self._room -= len(name)
            if self._room < 0:
                raise ValueError(f"names in a run must take at most {MOST_OF_NAMES:,} characters. Received: more")
            self._names[name] = writable(name)
        return self._names[name]

    def found(self, unit: Unit) -> Found:
        """What is written of it."""
        records = [
            EpochRecord(epoch=step, unit=unit, logs=self.rows[step], time=self.times[step])
            for step in sorted(self.rows)
        ]
        config, fault = self._settings()
        said = {
            "earlier values of steps that were written more than once": self.again,
            f"steps that are no whole number from 0 to {MOST_EPOCHS - 1}": self.outside,
            "what is no number": {name: None for name in self.no_numbers if not self._has(name)},
            fault: {"config": None} if fault else {},
        }
        return Found(
            name=writable(self.name[:LONGEST_NAME]),
            created=calendar_time(self.created) or min(self.times.values(), default=0.0),
            attempts=[records],
            config=config | {"imported": {"from": self.source}},
            unit=unit,
            group=writable(self.group[:LONGEST_NAME]),
            reason=self.reason,
            left_out=tuple(f"{what}: {listed(names)}" for what, names in said.items() if names),
        )

    def _settings(self) -> tuple[dict[str, Any], str]:
        """The settings as recorders keep them, and why there are none of those that were given."""
        if self._size <= MOST_CONFIG:
            try:
                return plain_config(json.loads(writable(json.dumps(self.config, default=str, ensure_ascii=False)))), ""
            except (TypeError, RecursionError):
                return {}, "its settings, which are nested too deep"
            except ValueError:
                pass
        return {}, "its settings, which take more than a mebibyte"

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


def _characters(name: str, value: Any) -> int:
    return len(name) + (len(value) if isinstance(value, str) else 1)


def writable(text: str) -> str:
    """A text as UTF-8 can write it."""
    return text.encode("utf-8", "replace").decode()


def _whole(step: Any) -> int:
    """A whole number; -1 of anything else."""
    try:
        return int(step) if int(step) == step else -1
    except (TypeError, ValueError, OverflowError):
        return -1


def _seconds(time: Any) -> float:
    """Seconds since 1970; 0 of what is no time that a calendar has."""
    try:
        return calendar_time(time.timestamp() if isinstance(time, datetime) else time)
    except (ValueError, OverflowError):  # of years that the system cannot count from
        return 0.0


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
    return calendar_time(from_iso(str(text)))


def parquet_rows(path: Path, columns: Mapping[str, str] | None = None) -> Iterator[dict[str, Any]]:
    """The rows of a file of Parquet.

    Args:
        path: of it.
        columns: that are read; None for all.

    Raises:
        ValueError: It is no such file, lacks a column, or is too large.
    """
    data = read_regular(itself(path), most=MOST_BYTES)
    try:
        file = pq.ParquetFile(pa.BufferReader(data))
        known = file.schema_arrow.names
        lacking = [name for name in columns or () if name not in known]
        if lacking:
            raise ValueError(f"{path.name} must have the columns {listed(columns or ())}. Received: {listed(known)}")
        cells = file.metadata.num_rows * (len(columns) if columns else len(known))
        if cells > MOST_CELLS:
            raise ValueError(f"{path.name} must have at most {MOST_CELLS:,} cells. Received: {cells:,}")
        for batch in file.iter_batches(ROWS_AT_ONCE, columns=None if columns is None else list(columns)):
            size = sum(map(_decoded_size, batch.columns))
            if size > MOST_AT_ONCE:  # a few bytes of a file may be as many texts as one likes
                raise ValueError(
                    f"{ROWS_AT_ONCE:,} rows of {path.name} must take at most {MOST_AT_ONCE:,} bytes. Received: {size:,}"
                )
            yield from batch.to_pylist()
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path.name} must be a file of Parquet. Received: {shown(str(error))}") from error


def _decoded_size(column: pa.Array) -> int:
    """Bytes at most: a column that repeats a few values holds each of them once until it is decoded."""
    if not pa.types.is_dictionary(column.type):
        return int(column.nbytes)
    return len(column) * int(column.dictionary.nbytes)
