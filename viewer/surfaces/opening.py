"""What a surface is opened with, and the wait for a first run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..config import Settings
from ..dashboard.clock import Player
from ..dashboard.following import Fixed, Follow
from ..dashboard.formula_files import FormulaFiles
from ..frame import Framer
from ..reading.watch import Watcher
from ..run import Run

RESCAN = 1.0  # seconds after which the files are read although nothing woke the viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What a surface is opened with.

    Args:
        follow: which run is looked at; there may be none yet.
        watcher: wakes the surface when something on disk changes.
        settings: in force.
        player: gives the clock at the start; None for one that follows the newest epoch.
        files: the user's formulas and panels; None for none.
        check: raises a ValueError where a run does not have what the settings ask for.
    """

    follow: Follow | Fixed
    watcher: Watcher
    settings: Settings
    player: Callable[[], Player] | None = None
    files: FormulaFiles | None = None
    check: Callable[[Run], Any] = str


def first_run(follow: Follow | Fixed, watcher: Watcher, awaited: Callable[[], bool]) -> Framer | None:
    """Waits for a run to look at; None once nobody waits for it any more."""
    while (found := follow.find()) is None and awaited():
        watcher.wait(RESCAN)
    return found
