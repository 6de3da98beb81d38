"""One picture of a run or of a comparison, as a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from .look import Look, drawn
from .whole import whole

if TYPE_CHECKING:
    from ..frame import Framer


def still(framer: Framer, path: Path, *, position: int = -1, look: Look | None = None) -> None:
    """Writes the picture of one epoch as png, svg or pdf.

    Args:
        framer: of the run.
        path: ends in one of `drawing_process.STILLS`.
        position: of the epoch; -1 is the newest.
        look: size, layout and theme.
    """
    write_still(framer.frame(position), path, look=look or Look())


def write_still(frame: Any, path: Path, *, look: Look) -> None:
    """The same of a frame, or of the picture of a comparison."""
    dashboard = drawn(frame, look)
    dashboard.update(frame)
    with whole(path) as temporary:
        dashboard.figure.savefig(temporary, dpi=look.dpi, format=path.suffix[1:])
