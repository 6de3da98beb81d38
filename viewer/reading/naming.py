"""Which run somebody means: by the path of its folder, its name, a part of that which no other has, or `latest`."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from recorder.runfile import Manifest, RunFormatError, name_in_folder, read_manifest, slug

from .find import find_runs

LATEST = "latest"
MOST_LISTED = 8  # runs that an error names
SHORTEST = 4  # characters, as many as the digits at the end of a folder's name


class SeveralRunsError(FileNotFoundError):
    """What was written fits more than one run."""


def run_at(written: str | Path, root: Path) -> Path:
    """The folder of the one run that is meant.

    A path goes before a name: that of a run, of something in one, or of a folder that holds just one. A name alone is
    looked for at or below `root`, `FOLDER/NAME` in that folder, which may be written from `root` on.

    Args:
        written: a path or a name, as `run_named` takes it.
        root: the folder of runs.

    Raises:
        FileNotFoundError: There is no such run; `SeveralRunsError`: more than one.
    """
    path = Path(written).expanduser()
    for place in (path, root / path):
        found = find_runs(place) if os.path.lexists(place) else []
        if len(found) == 1:
            return found[0]
        if found:
            raise SeveralRunsError(f"a run is one folder; this one holds {_listed(found)}. Received: {written}")
    fault = f"a run is a folder with a run.json. Received: {written}"
    if path.parent == Path():
        fault = f"a run is a folder with a run.json; there is none at or below {root}. Received: {written}"
    for folder, name in _places(path, root):
        try:
            if runs := find_runs(folder):
                return run_named(name, runs)
        except SeveralRunsError:
            raise
        except FileNotFoundError as error:
            fault = str(error) if name == str(path) == path.name else fault
    raise FileNotFoundError(fault)


def run_named(name: str, runs: Sequence[Path]) -> Path:
    """The run of that name among some: of what is below, the first that fits any run must fit that one alone.

    `latest`, the name of its folder, the name that the user gave it, a part of the folder's name, a part of the user's
    name; of parts, capitals do not matter.

    Args:
        name: what somebody wrote. It is compared with names only, and never becomes a path.
        runs: their folders, oldest first.

    Raises:
        FileNotFoundError: There is no such run; `SeveralRunsError`: more than one.
    """
    if name == LATEST and runs:
        return latest(runs)
    for fits in (_is_folder, _is_name, _in_folder, _in_name) if name.strip() else ():
        found = [run for run in runs if fits(run, name)]
        if len(found) == 1:
            return found[0]
        if found:
            raise SeveralRunsError(f"a name must be of one run; this one fits {_listed(found)}. Received: {name!r}")
    raise FileNotFoundError(
        f"a run is a folder with a run.json, or named by its name, a part of it, or {LATEST}{_nearest(name, runs)}. "
        f"Received: {name!r}"
    )


def latest(runs: Sequence[Path]) -> Path:
    """The newest of some runs, oldest first, that can be read; the last where none can."""
    readable = ((run, manifest) for run in reversed(runs) if (manifest := _manifest(run)) is not None)
    newest, at = next(readable, (runs[-1], None))
    if at is None:
        return newest
    for run, manifest in readable:  # of one second folders sort by name
        if run.name[:15] != newest.name[:15]:
            break
        if manifest.created > at.created:
            newest, at = run, manifest
    return newest


def _places(path: Path, root: Path) -> Iterator[tuple[Path, str]]:
    """In which folders to look for which name; of a root that is not there, where one stands."""
    if path.parent != Path() and not path.exists():
        yield from ((folder, path.name) for folder in (path.parent, root / path.parent) if folder.is_dir())
    yield (root if root.is_dir() else Path()), str(path)


def _is_folder(run: Path, name: str) -> bool:
    return run.name == name


def _is_name(run: Path, name: str) -> bool:
    """The folder tells it, but where its name had to be changed for that."""
    return name_in_folder(run.name) == name if slug(name) == name else _name(run) == name


def _in_folder(run: Path, part: str) -> bool:
    """The user's part of it; of the date and the digits at the end, which are nobody's words, no less than those."""
    part = part.casefold()
    return part in name_in_folder(run.name).casefold() or (len(part) >= SHORTEST and part in run.name.casefold())


def _in_name(run: Path, part: str) -> bool:
    return part.casefold() in _name(run).casefold()


def _name(run: Path) -> str:
    manifest = _manifest(run)
    return "" if manifest is None else manifest.name


def _manifest(run: Path) -> Manifest | None:
    try:
        return read_manifest(run)
    except (OSError, RunFormatError):
        return None


def _listed(runs: Sequence[Path]) -> str:
    """How many there are, and the newest by name."""
    names = ", ".join(run.name for run in runs[: -MOST_LISTED - 1 : -1])
    return f"{len(runs)}, the newest first: {names}{', …' if len(runs) > MOST_LISTED else ''}"


def _nearest(name: str, runs: Sequence[Path]) -> str:
    near = difflib.get_close_matches(name, {name_in_folder(run.name) for run in runs[-1_000:]}, n=1, cutoff=0.5)
    return f" (nearest: {near[0]})" if near else ""
