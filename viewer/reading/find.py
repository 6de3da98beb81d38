"""Which runs a folder holds, at whatever level the user pointed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from recorder.runfile import LINES, MANIFEST, is_run

INDEX = ".epochreel-index"  # beside the runs, and none of them
DEEPEST = 3  # a run, a folder of runs, a folder of those
# To open a pipe must not wait for its writer, and a link is not followed.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)


def find_runs(folder: Path) -> list[Path]:
    """The run folders at or below `folder`, oldest first (their names begin with the time of their start).

    `folder` may be a run, a part of one, a folder of runs, or one above it. There is none in a folder that is missing,
    or cannot be read at the moment.
    """
    return [Path(path) for path in run_paths(folder)]


def run_paths(folder: Path) -> list[str]:
    """The same as texts: of ten thousand runs the paths would be half of the work."""
    folder = folder.absolute()
    for candidate in (folder, folder.parent):
        if is_run(candidate):
            return [str(candidate)]
    return sorted(_below(str(folder), folder, DEEPEST), key=lambda path: (path.rpartition(os.sep)[2], path))


def read_ahead(runs: Sequence[Path]) -> None:
    """Lets the system fetch what opening these runs reads, many files at once; where it cannot, nothing happens."""
    for path in (f"{run}/{name}" for run in runs for name in (MANIFEST, LINES)):
        with suppress(AttributeError, OSError):
            descriptor = os.open(path, _FLAGS)
            try:
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_WILLNEED)
            finally:
                os.close(descriptor)


def _below(folder: str, root: Path, depth: int) -> Iterator[str]:
    """What is inside a run is not looked at: of a thousand runs that would be most of the work."""
    try:
        with os.scandir(folder) as entries:
            found = [entry.path for entry in entries if entry.name != INDEX and _is_folder(entry, root)]
    except OSError:
        return
    for path in found:
        if os.path.lexists(f"{path}{os.sep}{MANIFEST}"):
            yield path
        elif depth > 1:
            yield from _below(path, root, depth - 1)


def _is_folder(entry: os.DirEntry[str], root: Path) -> bool:
    """Of a link to itself, or to where one may not look, nobody knows: it hides nothing else."""
    try:
        return entry.is_dir() and not _loops(entry, root)
    except (OSError, RuntimeError):
        return False


def _loops(entry: os.DirEntry[str], root: Path) -> bool:
    """Whether it is a link to what is looked through anyway, or to a folder above it: then its runs are met twice."""
    if not entry.is_symlink():
        return False
    target, whole = Path(entry.path).resolve(), root.resolve()
    return target.is_relative_to(whole) or whole.is_relative_to(target)
