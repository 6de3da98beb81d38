"""Pictures of the newest run, for whoever shows them."""

from __future__ import annotations

import io
from typing import BinaryIO

from ..dashboard.figure import Dashboard
from ..dashboard.following import Follow
from ..export.look import Look, drawn
from ..frame import Framer
from ..reading.watch import Watcher
from .pipe import send


def stream(follow: Follow, out: BinaryIO, *, fps: float = 2, look: Look | None = None) -> None:
    """Writes a PNG whenever the newest run has something new, at most `fps` a second, until the reader is gone.

    Args:
        follow: finds the newest run.
        out: takes each picture, a PNG, through `pipe.send`.
        fps: pictures a second at most.
        look: size, layout and theme.
    """
    look = look or Look(size=(1100, 640))
    shown: tuple[object, ...] = ()
    dashboard: Dashboard | None = None
    framer: Framer | None = None
    with Watcher(follow.folder) as watcher:
        while True:
            newest = follow.find()
            if newest is not None and newest is not framer:
                framer, dashboard = newest, None
            if framer is not None:
                framer.refresh()
                state = (framer.run.folder, len(framer), framer.run.status)
                if state != shown and len(framer):
                    shown = state
                    dashboard = dashboard or drawn(framer.frame(), look)
                    if not send(out, _png(dashboard, framer)):
                        return
            if not send(out, b""):  # nobody reads any more?
                return
            watcher.wait(1.0)
            # What comes within one picture's time goes into the next picture.
            watcher.closing.wait(1 / fps)


def _png(dashboard: Dashboard, framer: Framer) -> bytes:
    dashboard.update(framer.frame())
    buffer = io.BytesIO()
    dashboard.figure.savefig(buffer, format="png", dpi=dashboard.figure.dpi)
    return buffer.getvalue()
