"""One panel in its place: set up, updated, and drawn again only where it changed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from matplotlib.patches import Rectangle
from matplotlib.transforms import Bbox, TransformedBbox

from ..drawing.clipping import within
from ..drawing.margins import MARGINS, inside, line_height, wrap
from ..drawing.theme import plain, put, text, theme, using
from .base import Panel
from .errors import where
from .function_panel import FunctionPanel

if TYPE_CHECKING:
    from ..frame import Frame


class Cell:
    """A panel, its part of the figure, and pictures of it for drawing little.

    Three layers, from the back to the front, so that the picture is what a full draw makes: `bare`, without what moves;
    `settled`, with what lies behind all that changed lately; and the rest. A cursor that runs over a thousand epochs so
    draws one line a step, not all curves.

    Args:
        figure: that it is a part of.
        panel: set up here.
        rect: left, bottom, width, height, as fractions of the figure.
        run: number of the run that it shows, from 1; None for the one in focus.
    """

    def __init__(
        self, figure: Any, panel: Panel, rect: tuple[float, float, float, float], *, run: int | None = None
    ) -> None:
        self.figure, self.panel, self.run = figure, panel, run
        before = set(figure.axes)
        main = figure.add_axes((0, 0, 1, 1))
        panel.setup(main)
        self.axes = [axes for axes in figure.axes if axes not in before]
        paper = {"facecolor": theme().paper, "edgecolor": theme().fault, "alpha": 0.9, "boxstyle": "round,pad=0.4"}
        self._fault = text(main, 0.03, 0.94, color=theme().fault, va="top", zorder=100, bbox=paper)
        self._whose = text(
            main, 0, 0, va="top", fontweight="bold", color=theme().words(theme().colour((run or 1) - 1)),
            transform=figure.transFigure,
        )  # fmt: skip
        self._paper = Rectangle((0, 0), 1, 1, transform=figure.transFigure, color=theme().paper, lw=0)
        self._paper.set_figure(figure)
        ours = type(panel).__module__.startswith("viewer.") and not isinstance(panel, FunctionPanel)
        self._dressed: Callable[[], Any] = nullcontext if ours else lambda: using(theme())  # it costs a third of a ms
        self._bare: Any = None
        self._settled: Any = None
        self._behind: list[Any] = []  # the moving artists that are settled
        self._unchanged = 0  # how many of the moving artists had not changed at the last step
        self.place(rect)

    def place(self, rect: tuple[float, float, float, float]) -> None:
        """Moves it; margins keep their inches. A panel with an `arrange(rect, inches)` places its axes itself."""
        self.rect = rect
        self._paper.set_bounds(*rect)
        self.bbox = TransformedBbox(Bbox.from_bounds(*rect), self.figure.transFigure)
        inches = self.figure.get_size_inches()
        if self.run is not None:  # its name stands above all else
            left, bottom, width, height = rect
            place = (left + MARGINS["left"] / inches[0], bottom + height - 0.02 / inches[1])
            put(self._whose, position=place)
            rect = (left, bottom, width, height - line_height() / inches[1])
        arrange = getattr(self.panel, "arrange", None)
        if arrange is not None:
            arrange(rect, inches)
        else:
            inner = inside(rect, inches, getattr(self.panel, "margins", {}))
            for axes in self.axes:
                axes.set_position(inner)
        self.forget()

    def update(self, frame: Frame) -> None:
        """Moves the panel to a frame; where its code fails, its last good picture stays with a sentence on it."""
        before = self.figure.axes
        try:
            if self.run is not None:
                frame = frame.of(self.run)
                self._whose.set_text(plain(frame.run.name, 24))
            with self._dressed():
                self.panel.update(frame)
        except Exception as error:  # noqa: BLE001 - a panel may be the user's own, and the others go on
            self.say(where(error))
        else:
            self.say("")
        self._keep_up(before)

    def say(self, fault: str) -> None:
        """Shows a sentence about what went wrong, broken into lines that fit."""
        box = self.axes[0].bbox
        lines = wrap(fault, 0.9 * box.width / self.figure.dpi - 0.1) if fault else []
        put(self._fault, text="\n".join(lines[: max(int(0.85 * box.height / self.figure.dpi / line_height()), 1)]))

    def panel_at(self, axes: Any) -> Any:
        """The panel, or of several plots in it the one that draws on these axes."""
        part = getattr(self.panel, "part", None)
        return (part(axes) if part is not None else None) or self.panel

    def forget(self) -> None:
        """The pixels are not ours any more: everything is drawn at the next `paint`."""
        self._bare = self._settled = None

    def paint(self, canvas: Any) -> bool:
        """Draws what changed into the canvas; True if anything did. Where that fails, a sentence stands there."""
        if min(self.bbox.size) < 1:
            return False
        try:
            return self._paint(canvas)
        except Exception as error:  # noqa: BLE001 - an artist may be the user's own, and the others go on
            self.forget()
            self.say(where(error))
            self._paper.draw(canvas.get_renderer())
            self._draw(canvas, [self._fault])
            return True

    def _paint(self, canvas: Any) -> bool:
        if self._bare is None or any(axes.stale for axes in self.axes):
            with using(theme()):  # ticks are made while axes are drawn
                self._draw_bare(canvas)
        artists = self.moving_artists()
        first = next((number for number, artist in enumerate(artists) if artist.stale), len(artists))
        settled = len(self._behind)
        holds = self._settled is not None and settled <= first and artists[:settled] == self._behind
        if holds and first == len(artists):
            return False
        twice, self._unchanged = min(first, self._unchanged), first
        if holds and twice <= settled:
            canvas.restore_region(self._settled)
        else:  # what has stayed for two steps in a row is likely to stay for the next
            self._settle(canvas, artists[: twice if holds else first])
        self._draw(canvas, artists[len(self._behind) :])
        return True

    def _keep_up(self, before: list[Any]) -> None:
        """A panel may have cleared its axes, and ours with them, or made some anew, such as twins."""
        for label in (self._fault, self._whose):
            if label.axes is None:
                self.axes[0].add_artist(label).set_clip_on(False)
        there = self.figure.axes
        self.axes = [axes for axes in self.axes if axes in there] + [axes for axes in there if axes not in before]

    def moving_artists(self) -> list[Any]:
        """The animated artists, lowest first."""
        found = [artist for axes in self.axes for artist in axes.get_children() if artist.get_animated()]
        return sorted(found, key=attrgetter("zorder"))

    def _draw_bare(self, canvas: Any) -> None:
        self._paper.draw(canvas.get_renderer())
        with within(canvas.get_renderer(), self.bbox) as renderer:
            for axes in self.axes:
                axes.draw(renderer)
                axes.stale = False
        self._bare, self._settled = self._copy(canvas), None

    def _copy(self, canvas: Any) -> Any:
        """The cell's pixels, and none of its neighbours': matplotlib cuts 188.9999 to 188."""
        return canvas.copy_from_bbox(Bbox(self.bbox.get_points().round()))

    def _settle(self, canvas: Any, artists: list[Any]) -> None:
        canvas.restore_region(self._bare)
        self._draw(canvas, artists)
        self._behind, self._settled = artists, self._copy(canvas)

    def _draw(self, canvas: Any, artists: list[Any]) -> None:
        with within(canvas.get_renderer(), self.bbox) as renderer:
            for artist in artists:
                if artist.get_visible():
                    artist.draw(renderer)
                artist.stale = False
