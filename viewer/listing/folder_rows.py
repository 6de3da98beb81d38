"""The runs of a folder as rows: which have come, gone or changed since one looked."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from ..reading.find import find_runs
from .row import Row, stamp_of

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
        self._keys: dict[Path, str] = {}
        self._next = 0.0

    def look(self) -> list[Row] | None:
        """The rows whose files are new or have changed; None where it is too early to look again."""
        start = self._clock()
        if start < self._next:
            return None
        self._take(find_runs(self.folder) if self.folder.is_dir() else [])
        changed = [row for row in self.rows.values() if row.stamp is None or row.stamp != stamp_of(row.path)]
        waiting = "" if self.rows else why_none(self.folder)
        self.version += waiting != self.waiting
        self.waiting = waiting
        end = self._clock()
        self._next = end + max(RESCAN, SHARE * (end - start))
        return changed

    def _take(self, paths: list[Path]) -> None:
        if paths == list(self._keys):
            return
        known = {path: self._keys[path] for path in paths if path in self._keys}
        taken = set(known.values())
        keys = {path: known.get(path) or self._key(path, taken) for path in paths}
        self.rows = {key: self.rows[key] if path in known else Row(path, key) for path, key in keys.items()}
        self._keys, self.version = keys, self.version + 1

    def _key(self, path: Path, taken: set[str]) -> str:
        inside = path.is_relative_to(self.folder) and path != self.folder
        key = path.name if path.name not in taken or not inside else path.relative_to(self.folder).as_posix()
        taken.add(key)
        return key


def why_none(folder: Path) -> str:
    """Why a folder shows no run, in a sentence, and what to do."""
    if not folder.exists():
        return f"There is no folder {folder} yet. The page shows the first run as soon as it starts there."
    if not folder.is_dir():
        return f"A folder of runs must be a folder. Received: {folder}"
    try:
        empty = next(folder.iterdir(), None) is None
    except OSError as error:
        return f"The folder {folder} cannot be read: {error.strerror}."
    what = "is empty" if empty else "holds no run; a run is a folder with a run.json, at most three levels down"
    return f"The folder {folder} {what}. The page shows the first run as soon as it starts there."
