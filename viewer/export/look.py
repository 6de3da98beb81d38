"""How a picture is drawn in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

from ..needs import told

with told():
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

from ..drawing.theme import LIGHT, Theme
from ..panels.comparison.figure import ComparisonFigure
from ..panels.comparison.numbers import Picture

if TYPE_CHECKING:
    from ..dashboard.figure import Dashboard
    from ..frame import Frame


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
    from ..dashboard.figure import Dashboard, default_layout  # of a run, with all that computes its numbers

    dashboard = Dashboard(figure, look.layout or default_layout(frame), theme=look.theme)
    if look.log:
        dashboard.toggle_log()
    return dashboard
