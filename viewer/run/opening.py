"""Opening runs."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path

from recorder.runfile import is_run

from ..config import resolve
from ..reading.find import find_runs, read_ahead
from ..reading.naming import LATEST, SeveralRunsError, run_at
from .tables import Run


def open_run(path: str | Path) -> Run:
    """The run that is meant.

        viewer.open_run("runs/20261123-103005-baseline-3f9a")
        viewer.open_run("baseline")  # by its name, or a part of it or of its folder's name that no other run has
        viewer.open_run("latest")

    Args:
        path: of the run, or of a folder that holds exactly one; or a name, of a run at or below the folder of the
            setting `dir` ("runs"), or `FOLDER/NAME`.

    Raises:
        FileNotFoundError: There is no run, or more than one.
        RunFormatError: The run is broken, or of a newer major version.
    """
    return Run(Path(path) if is_run(Path(path)) else run_at(path, usual_folder()))


def usual_folder() -> Path:
    """The folder of runs where nobody names one: the setting `dir`."""
    return Path(resolve().settings.dir)


def folder_meant(written: str | Path) -> Path:
    """A folder of runs, which may be still to come; where there is none and a run has this name, that run.

    Raises:
        FileNotFoundError: It is the name of several runs.
    """
    path = Path(written)
    if path.exists() or (path.parent != Path() and path.name != LATEST):
        return path
    try:
        return run_at(written, usual_folder())
    except SeveralRunsError:
        raise
    except FileNotFoundError:
        return path


@dataclass(frozen=True, slots=True)
class UnreadableRun:
    """A folder with a manifest that is no run, or one that cannot be read.

    Args:
        folder: where it is.
        reason: what is wrong with it, in a sentence.
    """

    folder: Path
    reason: str


def open_runs(folder: str | Path) -> list[Run]:
    """Every readable run at or below `folder`, oldest first; a warning for each that is not.

    Raises:
        FileNotFoundError: There is no such folder.
    """
    found = open_all(folder)
    for run in found:
        if isinstance(run, UnreadableRun):
            warnings.warn(f"{run.folder.name} is left out: {run.reason}", RuntimeWarning, stacklevel=2)
    return [run for run in found if isinstance(run, Run)]


def open_all(folder: str | Path) -> list[Run | UnreadableRun]:
    """Every run at or below `folder`, oldest first, and after these what cannot be read, by name.

    Raises:
        FileNotFoundError: There is no such folder.
    """
    path = Path(folder)
    if not path.is_dir():
        raise FileNotFoundError(f"a folder of runs must exist. Received: {path}")
    folders = find_runs(path)
    read_ahead(folders)
    found = [opened(one) for one in folders]
    runs = [run for run in found if isinstance(run, Run)]
    runs.sort(key=lambda run: run.manifest.created)  # folders of one second sort by name
    return [*runs, *(run for run in found if isinstance(run, UnreadableRun))]


def opened(folder: Path) -> Run | UnreadableRun:
    """A run, or why it cannot be read."""
    try:
        return Run(folder)
    except (OSError, ValueError) as error:
        return UnreadableRun(folder, reason_of(error))


def reason_of(error: Exception) -> str:
    """What is wrong, in a sentence; of the operating system's errors without their numbers."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    return str(error)
