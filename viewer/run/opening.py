"""Opening runs."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
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
    found = [_opened(one) for one in folders]
    runs = [run for run in found if isinstance(run, Run)]
    runs.sort(key=lambda run: run.manifest.created)  # folders of one second sort by name
    return [*runs, *(run for run in found if isinstance(run, UnreadableRun))]


def _opened(folder: Path) -> Run | UnreadableRun:
    try:
        return Run(folder)
    except (OSError, ValueError) as error:
        return UnreadableRun(folder, reason_of(error))


def reason_of(error: Exception) -> str:
    """What is wrong, in a sentence; of the operating system's errors without their numbers."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    return str(error)
