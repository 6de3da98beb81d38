"""Pictures of the newest run on standard output, for whoever shows them: the notebook."""

from __future__ import annotations

import io
import sys
from typing import Any, BinaryIO, Self

from ..config import Settings
from ..dashboard.figure import Dashboard, default_layout
from ..dashboard.session import Session
from ..drawing.theme import THEMES
from ..export.look import Look, drawn
from ..reading.watch import Watcher
from .loop import Surface
from .pipe import send


class Stream(Surface):
    """Writes a PNG whenever there is something new, at most `fps` a second, until the reader is gone.

    Args:
        session: what is shown.
        watcher: wakes it.
        look: size, layout and theme.
        out: takes each picture through `pipe.send`; standard output if None.
        fps: pictures a second at most.
    """

    def __init__(
        self, session: Session, *, watcher: Watcher, look: Look, out: BinaryIO | None = None, fps: float = 2
    ) -> None:
        super().__init__(session, watcher=watcher, layout=look.layout, theme=look.theme)
        session.hurried = False
        self._look_of_pictures, self._fps = look, fps
        self._out = sys.stdout.buffer if out is None else out
        self._dashboard: Dashboard | None = None
        self._made: tuple[Any, ...] = ()  # what the dashboard was made for

    @classmethod
    def of(cls, session: Session, watcher: Watcher, settings: Settings) -> Self:
        """The stream as the settings want it."""
        width, height = settings.size.split("x")
        look = Look(
            size=(int(width), int(height)), dpi=settings.dpi, layout=settings.layout, theme=THEMES[settings.theme]
        )
        return cls(session, watcher=watcher, look=look, fps=settings.fps)

    @classmethod
    def awaited(cls) -> bool:
        """Whether somebody reads."""
        return send(sys.stdout.buffer, b"")

    def show(self) -> bool:
        """Sends a picture, once there is an epoch."""
        if not self.session.dirty or not len(self.session.framer):
            return False
        frame = self.session.frame()
        wanted = frame.run, self._layout or default_layout(frame), self.session.version
        if self._dashboard is None or wanted != self._made:
            self._dashboard, self._made = drawn(frame, self._look_of_pictures), wanted
        self.session.dirty = False
        self._dashboard.fault = self.fault
        self._dashboard.update(frame)
        buffer = io.BytesIO()
        self._dashboard.figure.savefig(buffer, format="png", dpi=self._dashboard.figure.dpi)
        return send(self._out, buffer.getvalue())

    def wanted(self) -> bool:
        """Whether somebody reads."""
        return send(self._out, b"")

    def pause(self) -> None:
        """Waits for news; what comes within one picture's time goes into the next picture."""
        super().pause()
        self._watcher.closing.wait(1 / self._fps)
