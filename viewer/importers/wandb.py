"""Runs of Weights & Biases, as an offline run leaves them or their history in Parquet, to runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from recorder.runfile import Unit

from .imported import Found, Imported, Progress, write
from .logged import Logged, parquet_rows
from .wandb_file import read_wandb_file

STEP, TIME = "_step", "_timestamp"


def import_wandb(
    source: str | Path, to: str | Path = "runs", *, unit: Unit = "step", progress: Progress | None = None
) -> list[Imported]:
    """A run for each run of Weights & Biases, which is left as it is: numbers of its history by step, and its `config`.

    What is logged of nested dictionaries has a name with dots; media and texts are left out. A file that is damaged or
    torn is read up to there.

    Args:
        source: a file that an offline run left (`run-ID.wandb`), a history in Parquet (columns `_step`, `_timestamp`
            and those of the metrics; it has no name and no config), or a folder with files of either at any level.
        to: folder of runs, made where it is missing.
        unit: what the steps are: wandb counts calls of `log` unless it was told otherwise.
        progress: is told the name of a run, and how many of how many of its points are written.

    Raises:
        ValueError: It is neither.
        FileNotFoundError: There is none.
    """
    path = Path(source)
    return [write(found, Path(to), progress) for file in _files(path) for found in [_found(file, unit)]]


def _files(path: Path) -> Iterator[Path]:
    """Files to read; a folder that is linked to (`latest-run`) is looked at once, where it stands."""
    if not path.is_dir():
        return iter([path])
    found = sorted(file for ending in ("wandb", "parquet") for file in path.rglob(f"*.{ending}"))
    whole = {file.resolve(): file for file in found}
    if not whole:
        raise FileNotFoundError(f"a folder of wandb's must hold run-ID.wandb or files of Parquet. Received: {path}")
    return iter(sorted(whole.values()))


def _found(file: Path, unit: Unit) -> Found:
    if file.suffix == ".wandb":
        run, fault = read_wandb_file(file)
        found = run.found(unit)
        return replace(found, left_out=(*found.left_out, fault)) if fault else found
    run = Logged("wandb", file.stem)
    for row in parquet_rows(file):
        if row.get(STEP) is None:
            raise ValueError(f"a history of wandb's must have the column {STEP}. Received: {file.name}")
        for name, value in row.items():
            if not name.startswith("_") and value is not None:
                run.add(row[STEP], name, value, row.get(TIME))
    return run.found(unit)
