"""What Neptune's exporter saved, files of Parquet, to runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from recorder.runfile import Unit

from .imported import Imported, Progress, write
from .logged import Logged, parquet_rows

COLUMNS = dict.fromkeys(
    ("project_id", "run_id", "attribute_path", "attribute_type", "step", "timestamp",
     "int_value", "float_value", "string_value", "bool_value"), ""
)  # fmt: skip
VALUES = ("float_value", "int_value", "bool_value", "string_value")
SYSTEM, FAILED = "sys/", "sys/failed"
NAMES = ("sys/name", "sys/custom_run_id")


def import_neptune(
    source: str | Path, to: str | Path = "runs", *, unit: Unit = "step", progress: Progress | None = None
) -> list[Imported]:
    """A run for each run in the files that Neptune's exporter saved, which are left as they are.

    Series of numbers become logs, other attributes of a single value `config`, the project is the group. Steps that are
    no whole numbers are left out.

    Args:
        source: a file of Parquet, or the folder of a project or of all of them.
        to: folder of runs, made where it is missing.
        unit: what the steps are.
        progress: is told the name of a run, and how many of how many of its points are written.

    Raises:
        ValueError: A file is no such table.
        FileNotFoundError: There is none.
    """
    path = Path(source)
    files = sorted(path.rglob("*.parquet")) if path.is_dir() else [path]
    if not files:
        raise FileNotFoundError(f"a folder of Neptune's exporter must hold files of Parquet. Received: {path}")
    runs: dict[tuple[str, str], Logged] = {}
    for row in _rows(files):
        key = str(row["project_id"]), str(row["run_id"])
        _take(runs.setdefault(key, Logged("neptune", key[1], group=key[0], config={})), row)
    return [write(run.found(unit), Path(to), progress) for run in runs.values()]


def _rows(files: list[Path]) -> Iterator[dict[str, Any]]:
    for file in files:
        yield from parquet_rows(file, COLUMNS)


def _take(run: Logged, row: dict[str, Any]) -> None:
    name, kind, step = str(row["attribute_path"]), str(row["attribute_type"]), row["step"]
    value = next((row[column] for column in VALUES if row[column] is not None), None)
    if kind == "float_series" and step is not None:
        run.add(step, name, value, row["timestamp"])
    elif kind.endswith("_series"):
        run.no_numbers[name] = None
    elif name in NAMES and value:
        run.name = str(value)
    elif name == FAILED and value is True:
        run.reason = "failed"
    elif value is not None and not name.startswith(SYSTEM):
        run.configure(name, value)
