"""The runs of an index, a column at a time: what a list asks of them is answered for all of them at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from recorder.runfile import BeginLine, Output
from recorder.runfile.manifest import decode_outputs
from recorder.runfile.parts import coded, numbers

from ..reading.status import alive, ended
from .schema import COUNTS_OF

Array = npt.NDArray[Any]
Ints = npt.NDArray[np.int64]
NEWEST_LOGS = "newest_logs"
SIGNS = ("begin", "last_time", "patience")  # of life, of runs without an end
_decode_begin = msgspec.json.Decoder(BeginLine).decode


@dataclass(frozen=True, slots=True)
class PointCounts:
    """Counts at the decision of one output and split, of several runs: of each at its newest point, or at all of them.

    Args:
        rows: int64 [points], the row of the run of each.
        counts: tp, fp, tn, fn, int64 [classes, points] each.
    """

    rows: Ints
    counts: tuple[Ints, Ints, Ints, Ints]


class Book:
    """Rows of runs.

    Args:
        table: of the schema `RUNS`.
        counts: gives their rows of the schema `COUNTS`, some runs at a time, in the order in which they were written.
    """

    def __init__(self, table: Any, counts: Callable[[], Iterator[Any]] = lambda: iter(())) -> None:
        self._table, self._counts_of_points = table.combine_chunks(), counts
        self._columns: dict[str, list[Any]] = {}
        self._stated: dict[int, list[Output]] = {}
        self._maps: dict[str, tuple[Array, Array, list[str], Array]] = {}

    def __len__(self) -> int:
        return len(self._table)

    def column(self, name: str) -> list[Any]:
        """A value for each row, None where there is none."""
        if name not in self._columns:
            self._columns[name] = self._table[name].to_pylist()
        return self._columns[name]

    @cached_property
    def statuses(self) -> list[str]:
        """Of each row, as it is now."""
        return [_status(*row) for row in zip(*map(self.column, ("name", "reason", *SIGNS)), strict=True)]

    @cached_property
    def _outputs(self) -> tuple[Array, list[str]]:
        """Which text says the outputs of each row, and the texts."""
        return coded(self._table["outputs"])

    def by_outputs(self) -> Iterator[tuple[list[Output], Ints]]:
        """Outputs, and the rows that have them; those of logs alone have none."""
        codes, texts = self._outputs
        for code in range(len(texts)):
            yield self._stated_by(code), np.flatnonzero(codes == code)

    def outputs(self, row: int) -> list[Output]:
        """The outputs of a row; equal ones are one list."""
        return self._stated_by(int(self._outputs[0][row]))

    def _stated_by(self, code: int) -> list[Output]:
        if code not in self._stated:
            text = self._outputs[1][code]
            self._stated[code] = decode_outputs(text.encode()) if text else []
        return self._stated[code]

    def _logs(self, column: str) -> tuple[Array, Array, list[str], Array]:
        """Where the logs of each row begin; codes of names, names, and values."""
        if column not in self._maps:
            logs = _one(self._table[column])
            # `dictionary_encode` loads `pyarrow.compute`, which takes longer than all names of ten thousand runs.
            codes_of: dict[str, int] = {}
            codes = np.array([codes_of.setdefault(name, len(codes_of)) for name in logs.keys.to_pylist()], np.int32)
            self._maps[column] = numbers(logs.offsets), codes, list(codes_of), numbers(logs.items)
        return self._maps[column]

    def log(self, name: str, column: str = NEWEST_LOGS) -> tuple[Array, Array]:
        """The newest, lowest or highest value of a log, float64 [rows], and bool [rows], which have it."""
        offsets, codes, names, values = self._logs(column)
        found, known = np.full(len(self), np.nan), np.zeros(len(self), np.bool_)
        if name in names:
            places = np.flatnonzero(codes == names.index(name))
            rows = np.searchsorted(offsets, places, side="right") - 1
            found[rows], known[rows] = values[places], True
        return found, known

    @cached_property
    def log_names(self) -> list[tuple[str, ...]]:
        """The logs of each row; equal ones are one object."""
        offsets, codes, names, _ = self._logs(NEWEST_LOGS)
        met: dict[bytes, tuple[str, ...]] = {}
        found = []
        for start, stop in zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True):
            key = codes[start:stop].tobytes()
            if key not in met:
                met[key] = tuple(names[code] for code in codes[start:stop])
            found.append(met[key])
        return found

    @cached_property
    def _counts(self) -> tuple[Array, Array, Array, tuple[Any, ...]]:
        """Of each entry of newest counts its row, split and output; and the four lists of classes."""
        column = _one(self._table["newest_counts"])
        offsets = numbers(column.offsets)
        entries = column.values
        rows = np.repeat(np.arange(len(column)), np.diff(offsets))
        split, output = (np.array(entries.field(name).to_pylist(), object) for name in ("split", "output"))
        return rows, split, output, tuple(entries.field(name) for name in COUNTS_OF)

    def splits(self, output: str) -> dict[str, Array]:
        """Bool [rows], which have counts of a split, for each split of an output."""
        rows, splits, outputs, _ = self._counts
        found: dict[str, Array] = {}
        for split in dict.fromkeys(splits[outputs == output].tolist()):
            found[split] = np.zeros(len(self), np.bool_)
            found[split][rows[(outputs == output) & (splits == split)]] = True
        return found

    def newest(self, output: str, split: str, among: Array) -> PointCounts:
        """The counts of runs that have as many classes.

        Args:
            output: of the model.
            split: of the samples.
            among: bool [rows], which runs are meant; all of them have the split.
        """
        rows, splits, outputs, lists = self._counts
        places = np.flatnonzero((outputs == output) & (splits == split) & among[rows])
        tp, fp, tn, fn = (_taken(one, places) for one in lists)
        return PointCounts(rows[places], (tp, fp, tn, fn))

    def points(self, output: str, split: str, among: Array, classes: int) -> Iterator[PointCounts]:
        """The same at every point: rows and counts of points, those of one run side by side.

        Args:
            output: as in `newest`, as are the next two.
            split: of the samples.
            among: which runs are meant.
            classes: how many each of them has.
        """
        row_of = {run: row for row, run in enumerate(self.column("run"))}
        for table in self._counts_of_points():
            codes = {name: coded(table[name]) for name in ("run", "split", "output")}
            of_run = np.array([row_of.get(run, -1) for run in codes["run"][1]], np.int64)
            rows = of_run[codes["run"][0]]
            wanted = (rows >= 0) & among[rows]
            for name, text in (("split", split), ("output", output)):
                own, texts = codes[name]
                wanted &= (own == texts.index(text)) if text in texts else np.zeros(len(own), np.bool_)
            places = np.flatnonzero(wanted)
            if len(places):
                tp, fp, tn, fn = (numbers(table[name])[places].reshape(-1, classes).T for name in COUNTS_OF)
                yield PointCounts(rows[places[::classes]], (tp, fp, tn, fn))


def _status(name: str | None, reason: str | None, begin: str | None, last: float, patience: float) -> str:
    if name is None:
        return "unreadable"
    if reason is not None:
        return ended(reason)
    return alive(None if begin is None else _decode_begin(begin), lambda: time.time() - last <= patience)


def _taken(lists: Any, places: Ints) -> Ints:
    """Some lists of one length, int64 [numbers, lists]; with Arrow's own way pandas would be imported."""
    starts = numbers(lists.offsets)
    length = int(starts[places[0] + 1] - starts[places[0]])
    found: Ints = numbers(lists.values)[starts[places] + np.arange(length)[:, None]]
    return found


def _one(column: Any) -> Any:
    """A column as one array."""
    found = column.combine_chunks()
    return found if not isinstance(found, pa.ChunkedArray) else pa.concat_arrays(found.chunks)
