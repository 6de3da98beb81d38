"""Which run is looked at: the newest of a folder, or the named one, with others laid over it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from recorder.runfile import is_run

from ..frame import Framer, Knobs
from ..reading.find import find_runs
from ..run import Run, reason_of

QUICK = 0.1  # seconds to find all runs that nobody minds
SHARE = 20.0  # what takes longer is done again after so many times what it took


class Library:
    """The runs at or below a folder, each opened once.

    Args:
        folder: a run, or any folder above; it may not exist yet.

    Attributes:
        unreadable: what is wrong with a run that could not be opened.
        opened: the runs that were.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.unreadable: dict[Path, str] = {}
        self.opened: dict[Path, Run] = {}
        self._known: list[Path] = []
        self._next = 0.0

    def paths(self) -> list[Path]:
        """Of all runs, oldest first; of a folder that takes long to look through as they were a moment ago."""
        start = time.monotonic()
        if start >= self._next:
            self._known = find_runs(self.folder)
            took = time.monotonic() - start
            self._next = start + (SHARE * took if took > QUICK else 0.0)
        return self._known

    def run(self, path: Path) -> Run | None:
        """The run at a path; None while it is being made, or broken."""
        if path not in self.opened:
            try:
                self.opened[path] = Run(path)
                self.unreadable.pop(path, None)
            except (OSError, ValueError) as error:
                self.unreadable[path] = reason_of(error)
                return None
        return self.opened[path]

    def framer(self, run: Run, knobs: Knobs, others: tuple[Run, ...] = ()) -> Framer:
        """What makes the frames of a run."""
        return Framer(run, knobs, others=others)


class Fixed:
    """Stays with given runs, the first in focus and the others laid over it.

    Args:
        runs: at least one.
        knobs: at the start.
        library: that they are of; one of their own if None.
    """

    def __init__(self, runs: Sequence[Run], knobs: Knobs | None = None, *, library: Library | None = None) -> None:
        self.folder, self.runs, self.knobs = runs[0].folder, tuple(runs), knobs or Knobs()
        self._framer = (library or Library(self.folder)).framer(runs[0], self.knobs, self.runs[1:])

    @property
    def unreadable(self) -> dict[Path, str]:
        """Nothing: the runs are open."""
        return {}

    def find(self, *, stay: bool = True) -> Framer:
        """The framer, always the same."""
        return self._framer


class Follow:
    """Gives the framer of the newest readable run at or below a folder, the same one while it stays the newest.

    Args:
        folder: a run, which it stays with, or any folder above; it may not exist yet.
        knobs: for each new framer.
        overlay: lay all runs that are running at the moment over the newest.
        library: that the runs are of; one of its own if None.
    """

    def __init__(
        self, folder: Path, knobs: Knobs | None = None, *, overlay: bool = False, library: Library | None = None
    ) -> None:
        self.folder, self.knobs, self.overlay = folder, knobs or Knobs(), overlay
        self.library = library or Library(folder)
        self._framer: Framer | None = None

    @property
    def unreadable(self) -> dict[Path, str]:
        """What is wrong with a run that was passed over."""
        return self.library.unreadable

    def find(self, *, stay: bool = False) -> Framer | None:
        """The framer; None while there is no readable run.

        Args:
            stay: with the run that was found before, whatever is newer.
        """
        if self._framer is not None and is_run(self.folder):
            return self._framer
        paths = self.library.paths()
        newest = self._framer.run if stay and self._framer is not None else self._newest(paths)
        if newest is None:
            return self._framer
        others = self._running(paths, newest)
        known = self._framer
        if known is None or known.run is not newest or known.others != others:
            self._framer = self.library.framer(newest, self.knobs if known is None else known.knobs, others)
        return self._framer

    def _newest(self, paths: list[Path]) -> Run | None:
        return next((run for run in map(self.library.run, reversed(paths)) if run is not None), None)

    def _running(self, paths: list[Path], newest: Run) -> tuple[Run, ...]:
        if not self.overlay:
            return ()
        found = (self.library.run(path) for path in paths[-8:])
        return tuple(run for run in found if run is not None and run is not newest and run.status == "running")
