"""Which runs a folder holds, at whatever level the user pointed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from recorder.runfile import LINES, MANIFEST, is_run

DEEPEST = 3  # a run, a folder of runs, a folder of those
# To open a pipe must not wait for its writer, and a link is not followed.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)


def find_runs(folder: Path) -> list[Path]:
    """The run folders at or below `folder`, oldest first (their names begin with the time of their start).

    `folder` may be a run, a part of one, a folder of runs, or one above it. There is none in a folder that is missing,
    or cannot be read at the moment.
    """
    folder = folder.absolute()
    for candidate in (folder, folder.parent):
        if is_run(candidate):
            return [candidate]
    return sorted(_below(folder, folder, DEEPEST), key=lambda run: (run.name, str(run)))


def read_ahead(runs: Sequence[Path]) -> None:
    """Lets the system fetch what opening these runs reads, many files at once; where it cannot, nothing happens."""
    for path in (f"{run}/{name}" for run in runs for name in (MANIFEST, LINES)):
        with suppress(AttributeError, OSError):
            descriptor = os.open(path, _FLAGS)
            try:
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_WILLNEED)
            finally:
                os.close(descriptor)


def _below(folder: Path, root: Path, depth: int) -> Iterator[Path]:
    """What is inside a run is not looked at: of a thousand runs that would be most of the work."""
    try:
        folders = [Path(entry.path) for entry in os.scandir(folder) if entry.is_dir() and not _loops(entry, root)]
    except OSError:
        return
    for path in folders:
        if is_run(path):
            yield path
        elif depth > 1:
            yield from _below(path, root, depth - 1)


def _loops(entry: os.DirEntry[str], root: Path) -> bool:
    """Whether it is a link to what is looked through anyway, or to a folder above it: then its runs are met twice."""
    if not entry.is_symlink():
        return False
    target, whole = Path(entry.path).resolve(), root.resolve()
    return target.is_relative_to(whole) or whole.is_relative_to(target)
