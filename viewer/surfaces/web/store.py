"""The runs that all tabs look at: read once, whoever looks, and looked at on the disk once for all."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from weakref import WeakValueDictionary

from recorder.runfile import is_run
from recorder.runfile.names import shown_lines

from ...dashboard.clock import Player
from ...dashboard.following import SHARE, Fixed, Follow, Library
from ...dashboard.session import Session
from ...frame import Framer, Knobs
from ...frame.memo import Memo
from ...listing.background import Background
from ...listing.folder_rows import why_none
from ...listing.live import LiveRuns
from ...reading.find import find_runs
from ...reading.naming import LATEST, run_named
from ...run import Run, shown_folder
from ..opening import RESCAN, Opening
from .limits import Pixels
from .samples_desk import SamplesDesk
from .workshop_process import WorkshopProcess

QUICK = 0.03  # seconds to find all runs that no page minds; what takes longer has a thread of its own

MEMORIES = 4096  # values that tabs on the same runs share; their bytes are bounded by `Memo` itself


class Store(Library):
    """Runs by name, shared and read only; what was computed of them is kept once for all tabs that show them.

    Args:
        opening: what the command was asked for: the folder or runs, the knobs and all else at the start.

    Attributes:
        pixels: of all pages.
        looks: how often the disk was looked at; another number says that there may be news.
    """

    def __init__(self, opening: Opening) -> None:
        super().__init__(opening.follow.folder)
        self.opening, self.looks = opening, 0
        self._fixed = opening.follow.runs if isinstance(opening.follow, Fixed) else ()
        if isinstance(opening.follow, Follow):  # the command has looked for the newest one already
            self.opened |= opening.follow.library.opened
        self._paths: list[Path] | None = None
        self._last_look = time.monotonic()
        self.pixels = Pixels()
        self._table: LiveRuns | None = None
        self._reader: Background | None = None
        self._search: Future[list[Path]] | None = None
        self._elsewhere = ThreadPoolExecutor(1, "epochreel-find")
        self._took = self._found_at = 0.0
        self._places: tuple[list[Path], dict[Path, int]] = ([], {})
        self._workshop: WorkshopProcess | None = None
        self._desk: SamplesDesk | None = None
        self._memos: WeakValueDictionary[tuple[Path, ...], Memo] = WeakValueDictionary()

    @property
    def is_one(self) -> bool:
        """Whether there is nothing to choose from: runs were named, or the folder is a run itself."""
        return bool(self._fixed) or is_run(self.folder)

    def table(self) -> LiveRuns:
        """The table of all runs, which a thread reads from now on as long as somebody asks it something."""
        if self._table is None:
            settings = self.opening.settings
            self._table = LiveRuns(
                self.folder,
                split=settings.split,
                threshold=settings.threshold,
                prevalence=settings.prevalence,
                output=settings.output,
            )
            self._reader = Background(self._table)
        return self._table

    @property
    def desk(self) -> SamplesDesk:
        """Where samples are read, in a thread that is there from the first question on."""
        if self._desk is None:
            self._desk = SamplesDesk()
        return self._desk

    @property
    def workshop(self) -> WorkshopProcess:
        """The process that compares runs, for all tabs."""
        if self._workshop is None:
            self._workshop = WorkshopProcess()
        return self._workshop

    def close(self) -> None:
        """Nobody looks any longer."""
        if self._reader is not None:
            self._reader.close()
        if self._workshop is not None:
            self._workshop.close()
        self._elsewhere.shutdown()
        if self._desk is not None:
            self._desk.close()

    def look(self, now: float) -> None:
        """Looks at the disk where something has changed, or for long nobody has looked."""
        if self._search is not None and self._search.done():
            self._paths, self._search = self._search.result(), None
            self.looks += 1
        if self.opening.watcher.wait(0) or now - self._last_look >= RESCAN:
            self._last_look = now
            self.looks += 1
            self._find(now)

    def paths(self) -> list[Path]:
        """Of all runs, oldest first, as of the last look."""
        if self._paths is None:
            self._paths = self._found()
        return self._paths

    def newest(self, most: int) -> list[str]:
        """The names of some runs, the newest first."""
        return [self.name(path) for path in self.paths()[: -most - 1 : -1]]

    def neighbours(self, path: Path) -> tuple[str, str]:
        """The names of the runs before and after one; "" where there is none."""
        paths, place = self.paths(), self._indexed().get(path.absolute())
        if place is None:
            return "", ""
        before, after = paths[:place][-1:], paths[place + 1 : place + 2]
        return "".join(map(self.name, before)), "".join(map(self.name, after))

    def _indexed(self) -> dict[Path, int]:
        """Where each run stands among all."""
        paths = self.paths()
        if self._places[0] is not paths:
            self._places = paths, {path: place for place, path in enumerate(paths)}
        return self._places[1]

    def _find(self, now: float) -> None:
        """Looks for runs: at once among hundreds, elsewhere and now and then among thousands."""
        if self._took < QUICK:
            self._paths = None
        elif self._search is None and now >= self._found_at + SHARE * self._took:
            self._search = self._elsewhere.submit(self._found)

    def _found(self) -> list[Path]:
        start = time.monotonic()
        found = [run.folder for run in self._fixed] or find_runs(self.folder)
        self._found_at = time.monotonic()
        self._took = self._found_at - start
        return found

    def name(self, path: Path) -> str:
        """What a run is called in an address."""
        own, root = path.absolute(), self.folder.absolute()
        return own.relative_to(root).as_posix() if own != root and own.is_relative_to(root) else path.name

    def path(self, name: str) -> Path:
        """Of the run of a name, or of a part of one that no other has.

        Raises:
            FileNotFoundError: There is none, or more than one.
        """
        path = self.folder.absolute() / name
        return path if path in self._indexed() else run_named(name, self.paths())

    def shown(self, names: tuple[str, ...]) -> list[Path]:
        """The runs that an address names: those of the start, or the newest, where it names none.

        Raises:
            FileNotFoundError: There is no run of one of the names.
        """
        if not names or names == (LATEST,):
            return [run.folder.absolute() for run in self._fixed] or [self.path(LATEST)]
        return [self.path(name) for name in names]

    def named(self, name: str) -> Run | None:
        """The run of a name, or of a part of one that no other has; None where it cannot be read.

        Raises:
            FileNotFoundError: There is none, or more than one.
        """
        found = self.path(name)
        known = [run for run in self._fixed if run.folder == found]
        return known[0] if known else self.run(found)

    def framer(self, run: Run, knobs: Knobs, others: tuple[Run, ...] = ()) -> Framer:
        """What makes the frames of a run, with all that others have computed of it."""
        key = tuple(each.folder for each in (run, *others))
        memo = self._memos.get(key)
        if memo is None:
            memo = self._memos[key] = Memo(size=MEMORIES)
        return Framer(run, knobs, others=others, memo=memo)

    def session(self, runs: tuple[str, ...], knobs: Knobs) -> Session | None:
        """A session of its own on runs by name, of the newest where none is named; None while there is no run.

        Raises:
            FileNotFoundError: There is no run of one of the names.
        """
        follow: Follow | Fixed
        opening = self.opening
        if runs and runs != (LATEST,):
            follow = Fixed([self._run_of(name) for name in runs], knobs, library=self)
        elif self._fixed:
            follow = Fixed(self._fixed, knobs, library=self)
        else:
            overlay = isinstance(opening.follow, Follow) and opening.follow.overlay
            follow = Follow(self.folder, knobs, overlay=overlay, library=self)
        if (found := follow.find()) is None:
            return None
        player: Player | None = opening.player() if opening.player is not None else None
        opening.check(found.run)
        return Session(follow, every=opening.settings.every, player=player, files=opening.files)

    def lacking(self) -> str:
        """Why there is no run to show, in a sentence; "" where there is one."""
        if self.paths():
            faults = [f"{path.name}: {reason}" for path, reason in self.unreadable.items()]
            return f"no run in {shown_folder(self.folder)} can be read yet ({shown_lines(faults[0])})" if faults else ""
        return why_none(self.folder)

    def _run_of(self, name: str) -> Run:
        run = self.named(name)
        if run is None:
            raise FileNotFoundError(f"{name} cannot be read: {'; '.join(self.unreadable.values())}")
        return run
