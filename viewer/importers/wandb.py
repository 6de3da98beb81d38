"""Runs of Weights & Biases, as an offline run leaves them or their history in Parquet, to runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from recorder.runfile import Unit

from .imported import Found, Imported, Progress, write_each
from .logged import Logged, parquet_rows
from .wandb_file import read_wandb_file

STEP, TIME = "_step", "_timestamp"


def import_wandb(
    source: str | Path, to: str | Path = "runs", *, unit: Unit = "step", progress: Progress | None = None
) -> list[Imported]:
    """A run for each run of Weights & Biases, which is left as it is: numbers of its history by step, and its `config`.

    What is logged of nested dictionaries has a name with dots; media and texts are left out. A file that is damaged or
    torn is read up to there. An offline run that was resumed under its id leaves a file each time: where the later one
    begins at a later step than the first, it is another attempt of the same run; else it is a run of its own.

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
    groups = _by_id(_files(path))

    def read() -> Iterator[Found]:
        for files in groups:
            yield from _joined([_found(file, unit) for file in files])

    return write_each(read, Path(to), progress)


def _files(path: Path) -> list[Path]:
    """Files to read; a folder that is linked to (`latest-run`) is looked at once, where it stands."""
    if not path.is_dir():
        return [path]
    found = sorted(file for ending in ("wandb", "parquet") for file in path.rglob(f"*.{ending}"))
    whole = {file.resolve(): file for file in found}
    if not whole:
        raise FileNotFoundError(f"a folder of wandb's must hold run-ID.wandb or files of Parquet. Received: {path}")
    return sorted(whole.values())


def _by_id(files: list[Path]) -> Iterable[list[Path]]:
    """Files that may be of one run: offline ones of the same name, which is the run's id."""
    groups: dict[Path | str, list[Path]] = {}
    for file in files:
        groups.setdefault(file.name if file.suffix == ".wandb" else file, []).append(file)
    return groups.values()


def _joined(read: list[tuple[str, Found]]) -> list[Found]:
    """The runs of files by their key; a file that goes on with an earlier one is another attempt of the same run."""
    runs: list[tuple[str, Found]] = []
    for key, found in sorted(read, key=lambda one: one[1].created):
        at = max((at for at, (known, _) in enumerate(runs) if key and known == key), default=None)
        if at is not None and _goes_on(runs[at][1], found):
            runs[at] = key, _after(runs[at][1], found)
        else:
            runs.append((key, found))
    return [found for _, found in runs]


def _goes_on(run: Found, later: Found) -> bool:
    """Whether it begins at a later step than the run; from the first one on it is a training of its own."""
    first, again = run.attempts[0][:1], later.attempts[0][:1]
    return bool(first and again) and again[0].epoch > first[0].epoch


def _after(run: Found, later: Found) -> Found:
    return replace(
        run,
        attempts=[*run.attempts, *later.attempts],
        config={**run.config, **later.config},
        reason=later.reason,
        left_out=tuple(dict.fromkeys((*run.left_out, *later.left_out))),
    )


def _found(file: Path, unit: Unit) -> tuple[str, Found]:
    """What a file holds, by what all files of its run have in common."""
    if file.suffix == ".wandb":
        run, fault = read_wandb_file(file)
        found = run.found(unit)
        return run.key, replace(found, left_out=(*found.left_out, fault)) if fault else found
    run = Logged("wandb", file.stem)
    for row in parquet_rows(file):
        if row.get(STEP) is None:
            raise ValueError(f"a history of wandb's must have the column {STEP}. Received: {file.name}")
        for name, value in row.items():
            if not name.startswith("_") and value is not None:
                run.add(row[STEP], name, value, row.get(TIME))
    return run.key, run.found(unit)
