"""One line at the start of a training: where it is recorded, and how to watch it."""

from __future__ import annotations

import shlex
import sys
from contextlib import suppress
from pathlib import Path

from .mirror.spool import address_of
from .runfile.names import shown

_told: set[Path] = set()  # folders of runs


def announce(folder: Path) -> None:
    """Says on standard error where a run is recorded; once in a process for each folder of runs.

    Args:
        folder: the run.
    """
    root = folder.parent
    if root in _told or sys.stderr is None:
        return
    _told.add(root)
    runs, url = _short(root), address_of(root)
    sent = "" if url is None else f", and sends it to {url}"
    watched = shlex.quote(runs if url is None else url)
    say(f"epochreel records to {Path(runs, folder.name)}{sent}; watch it: epochreel watch {watched}")


def say(line: str) -> None:
    """One line on standard error, which is no warning: where there is none, or it is closed, nothing happens."""
    with suppress(OSError, ValueError):
        if sys.stderr is not None:
            print(shown(line, most=1_000), file=sys.stderr, flush=True)


def _short(path: Path) -> str:
    """The path from where the process stands, where it is below."""
    try:
        return str(path.relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)
