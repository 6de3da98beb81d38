"""Pictures on a pipe, for whoever shows them: each with its length before it."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ..frames import Framer
from ..panels.dashboard import Dashboard
from ..reading.watch import Watcher

HEADER = struct.Struct(">I")


def stream(
    find: Callable[[], Framer | None],
    out: BinaryIO,
    *,
    watched: Path,
    fps: float = 2,
    size: tuple[int, int] = (1100, 640),
) -> None:
    """Writes a PNG whenever the newest run has something new, at most `fps` a second, until the reader is gone.

    Args:
        find: the framer of the newest run; asked at each change.
        out: takes an unsigned 32-bit length (big-endian) and so many bytes of PNG for each picture.
        watched: folder whose changes wake it.
        fps: pictures a second at most.
        size: pixels.
    """
    framer: Framer | None = None
    dashboard: Dashboard | None = None
    shown = ("", -1, "")
    with Watcher(watched) as watcher:
        while True:
            newest = find()
            if newest is not None and (framer is None or newest.run.folder != framer.run.folder):
                framer, dashboard = newest, _dashboard(size)
            if framer is not None and dashboard is not None:
                framer.refresh()
                state = (str(framer.run.folder), len(framer), framer.run.status)
                if state != shown:
                    shown = state
                    if not _send(out, dashboard, framer):
                        return
            elif not _send_nothing(out):
                return
            watcher.wait(1.0)
            # What comes within one picture's time goes into the next picture.
            watcher.closing.wait(1 / fps)


def _dashboard(size: tuple[int, int]) -> Dashboard:
    figure = Figure(figsize=(size[0] / 100, size[1] / 100), dpi=100)
    FigureCanvasAgg(figure)
    return Dashboard(figure)


def _send(out: BinaryIO, dashboard: Dashboard, framer: Framer) -> bool:
    """False when nobody reads any more."""
    dashboard.update(framer.frame())
    buffer = io.BytesIO()
    dashboard.figure.savefig(buffer, format="png", dpi=100)
    return _write(out, buffer.getvalue())


def _send_nothing(out: BinaryIO) -> bool:
    return _write(out, b"")


def _write(out: BinaryIO, data: bytes) -> bool:
    try:
        out.write(HEADER.pack(len(data)) + data)
        out.flush()
    except (BrokenPipeError, ValueError):
        return False
    return True
