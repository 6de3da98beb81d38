"""Opening runs."""

from __future__ import annotations

import warnings
from pathlib import Path

from recorder.runfile import is_run

from ..reading.find import find_runs, read_ahead
from .tables import Run


def open_run(path: str | Path) -> Run:
    """The run at `path`; of a folder that holds exactly one, that one.

    Raises:
        FileNotFoundError: There is no run, or more than one.
        RunFormatError: The run is broken, or of a newer major version.
    """
    folder = Path(path)
    if is_run(folder):
        return Run(folder)
    found = find_runs(folder)
    if len(found) == 1:
        return Run(found[0])
    some = f"; it holds {len(found)}, the newest of which is {found[-1]}" if found else ""
    raise FileNotFoundError(f"a run is a folder with a run.json{some}. Received: {folder}")


def open_runs(folder: str | Path) -> list[Run]:
    """Every readable run at or below `folder`, oldest first; a warning for each that is not.

    Raises:
        FileNotFoundError: There is no such folder.
    """
    path = Path(folder)
    if not path.is_dir():
        raise FileNotFoundError(f"a folder of runs must exist. Received: {path}")
    folders = find_runs(path)
    read_ahead(folders)
    runs = [run for run in map(_readable, folders) if run is not None]
    return sorted(runs, key=lambda run: run.manifest.created)  # folders of one second sort by name


def _readable(folder: Path) -> Run | None:
    try:
        return Run(folder)
    except (OSError, ValueError) as error:
        warnings.warn(f"{folder.name} is left out: {error}", RuntimeWarning, stacklevel=3)
        return None
