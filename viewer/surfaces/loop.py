"""What all surfaces have in common: one loop, which takes news in, lets the clock run, and shows what has changed."""

from __future__ import annotations

import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Self

from ..config import Settings
from ..dashboard.session import Session
from ..drawing.theme import LIGHT, THEMES, Theme
from ..panels.errors import where
from ..reading.watch import Watcher
from .opening import RESCAN, Opening, first_run

LOG = logging.getLogger(__name__)
PLAYING = 0.1  # seconds between two beats while the cursor moves by itself


class Surface(ABC):
    """A way to show a session and to hand it input: a subclass with `show`, and its line in `SURFACES`.

    `run` calls `beat` until nobody looks any more. A surface whose toolkit has a loop of its own calls it from there.

    Args:
        session: what is shown.
        watcher: wakes it when something on disk changes.
        layout: of the dashboard; None for the default of the run's kind.
        theme: light or dark.

    Attributes:
        failed: what went wrong in the last beat, or in an event; "" for nothing.
    """

    def __init__(self, session: Session, *, watcher: Watcher, layout: str | None = None, theme: Theme = LIGHT) -> None:
        self.session, self.failed = session, ""
        self._watcher, self._layout, self._theme = watcher, layout, theme
        self._last_look = 0.0
        self._logged: set[str] = set()

    @classmethod
    def opened(cls, opening: Opening) -> Self | None:
        """The surface, once there is a run to show; None if nobody waits for it any more."""
        found = first_run(opening.follow, opening.watcher, cls.awaited)
        if found is None:
            return None
        opening.check(found.run)
        player = None if opening.player is None else opening.player()
        session = Session(opening.follow, every=opening.settings.every, player=player, files=opening.files)
        return cls.of(session, opening.watcher, opening.settings)

    @classmethod
    def of(cls, session: Session, watcher: Watcher, settings: Settings) -> Self:
        """The surface as the settings want it."""
        return cls(session, watcher=watcher, layout=settings.layout, theme=THEMES[settings.theme])

    @classmethod
    def awaited(cls) -> bool:
        """Whether anybody still waits for the first run."""
        return True

    @abstractmethod
    def show(self) -> bool:
        """Shows what is wanted now, where that has changed; True if it did."""

    def wanted(self) -> bool:
        """Whether anybody still looks."""
        return True

    def ready(self) -> bool:
        """Whether another picture can be taken in at the moment."""
        return True

    def pause(self) -> None:
        """Waits until there may be something to do."""
        self._watcher.changed.wait(PLAYING if self.session.busy else RESCAN)

    def run(self, say: Callable[[str], Any] = str) -> None:
        """Shows the session until nobody looks any more, or it is interrupted.

        Args:
            say: takes what the person has to know once it is shown, such as an address.
        """
        with suppress(KeyboardInterrupt):
            self.beat()
            while self.wanted():
                self.pause()
                self.beat()

    def beat(self) -> bool:
        """Looks at the disk where it is time, lets the clock run, then shows what is wanted; True if it drew.

        What goes wrong in it is shown and logged, and the next beat comes.
        """
        _, well = self._guarded(self._look)
        drew, shown = self._guarded(self.show) if self.ready() else (False, True)
        if self.failed and well and shown and drew:
            self.failed, self.session.dirty = "", True
        return drew

    def report(self, error: Exception) -> None:
        """Shows what went wrong, and logs it once."""
        words = where(error)
        if words != self.failed:
            self.failed, self.session.dirty = words, True
        if words not in self._logged:
            self._logged.add(words)
            LOG.error("%s", words, exc_info=error)

    @property
    def fault(self) -> str:
        """What is wrong at the moment, with the user's files or here; "" for nothing."""
        return next(iter(self.session.faults), self.failed)

    def _guarded(self, step: Callable[[], bool]) -> tuple[bool, bool]:
        """What a step gives, and whether it went well."""
        try:
            return step(), True
        except Exception as error:  # noqa: BLE001 - one beat is no reason to lose the picture
            self.report(error)
            return False, False

    def _look(self) -> bool:
        now = time.monotonic()
        if self._watcher.wait(0) or now - self._last_look >= RESCAN:
            self._last_look = now
            self.session.look()
        self.session.tick(now)
        return True
