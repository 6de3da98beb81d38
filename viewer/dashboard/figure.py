"""One figure with all panels; made once, updated ever after."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure

from ..drawing.margins import Rect
from ..drawing.theme import LIGHT, Theme, using, wearing
from ..frame import Frame
from ..kinds import view_of
from ..panels.base import PANELS, Panel
from ..panels.cell import Cell
from ..panels.curves.numbers import log_names
from .header import Header
from .layout import DEFAULTS, Place, broken, parse_layout

HEADER, FOOT = 0.62, 0.08  # inches
_LOSS = re.compile(r"curves:loss\S* ")
LOGS = "logs[4] "  # in its place where anything but the loss was logged
MOST = 0.6  # of a figure's height that header and strip take where there is little


class Dashboard:
    """Panels in a layout, a header above them, and room for a strip of controls below.

    Args:
        figure: to draw on, empty.
        layout: as `parse_layout` takes it.
        theme: light or dark.
        strip: a panel of controls at the bottom, `inches` high; None for none.
        own: panels that only this one has, by their names in the layout; None for none.
    """

    def __init__(
        self, figure: Figure, layout: str, *, theme: Theme = LIGHT, strip: Any = None, own: Mapping[str, Panel] = {}
    ) -> None:
        self.figure, self.theme, self.layout = figure, theme, layout
        figure.set_facecolor(theme.paper)
        self._rows = parse_layout(layout)
        self._strip = strip
        self._ground = False  # whether the paper behind all panels is drawn
        self.fault = ""  # of what all panels stand on; shown in the first one
        places = [place for row in self._rows for place in row]
        panels: list[Panel] = [(own or {}).get(place.name) or PANELS.make(place.name, *place.words) for place in places]
        panels += [Header(), *([strip] if strip is not None else [])]
        runs = [place.run for place in places] + [None, None]
        with using(theme):
            self.cells = [
                Cell(figure, panel, rect, run=run)
                for panel, rect, run in zip(panels, self._rects(), runs, strict=False)
            ]

    @property
    def panels(self) -> list[Panel]:
        """The panels, row by row, then the header and the strip."""
        return [cell.panel for cell in self.cells]

    def update(self, frame: Frame) -> None:
        """Moves every panel to a frame."""
        with wearing(self.theme):
            for cell in self.cells:
                cell.update(frame)
            if self.fault:
                self.cells[0].say(self.fault)

    def paint(self) -> list[Any]:
        """Draws what changed into the figure's Agg canvas; the boxes that did, for blitting."""
        canvas: Any = self.figure.canvas
        if not self._ground:
            self.figure.patch.draw(canvas.get_renderer())
            self._ground = True
        with wearing(self.theme):
            return [cell.bbox for cell in self.cells if cell.paint(canvas)]

    def adopt(self) -> None:
        """After a draw of the figure by others: the pixels are not ours, and all is drawn with the next `paint`."""
        self._ground = False
        for cell in self.cells:
            cell.forget()

    def fit(self) -> None:
        """Places everything anew, after the figure's size has changed."""
        self._ground = False
        with wearing(self.theme):  # some panels write their names where they are placed
            for cell, rect in zip(self.cells, self._rects(), strict=True):
                cell.place(rect)

    def toggle_log(self) -> None:
        """Gives the panels that have one their other scale, linear for logarithmic and the other way round."""
        for panel in self.panels:
            toggle = getattr(panel, "toggle_log", None)
            if toggle is not None:
                toggle()

    def cell_of(self, kind: type) -> Cell | None:
        """The first cell whose panel is of this class; None where there is none."""
        return next((cell for cell in self.cells if isinstance(cell.panel, kind)), None)

    def _rects(self) -> list[Rect]:
        """Left, bottom, width and height of every cell, as fractions of the figure; all of whole pixels."""
        width, height = self.figure.get_size_inches()
        top, bottom = HEADER / height, (FOOT + getattr(self._strip, "inches", 0.0)) / height
        shrunk = min(MOST / (top + bottom), 1.0)
        top, bottom = top * shrunk, bottom * shrunk
        rows = broken(self._rows, (width, height * (1 - top - bottom)))
        tall = (1 - top - bottom) / len(rows)
        rects = []
        for number, row in enumerate(rows):
            left, total = 0.0, sum(place.width for place in row)
            for place in row:
                right = left + place.width / total
                rects.append(self._whole(left, 1 - top - (number + 1) * tall, right, 1 - top - number * tall))
                left = right
        rects.append(self._whole(0, 1 - top, 1, 1))
        return [*rects, self._whole(0, 0, 1, bottom)] if self._strip is not None else rects

    def _whole(self, left: float, low: float, right: float, high: float) -> Rect:
        """A part of the figure, its edges moved to the nearest between two pixels."""
        across, up = (max(int(side), 1) for side in self.figure.bbox.size)
        left, right = (round(edge * across) / across for edge in (left, right))
        low, high = (round(edge * up) / up for edge in (low, high))
        return left, low, right - left, high - low


def default_layout(frame: Frame) -> str:
    """The layout for what a run has recorded."""
    if len(frame.runs) > 1:
        return _side_by_side(len(frame.runs), counted=bool(frame.splits), logged=bool(log_names(frame)))
    if not frame.splits or frame.output is None:
        return DEFAULTS["logs"]
    found = view_of(frame.output).layout if len(frame.thresholds) >= 3 else DEFAULTS["counts"]
    logged = log_names(frame)
    if logged not in ([], ["loss"]):
        return _LOSS.sub(LOGS, found)
    if len(frame.run.epoch_numbers) and not logged:
        return _LOSS.sub("", found)  # such as of a RunWriter that was given no logs
    return found


def _side_by_side(runs: int, *, counted: bool, logged: bool) -> str:
    """Curves laid over one another; below them the distribution and the matrix of each, while they are few."""
    if not counted:
        return "logs"
    curves = "curves[3] logs[2]" if logged else "curves"
    if runs > 4:
        return curves
    each = [" ".join(f"{panel}@{number + 1}" for number in range(runs)) for panel in ("scores", "matrix")]
    return " / ".join([curves, *each])


__all__ = ["Dashboard", "Place", "default_layout"]
