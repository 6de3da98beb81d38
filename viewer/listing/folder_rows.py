"""The runs of a folder as rows: which have come, gone or changed since one looked."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from ..reading.find import find_runs
from ..run import shown_folder
from .row import Row, stamp_of_run

RESCAN = 1.0  # seconds between two looks at the whole folder, and at least so many times what a look takes:
SHARE = 20.0


class FolderRows:
    """Rows of all runs at or below a folder, by key, the oldest first.

    Args:
        folder: a folder of runs, at any level, or a run; it may not exist yet.
        clock: seconds that only grow.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.folder, self._clock = folder.absolute(), clock
        self.rows: dict[str, Row] = {}
        self.waiting = ""  # why there are none, in a sentence
        self.version = 0  # grows when runs come or go
        self._paths: list[Path] = []
        self._next = 0.0

    def look(self) -> list[Row] | None:
        """The rows whose files are new or have changed; None where it is too early to look again."""
        start = self._clock()
        if start < self._next:
            return None
        self._take(find_runs(self.folder))
        changed = [row for row in self.rows.values() if row.stamp is None or row.stamp != stamp_of_run(row.path)]
        waiting = "" if self.rows else why_none(self.folder)
        self.version += waiting != self.waiting
        self.waiting = waiting
        end = self._clock()
        self._next = end + max(RESCAN, SHARE * (end - start))
        return changed

    def _take(self, paths: list[Path]) -> None:
        if paths == self._paths:
            return
        known = {row.path: row for row in self.rows.values()}
        rows = [known.get(path) or Row(path, self._key(path)) for path in paths]
        self.rows = {row.key: row for row in rows}
        self._paths, self.version = paths, self.version + 1

    def _key(self, path: Path) -> str:
        inside = path != self.folder and path.is_relative_to(self.folder)
        return path.relative_to(self.folder).as_posix() if inside else path.name


def why_none(folder: Path) -> str:
    """Why a folder shows no run, in a sentence, and what to do."""
    shown = shown_folder(folder)
    try:
        if not folder.exists():
            return f"There is no folder {shown} yet. The page shows the first run as soon as it starts there."
        if not folder.is_dir():
            return f"A folder of runs must be a folder. Received: {shown}"
        empty = next(folder.iterdir(), None) is None
    except OSError as error:
        return f"The folder {shown} cannot be read: {error.strerror}."
    what = "is empty" if empty else "holds no run; a run is a folder with a run.json, at most three levels down"
    return f"The folder {shown} {what}. The page shows the first run as soon as it starts there."
