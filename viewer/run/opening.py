"""Opening runs."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from recorder.runfile import is_run
from recorder.runfile.names import is_address

from ..config import resolve
from ..reading.find import find_runs, read_ahead
from ..reading.naming import LATEST, SeveralRunsError, run_at
from ..reading.tally_scanner import READERS
from .tables import Run

T = TypeVar("T")
_COPIES: dict[Path, str] = {}  # the addresses that folders stand for


def open_run(path: str | Path) -> Run:
    """The run that is meant.

        viewer.open_run("runs/20261123-103005-baseline-3f9a")
        viewer.open_run("baseline")  # by its name, or a part of it or of its folder's name that no other run has
        viewer.open_run("latest")

    Args:
        path: of the run, or of a folder that holds exactly one, or their address (`s3://bucket/runs/RUN`); or a name,
            of a run at or below the folder of the setting `dir` ("runs"), or `FOLDER/NAME`.

    Raises:
        FileNotFoundError: There is no run, or more than one.
        RunFormatError: The run is broken, or of a newer major version.
    """
    folder = local_folder(path, named=True)
    try:
        return Run(folder if is_run(folder) else run_at(folder, usual_folder()))
    except FileNotFoundError as error:
        if isinstance(error, SeveralRunsError) or not is_address(path):
            raise
        rule = "a run is a folder with a run.json; there is none"
        raise FileNotFoundError(f"{rule}. Received: {as_written(path)}") from None


def local_folder(path: str | Path, *, whole: bool = False, named: bool = False) -> Path:
    """The folder to read in place of a path: of an address of object storage a copy, which is brought up to date.

    Args:
        path: of a folder or run, or its address.
        whole: with all parts, for who reads files itself.
        named: the address may end in a run's name in place of its folder's.

    Raises:
        OSError: The storage cannot be asked.
        ValueError: It is no address of a kind that is known.
        ModuleNotFoundError: What that kind needs is not installed.
    """
    if not is_address(path):
        return Path(path)
    from ..reading.remote import local_of

    folder = local_of(path, whole=whole, named=named)
    _COPIES[folder.absolute()] = as_written(path)
    return folder


def as_written(path: str | Path) -> str:
    """A path as it was written: an address that was a `Path`, and lost a slash, has it again."""
    if not is_address(path):
        return str(path)
    from recorder.mirror.address import checked_address

    return checked_address(path)


def shown_folder(folder: Path) -> str:
    """A folder as its user knows it: of a copy the address."""
    return _COPIES.get(folder.absolute(), str(folder))


def no_run_at(path: str | Path) -> FileNotFoundError:
    """That there is none at or below a path."""
    rule = "a run is a folder with a run.json; there is none at or below it"
    return FileNotFoundError(f"{rule}. Received: {as_written(path)}")


def kept_in_step(folder: Path) -> AbstractContextManager[None]:
    """While it lasts, what is new in object storage comes into a copy; of any other folder it does nothing."""
    if folder.absolute() not in _COPIES and folder.absolute() not in READERS:
        return nullcontext()
    from ..reading import remote

    return remote.kept_in_step(folder)


def usual_folder() -> Path:
    """The folder of runs where nobody names one: the setting `dir`."""
    return local_folder(resolve().settings.dir)


def folder_meant(written: str | Path) -> Path:
    """A folder of runs, which may be still to come; where there is none and a run has this name, that run.

    Raises:
        FileNotFoundError: It is the name of several runs.
    """
    path = local_folder(written)
    if is_address(written) or path.exists() or (path.parent != Path() and path.name != LATEST):
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

    Args:
        folder: of runs, or their address in object storage (`s3://bucket/runs`).

    Raises:
        FileNotFoundError: There is no such folder.
        OSError: The storage cannot be asked.
    """
    return readable(open_all(folder))


def readable(found: Sequence[T | UnreadableRun]) -> list[T]:
    """Those that can be read; a warning for each that cannot, as if the caller of who calls this had given it."""
    for run in found:
        if isinstance(run, UnreadableRun):
            warnings.warn(f"{run.folder.name} is left out: {run.reason}", RuntimeWarning, stacklevel=3)
    return [run for run in found if not isinstance(run, UnreadableRun)]


def open_all(folder: str | Path) -> list[Run | UnreadableRun]:
    """Every run at or below `folder`, oldest first, and after these what cannot be read, by name.

    Raises:
        FileNotFoundError: There is no such folder.
    """
    path = local_folder(folder)
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
