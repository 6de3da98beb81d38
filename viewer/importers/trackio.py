"""Trackio's projects, databases of SQLite or their export to Parquet, to runs."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from recorder.runfile import Unit

from .imported import Imported, Progress, write
from .logged import Logged, json_object, parquet_rows, seconds_of
from .sqlite_file import columns_of, opened

OF_A_ROW = ("id", "run_id", "run_name", "timestamp", "step", "log_id", "space_id")
NOT_METRICS = ("_system", "_configs", "_traces", "_artifacts", "_artifact_versions", "_artifact_aliases",
               "_run_artifact_links", "_external_run_artifact_links")  # fmt: skip
Runs = dict[str, Logged]


def import_trackio(
    source: str | Path, to: str | Path = "runs", *, unit: Unit = "step", progress: Progress | None = None
) -> list[Imported]:
    """A run for each run of Trackio's projects, which are left as they are: its values by step, and its `config`.

    Args:
        source: a project's database (`PROJECT.db`), its metrics in Parquet (`PROJECT.parquet`, with
            `PROJECT_configs.parquet` beside it), or the folder of several projects.
        to: folder of runs, made where it is missing.
        unit: what Trackio's steps are.
        progress: is told the name of a run, and how many of how many of its points are written.

    Raises:
        ValueError: It is none of these.
        FileNotFoundError: There is nothing.
    """
    path, found = Path(source), []
    for file in _files(path):
        runs = _of_database(file) if file.suffix == ".db" else _of_parquet(file)
        found += [logged.found(unit) for logged in runs.values()]
    return [write(one, Path(to), progress) for one in found]


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    databases = sorted(path.glob("*.db"))
    tables = [one for one in sorted(path.glob("*.parquet")) if not one.stem.endswith(NOT_METRICS)]
    found = databases + [one for one in tables if one.with_suffix(".db") not in databases]
    if not found:
        raise FileNotFoundError(f"a folder of Trackio's must hold a project, PROJECT.db or .parquet. Received: {path}")
    return found


def _of_database(file: Path) -> Runs:
    with opened(file) as connection:
        columns = columns_of(connection, "metrics")
        if not {"run_name", "timestamp", "step", "metrics"} <= set(columns):
            raise ValueError(f"a project of Trackio's must have a table metrics. Received: {file.name}")
        runs: Runs = {}
        for key, config in _configs(connection):
            _run(runs, key, file).config = config
        key = "run_id" if "run_id" in columns else "run_name"  # since 0.20; before, a run was its name
        query = f"SELECT {key}, run_name, timestamp, step, metrics FROM metrics ORDER BY timestamp, id"
        for key, name, time, step, metrics in connection.execute(query):
            run, at = _run(runs, str(key), file, str(name)), seconds_of(time)
            for metric, value in json_object(metrics, "what Trackio logged").items():
                run.add(step, metric, value, at)
    return _tidied(runs)


def _configs(connection: sqlite3.Connection) -> Iterator[tuple[str, dict[str, Any]]]:
    columns = columns_of(connection, "configs")
    if {"run_name", "config"} <= set(columns):
        key = "run_id" if "run_id" in columns else "run_name"
        for run, config in connection.execute(f"SELECT {key}, config FROM configs"):
            yield str(run), json_object(config, "a config of Trackio's")


def _of_parquet(file: Path) -> Runs:
    runs: Runs = {}
    beside = file.with_name(f"{file.stem}_configs.parquet")
    if beside.is_file():
        for row in parquet_rows(beside):
            config = {name: value for name, value in row.items() if name not in (*OF_A_ROW, "created_at")}
            _run(runs, str(row.get("run_id") or row.get("run_name")), file).config = config
    for row in parquet_rows(file):
        if not {"run_name", "step"} <= set(row):
            raise ValueError(f"metrics of Trackio's must have the columns run_name and step. Received: {file.name}")
        run = _run(runs, str(row.get("run_id") or row["run_name"]), file, str(row["run_name"]))
        at = seconds_of(row.get("timestamp"))
        for metric, value in row.items():
            if metric not in OF_A_ROW and value is not None:
                run.add(row["step"], metric, value, at)
    return _tidied(runs)


def _run(runs: Runs, key: str, file: Path, name: str = "") -> Logged:
    run = runs.setdefault(key, Logged("trackio", name or key, group=file.stem))
    run.name = name or run.name
    return run


def _tidied(runs: Runs) -> Runs:
    """What Trackio keeps among the settings becomes what it means."""
    for run in runs.values():
        settings = dict(run.config)
        run.group = str(settings.get("_Group") or run.group)
        run.created = seconds_of(settings.get("_Created"))
        run.config = {name: value for name, value in settings.items() if not name.startswith("_") and value is not None}
    return runs
