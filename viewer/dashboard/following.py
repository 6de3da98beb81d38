"""Which run is looked at: the newest of a folder, or the named one, with others laid over it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from recorder.runfile import is_run

from ..frame import Framer, Knobs
from ..reading.find import find_runs
from ..run import Run, reason_of


class Fixed:
    """Stays with given runs, the first in focus and the others laid over it.

    Args:
        runs: at least one.
        knobs: at the start.
    """

    def __init__(self, runs: Sequence[Run], knobs: Knobs | None = None) -> None:
        self.folder = runs[0].folder
        self._framer = Framer(runs[0], knobs, others=tuple(runs[1:]))

    def find(self, *, stay: bool = True) -> Framer:
        """The framer, always the same."""
        return self._framer


class Follow:
    """Gives the framer of the newest readable run at or below a folder, the same one while it stays the newest.

    Args:
        folder: a run, which it stays with, or any folder above; it may not exist yet.
        knobs: for each new framer.
        overlay: lay all runs that are running at the moment over the newest.

    Attributes:
        unreadable: what is wrong with a run that was passed over.
    """

    def __init__(self, folder: Path, knobs: Knobs | None = None, *, overlay: bool = False) -> None:
        self.folder, self.knobs, self._overlay = folder, knobs or Knobs(), overlay
        self.unreadable: dict[Path, str] = {}
        self._runs: dict[Path, Run] = {}
        self._framer: Framer | None = None

    def find(self, *, stay: bool = False) -> Framer | None:
        """The framer; None while there is no readable run.

        Args:
            stay: with the run that was found before, whatever is newer.
        """
        if self._framer is not None and is_run(self.folder):
            return self._framer
        paths = find_runs(self.folder) if self.folder.exists() else []
        newest = self._framer.run if stay and self._framer is not None else self._newest(paths)
        if newest is None:
            return self._framer
        others = self._running(paths, newest)
        known = self._framer
        if known is None or known.run is not newest or known.others != others:
            self._framer = Framer(newest, self.knobs if known is None else known.knobs, others=others)
        return self._framer

    def _newest(self, paths: list[Path]) -> Run | None:
        return next((run for run in map(self._run, reversed(paths)) if run is not None), None)

    def _running(self, paths: list[Path], newest: Run) -> tuple[Run, ...]:
        if not self._overlay:
            return ()
        found = (self._run(path) for path in paths[-8:])
        return tuple(run for run in found if run is not None and run is not newest and run.status == "running")

    def _run(self, path: Path) -> Run | None:
        if path not in self._runs:
            try:
                self._runs[path] = Run(path)
                self.unreadable.pop(path, None)
            except (OSError, ValueError) as error:
                self.unreadable[path] = reason_of(error)
                return None  # being made, or broken: the next newest will do until it is readable
        return self._runs[path]
