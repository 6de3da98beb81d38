"""From the files of runs to rows of the index: what a reader makes of each run, and nothing of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from recorder.runfile import ADDITIONS, LINES, MANIFEST, Output, kind_of

from ..reading.columns import ScalarColumns
from ..reading.gaps import first_fault
from ..reading.status import done, end_of, patience, planned
from ..reading.table import RunTable
from ..run.inputs import counts_of
from ..run.opening import reason_of
from .columns import Codes, numbers_by_name, whole
from .known import OWN
from .schema import COUNTS, COUNTS_OF, EPOCHS, RUNS

Tables = dict[str, Any]  # by the names of `TABLES`
NOTHING = "-"  # in a stamp: there is no such file
DOUBTFUL = "?"  # before the stamp of a run of which something could not be read
_encode = msgspec.json.Encoder().encode


def stamp_of_files(folder: str) -> str:
    """What the files of a run look like from outside: another text once one of them was written to or replaced.

    Size, both times and number of `run.json`, `epochs.jsonl`, the folder of additions and each of these. The second
    time, of the last change of any kind, nobody can set: what was unpacked or copied looks different from what was
    read elsewhere.
    """
    looks = [_looks(f"{folder}/{name}") for name in (MANIFEST, LINES, ADDITIONS)]
    if looks[-1] != NOTHING:  # one that is half there grows, of which its folder says nothing
        with suppress(OSError), os.scandir(f"{folder}/{ADDITIONS}") as found:
            looks += [_looks(entry.path) for entry in sorted(found, key=lambda entry: entry.name)]
    return " ".join(looks)


def _looks(path: str) -> str:
    try:
        state = os.lstat(path)
    except OSError:
        return NOTHING
    return f"{state.st_size}:{state.st_mtime_ns}:{state.st_ctime_ns}:{state.st_ino}"


def tables_of(root: str, runs: Sequence[str]) -> Tables:
    """The rows of some runs, a table of each name in `TABLES`.

    A run of which anything is missing or broken has a row that says so, and a stamp that it never equals: it is read
    again at each look.

    Args:
        root: the folder of runs.
        runs: their paths below it, with slashes.
    """
    gathered = _Gathered()
    for run in runs:
        folder = root if run == OWN else f"{root}/{run}"
        stamp = stamp_of_files(folder)  # before anything is read: what comes meanwhile makes it another one
        try:
            table = RunTable(Path(folder))
            gathered.take(run, stamp, table)
        except (OSError, ValueError) as error:
            gathered.take_unreadable(run, stamp, reason_of(error))
    return gathered.tables()


class _Gathered:
    """Rows of runs, as lists and arrays of numbers: one Arrow table at the end instead of one a run."""

    def __init__(self) -> None:
        self._runs: list[dict[str, Any]] = []
        self._epochs: list[dict[str, Any]] = []
        self._counts: list[dict[str, Any]] = []

    def take(self, run: str, stamp: str, table: RunTable) -> None:
        """Reads all that is kept of a run. Raises as a reader does."""
        outputs = table.outputs()
        counts = [rows for output in outputs for rows in _counts(run, table, output)]
        epochs = _epochs(run, table)
        faults = table.faults
        row = _row(run, table, outputs) | {
            "stamp": f"{DOUBTFUL}{stamp}" if faults else stamp,
            "problem": first_fault(faults),
            "newest_counts": [dict(newest) for output in outputs for newest in _newest(table, output)],
            "all_newest": _all_newest(table, outputs),
        }
        self._runs.append(row)
        self._epochs.append(epochs)
        self._counts += counts

    def take_unreadable(self, run: str, stamp: str, reason: str) -> None:
        """A row that says why."""
        nothing = {"outputs": "", "newest_logs": [], "lowest_logs": [], "highest_logs": [], "newest_counts": []}
        self._runs.append({"run": run, "stamp": f"{DOUBTFUL}{stamp}", "problem": reason} | nothing)

    def tables(self) -> Tables:
        """All of them."""
        return {
            "runs": pa.Table.from_pylist(self._runs, schema=RUNS),
            "epochs": _joined(self._epochs, EPOCHS),
            "counts": _joined(self._counts, COUNTS),
        }


def _row(run: str, table: RunTable, outputs: Sequence[Output]) -> dict[str, Any]:
    manifest, points = table.manifest, len(table)
    last = table.line(points - 1) if points else None
    number = int(table.epochs[-1]) if points else None
    of_epochs = table.unit == "epoch"
    reason = end_of(table)
    begin = table.begins[-1] if table.begins else None
    in_epoch = None if last is None else last.in_epoch
    return {
        "run": run,
        "name": manifest.name,
        "group": table.group,
        "created": manifest.created,
        "unit": table.unit,
        "config": _encode(table.config).decode(),
        "outputs": _encode(outputs).decode() if outputs else "",
        "points": points,
        "done": done(table),
        "epochs": points if of_epochs else (None if in_epoch is None else in_epoch + 1),
        "steps": None if last is None else (last.step if of_epochs else number),
        "planned": planned(table),
        "reason": reason,
        "begin": _encode(begin).decode() if begin and reason is None else None,
        "last_time": table.last_time() if reason is None else None,
        "patience": patience(table) if reason is None else None,
        "newest_logs": list(_newest_logs(table)),
        "lowest_logs": list(_extreme_logs(table, np.min)),
        "highest_logs": list(_extreme_logs(table, np.max)),
    }


def _newest_logs(table: RunTable) -> Iterator[tuple[str, float]]:
    """Of each log what stands at the newest point; where none does, the last value that is known."""
    for name, values in table.log_values().items():
        stated = table.not_finite(name)
        if not len(values) or stated[-1] or not np.isnan(values[-1]):
            yield name, float(values[-1]) if len(values) else np.nan
        else:
            known = np.flatnonzero(~np.isnan(values))
            yield name, float(values[known[-1]]) if len(known) else np.nan


def _all_newest(table: RunTable, outputs: Sequence[Output]) -> bool:
    """Whether what is the newest of each log, split and output stands at the newest point."""
    last = len(table) - 1
    logs = all(known[-1] for _, known in _stated(table.logs, table).values()) if last >= 0 else True
    return logs and all(
        table.newest(split, output.name) == last for output in outputs for split in table.split_names(output.name)
    )


def _extreme_logs(table: RunTable, extreme: Callable[[Any], Any]) -> Iterator[tuple[str, float]]:
    for name, values in table.log_values().items():
        finite = values[np.isfinite(values)]
        yield name, float(extreme(finite)) if len(finite) else np.nan


def _epochs(run: str, table: RunTable) -> dict[str, Any]:
    return {
        "run": [run] * len(table),
        "point": table.epochs,
        "epoch": table.in_epochs,
        "step": table.steps,
        "attempt": table.attempts,
        "attempts": table.attempts_of_parts,
        "seconds": _stated(table.seconds, table),
        "logs": _stated(table.logs, table),
    }


def _stated(columns: ScalarColumns, table: RunTable) -> Mapping[str, tuple[Any, Any]]:
    """Values and where they were stated, by name; NaN may be one."""
    found = {}
    for name in columns.names():
        values = columns.column(name)[table.order]
        found[name] = values, ~np.isnan(values) | columns.not_finite(name)[table.order]
    return found


def _counts(run: str, table: RunTable, output: Output) -> Iterator[dict[str, Any]]:
    """The four counts at the decision, of each split and class, at the points where the split was counted."""
    kind = kind_of(output)
    for split in table.split_names(output.name):
        at, _ = counts_of(table, split, None, output)
        classes = len(at.tp)
        where = np.flatnonzero(at.known)
        names = list(kind.scored(output.classes))
        one_alone = kind.line_labels(classes) == [None]
        many = len(where)
        yield {
            "run": [run] * (many * classes),
            "point": np.repeat(table.epochs[where], classes),
            "epoch": np.repeat(table.in_epochs[where], classes),
            "step": np.repeat(table.steps[where], classes),
            "split": [split] * (many * classes),
            "output": [output.name] * (many * classes),
            "label": np.full(many, -1) if one_alone else np.tile(np.arange(classes), many),
            "class": names * many,
        } | {name: getattr(at, name)[:, where].T.reshape(-1) for name in COUNTS_OF}


def _newest(table: RunTable, output: Output) -> Iterator[dict[str, Any]]:
    """The same at the newest point of each split.

    Raises:
        ValueError: Lines and matrix do not say the same, so that it depends on the formula what is right.
    """
    for split in table.split_names(output.name):
        position = table.newest(split, output.name)
        if position is None:
            continue
        single = table.single(position)
        counts, in_matrix = (
            {name: getattr(at, name)[:, 0].tolist() for name in COUNTS_OF}
            for at, _ in (counts_of(single, split, None, output, matrix=matrix) for matrix in (False, True))
        )
        if counts != in_matrix:
            raise ValueError(f"the lines and the matrix of {split} must say the same. Received: {counts}, {in_matrix}")
        yield {"split": split, "output": output.name} | counts


def _joined(rows: Sequence[Mapping[str, Any]], schema: Any) -> Any:
    """Columns of several runs one below the other."""
    columns = []
    for field in schema:
        pieces = [row[field.name] for row in rows]
        if pa.types.is_map(field.type):
            columns.append(numbers_by_name(pieces, [len(row["run"]) for row in rows]))
        elif pa.types.is_dictionary(field.type):
            columns.append(Codes.of(pieces))
        elif pa.types.is_list(field.type):
            columns.append(pa.array(chain.from_iterable(pieces), field.type))
        else:
            columns.append(whole(pieces, field.type))
    return pa.Table.from_arrays(columns, schema=schema)
