"""MLflow's stores, the folder `mlruns` or a database of SQLite, to runs."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from recorder.runfile import Unit, read_regular, shown

from .imported import Imported, Progress, write_each
from .logged import MOST_BYTES, Logged, number, plain
from .sqlite_file import columns_of, opened

STATES = {"1": "running", "2": "scheduled", "3": "finished", "4": "failed", "5": "killed"}  # as the file store has them
LARGEST_SMALL_FILE = 2**20
COLUMNS = {
    "runs": ("run_uuid", "name", "status", "start_time", "experiment_id", "lifecycle_stage"),
    "metrics": ("run_uuid", "key", "step", "value", "is_nan", "timestamp"),
    "params": ("run_uuid", "key", "value"),
    "experiments": ("experiment_id", "name"),
}  # which are read


def import_mlflow(
    source: str | Path, to: str | Path = "runs", *, unit: Unit = "step", progress: Progress | None = None
) -> list[Imported]:
    """A run for each run of a store of MLflow's that is not deleted: its metrics by step, its parameters as `config`.

    The group is the experiment. The store is left as it is. Of infinity a database holds the largest float64 number,
    which is read as infinity.

    Args:
        source: the folder of a file store (`mlruns`), or of one of its experiments or runs; or a database
            (`mlflow.db`).
        to: folder of runs, made where it is missing.
        unit: what the steps are: "epoch" where Keras was logged by MLflow.
        progress: is told the name of a run, and how many of how many of its points are written.

    Raises:
        ValueError: It is neither.
        FileNotFoundError: There is no run.
    """
    path = Path(source)
    read = _of_folder if path.is_dir() else _of_database
    return write_each(lambda: (run.found(unit) for run in read(path)), Path(to), progress)


def _of_database(file: Path) -> Iterator[Logged]:
    with opened(file) as connection:
        if not all(set(columns) <= set(columns_of(connection, table)) for table, columns in COLUMNS.items()):
            raise ValueError(
                f"a database of MLflow's must have the tables runs, metrics and params. Received: {file.name}"
            )
        query = """SELECT run_uuid, runs.name, status, start_time, experiments.name FROM runs
                   LEFT JOIN experiments USING (experiment_id)
                   WHERE runs.lifecycle_stage = 'active' ORDER BY start_time"""
        for key, name, status, start, experiment in connection.execute(query).fetchall():
            run = _logged(str(name or key), str(experiment or ""), str(status).lower(), start)
            params = connection.execute("SELECT key, value FROM params WHERE run_uuid = ?", [key])
            for param, value in params:
                run.configure(str(param), plain(str(value)))
            metrics = "SELECT key, step, value, is_nan, timestamp FROM metrics WHERE run_uuid = ? ORDER BY timestamp"
            for metric, step, value, is_nan, time in connection.execute(metrics, [key]):
                run.add(step, str(metric), math.nan if is_nan else _whole_line(value), _milliseconds(time))
            yield run


def _whole_line(value: Any) -> float | None:
    found = number(value)
    largest = found is not None and abs(found) == sys.float_info.max
    return math.copysign(math.inf, found) if found is not None and largest else found


def _milliseconds(time: Any) -> float:
    """Seconds; 0 of what is no number, which SQLite lets stand in any column."""
    return (number(time) or 0.0) / 1000


def _logged(name: str, experiment: str, status: str, start: Any) -> Logged:
    reason = "interrupted" if status in ("running", "scheduled") else status
    return Logged("mlflow", name, group=experiment, created=_milliseconds(start), reason=reason)


def _of_folder(folder: Path) -> Iterator[Logged]:
    """The runs at or below a folder: those that have a `meta.yaml` with a `run_id`."""
    found = [path for path in sorted(folder.rglob("meta.yaml")) if "artifacts" not in path.parent.parts]
    runs = [(path.parent, meta) for path in found if "run_id" in (meta := _meta(path))]
    if not runs:
        raise FileNotFoundError(f"a store of MLflow's must hold a run (a folder with meta.yaml). Received: {folder}")
    for home, meta in sorted(runs, key=lambda one: one[1].get("start_time", "")):
        if meta.get("lifecycle_stage", "active") == "active":
            yield _of_run(home, meta)


def _of_run(home: Path, meta: dict[str, str]) -> Logged:
    above = home.parent / "meta.yaml"
    experiment = _meta(above).get("name", "") if above.is_file() else ""
    status = STATES.get(meta.get("status", ""), meta.get("status", "").lower())
    start = meta.get("start_time", "")
    name = meta.get("run_name") or _text(home / "tags" / "mlflow.runName") or meta["run_id"]
    run = _logged(name, experiment, status, plain(start))
    for key, path in _entries(home / "params"):
        run.configure(key, plain(_text(path)))
    for key, path in _entries(home / "metrics"):
        for line in read_regular(path, most=MOST_BYTES).decode("utf-8", "replace").splitlines():
            try:
                time, value, step = (*line.split(), "0")[:3]  # files of before 1.0 have no step
                run.add(int(step), key, float(value), float(time) / 1000)
            except ValueError as error:
                raise ValueError(
                    f"a line of a metric must be a time, a value and a step. Received: {shown(line, most=60)!r}"
                ) from error
    return run


def _entries(folder: Path) -> list[tuple[str, Path]]:
    """Files below a folder, by their path within it: the name of a metric may have slashes."""
    if folder.is_symlink():
        return []
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return [(path.relative_to(folder).as_posix(), path) for path in files]


def _text(path: Path) -> str:
    return read_regular(path, most=LARGEST_SMALL_FILE).decode("utf-8", "replace") if path.is_file() else ""


def _meta(path: Path) -> dict[str, str]:
    """The scalars of a `meta.yaml`, which is a flat mapping."""
    found: dict[str, list[str]] = {}
    last = ""
    for line in _text(path).splitlines():
        key, colon, value = line.partition(":")
        if line.startswith(" ") and last:  # a long text goes on
            found[last].append(line.strip())
        elif colon:
            last, found[key] = key, [value.strip()]
    return {key: _scalar(" ".join(lines)) for key, lines in found.items()}


def _scalar(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] == "'":
        return value[1:-1].replace("''", "'")
    if len(value) > 1 and value[0] == value[-1] == '"':
        try:
            return str(json.loads(value))
        except ValueError:
            return value[1:-1]
    return "" if value == "null" else value
