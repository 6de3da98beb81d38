"""One panel as a picture of its own, at the size and pixel ratio that the page gives it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from recorder.runfile.names import shown_lines

from ...dashboard.layout import Place
from ...drawing.theme import Theme, using, wearing
from ...frame import Frame
from ...panels import PANELS
from ...panels.cell import Cell
from .sheet import Patch
from .zoom import Zoom

DPI = 100.0  # pixels of the page to an inch
CLICKED = {"sample", "of_label"}  # what a click picks, and no drag
WHOLE = (0.0, 0.0, 1.0, 1.0)


class Picture:
    """A panel on a figure of its own.

    Args:
        number: of the panel on the page.
        place: what the layout says of it.
        theme: light or dark.
    """

    def __init__(self, number: int, place: Place, theme: Theme) -> None:
        self.number, self.place = number, place
        self._theme = theme
        self.figure = Figure(facecolor=theme.paper)
        self._canvas: Any = FigureCanvasAgg(self.figure)
        with using(theme):
            self.cell = Cell(self.figure, PANELS.make(place.name, *place.words), WHOLE, run=place.run)
        self._size: tuple[int, int, float] | None = None
        self._zooms: dict[Any, Zoom] = {}
        self._before: Any = None  # the pixels that the page has

    @property
    def panel(self) -> Any:
        """What is drawn."""
        return self.cell.panel

    @property
    def in_sight(self) -> bool:
        """Whether the page has room for it."""
        return self._size is not None

    @property
    def is_new(self) -> bool:
        """Whether nothing of it, at its size, is on the page."""
        return self._before is None

    def resize(self, size: tuple[float, float] | None, ratio: float) -> bool:
        """Takes the size that the page gives it, in pixels of the page; True if it is another one."""
        wanted = None if size is None else (round(size[0] * ratio), round(size[1] * ratio), ratio)
        if wanted == self._size:
            return False
        self._size = wanted
        if wanted is None:
            return True
        wide, tall, _ = wanted
        dpi = DPI * ratio
        self.figure.set_dpi(dpi)
        self.figure.set_size_inches((wide + 1e-3) / dpi, (tall + 1e-3) / dpi)  # which must not round to a pixel less
        with wearing(self._theme):  # some panels write their names where they are placed
            self.cell.place(WHOLE)
        self._before = None
        return True

    def draw(self, frame: Frame) -> Patch | None:
        """Moves the panel to a frame; what of its picture is another one then, or None."""
        with wearing(self._theme):
            self.cell.update(frame)
            if not self.cell.paint(self._canvas):
                return None
        return self._changed()

    def zoom(self, box: Sequence[float] | None) -> None:
        """Shows a part larger, of the axes that its middle or else a corner lies in; all of it again for None.

        Args:
            box: left, top, right and bottom, in [0, 1].
        """
        if box is None:
            for zoom in self._zooms.values():
                zoom.release()
            self._zooms = {}
            return
        left, top, right, bottom = box
        places = [((left + right) / 2, (top + bottom) / 2), (left, top), (right, bottom), (right, top), (left, bottom)]
        axes = next((axes for axes, *_ in (self.at(*place) for place in places) if axes is not None), None)
        if axes is None or not axes.axison or not self._zoomable:
            return
        ends = [self.at(*corner, within=axes)[1:] for corner in ((left, bottom), (right, top))]
        zoom = self._zooms.setdefault(axes, Zoom(axes))
        zoom.hold([x for x, _ in ends], [y for _, y in ends])

    @property
    def facts(self) -> dict[str, Any]:
        """What the page has to know of it.

        Whether a part is `zoomed`, or there is anything of which a part `zooms`; whether a drag `moves` something, such
        as the threshold (else it draws a box to zoom into); and in words what it shows, `alt`.
        """
        return {
            "zoomed": bool(self._zooms),
            "zooms": self._zoomable and any(axes.axison for axes in self.cell.axes),
            "moves": bool((self.asked("pick", *self._middle) or {}).keys() - CLICKED),
            "alt": shown_lines(": ".join(filter(None, [self.place.name, self.asked("describe")]))),
        }

    @property
    def _zoomable(self) -> bool:
        return bool(getattr(self.panel, "zooms", True))

    @property
    def _middle(self) -> tuple[float, float]:
        """Data coordinates of the middle of its first axes."""
        axes = self.cell.axes[0]
        x, y = axes.transData.inverted().transform(axes.transAxes.transform((0.5, 0.5)))
        return float(x), float(y)

    def asked(self, hook: str, *words: Any, axes: Any = None) -> Any:
        """What one of the panel's own methods gives; None where it has none, fails, or nothing was drawn yet.

        Args:
            hook: its name.
            words: that it takes.
            axes: of a panel of several plots, that of the plot which is asked.
        """
        answer = getattr(self.cell.panel_at(axes), hook, None)
        if answer is None or self.is_new:
            return None
        with suppress(Exception):  # the panel may be the user's own, and its picture goes on
            return answer(*words)
        return None

    def at(self, x: float, y: float, *, within: Any = None) -> tuple[Any, float, float]:
        """The axes at a place of the picture and the data coordinates there; None and 0s beside all axes.

        Args:
            x: from the left, in [0, 1].
            y: from the top, in [0, 1].
            within: the axes that are meant, to whose nearest point a place beside them is moved.
        """
        wide, tall = self.figure.bbox.size
        here = np.array([x * wide, (1 - y) * tall])
        found = within or next((axes for axes in self.cell.axes if axes.bbox.contains(*here)), None)
        if found is None:
            return None, 0.0, 0.0
        here = np.clip(here, found.bbox.min, found.bbox.max)
        across, up = found.transData.inverted().transform(here)
        return found, float(across), float(up)

    def _changed(self) -> Patch | None:
        """The smallest rectangle of what the page has not yet."""
        pixels = np.asarray(self._canvas.buffer_rgba())
        now = pixels.view(np.uint32)[..., 0]
        tall, wide = now.shape
        top, bottom, left, right = 0, tall, 0, wide
        if self._before is None:
            self._before = now.copy()
        else:
            other = now != self._before
            rows, columns = np.flatnonzero(other.any(axis=1)), np.flatnonzero(other.any(axis=0))
            if not len(rows):
                return None
            top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
            self._before[top:bottom, left:right] = now[top:bottom, left:right]
        return Patch(self.number, int(left), int(top), (wide, tall), pixels[top:bottom, left:right].copy())
