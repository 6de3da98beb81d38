"""How a picture is drawn in memory, and how a file is written whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import overload

from ..needs import told

with told():
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

from ..dashboard.figure import Dashboard, default_layout
from ..drawing.theme import LIGHT, Theme
from ..frame import Frame
from ..panels.comparison.figure import ComparisonFigure
from ..panels.comparison.numbers import Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a picture is drawn.

    Args:
        size: pixels, width and height.
        dpi: pixels an inch; text grows with it.
        layout: as `parse_layout` takes it; None for the default of the run.
        theme: light or dark.
        log: whether the panels have their other scale, as after the key `l`.
    """

    size: tuple[int, int] = (1280, 720)
    dpi: int = 100
    layout: str | None = None
    theme: Theme = LIGHT
    log: bool = False


@overload
def drawn(frame: Frame, look: Look) -> Dashboard: ...
@overload
def drawn(frame: Picture, look: Look) -> ComparisonFigure: ...
def drawn(frame: Frame | Picture, look: Look) -> Dashboard | ComparisonFigure:
    """What draws on a canvas in memory: a dashboard for the kind of run that the frame is of, or a comparison."""
    figure = Figure(figsize=(look.size[0] / look.dpi, look.size[1] / look.dpi), dpi=look.dpi)
    FigureCanvasAgg(figure)
    if isinstance(frame, Picture):
        return ComparisonFigure(figure, frame, theme=look.theme)
    dashboard = Dashboard(figure, look.layout or default_layout(frame), theme=look.theme)
    if look.log:
        dashboard.toggle_log()
    return dashboard


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A hidden name to write to, which becomes `path` if all goes well and vanishes if not.

    Raises:
        IsADirectoryError: There is a folder of that name.
        OSError: It cannot be written; the error names `path`.
    """
    if path.is_dir():
        raise IsADirectoryError(f"what is written must be a file; there is a folder of that name. Received: {path}")
    temporary = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        yield temporary
        temporary.replace(path)
    except OSError as error:
        if error.filename is not None and Path(str(error.filename)).name == temporary.name:
            error.filename = str(path)
        raise
    finally:
        temporary.unlink(missing_ok=True)
