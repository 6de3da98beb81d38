"""The figure of a comparison: a formula each over epochs, beside them the differences in pairs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure

from ...drawing.margins import MARGINS, Rect, Seat, elide, line_height, wrap
from ...drawing.theme import LIGHT, Theme, put, text, theme, using, wearing
from ..cell import Cell
from .differences import Differences
from .numbers import Picture, place_of
from .overlay import Overlay

HEADER, PAD = 0.62, 0.1  # inches
BESIDE = 0.36  # of the width, for the differences
NARROW, BELOW = 6.0, 0.3  # inches of a figure in which they stand below instead, and their share of its height
SHAPE, EMPTY = 1.7, 0.5  # width by height of curves with their names; how bad it is to leave a cell empty
LINE = line_height()


class ComparisonFigure:
    """Draws pictures of one comparison, drawing again only what changes from one to the next.

    Args:
        figure: to draw on, empty.
        picture: of the comparison, any one of them.
        theme: light or dark.
    """

    def __init__(self, figure: Figure, picture: Picture, *, theme: Theme = LIGHT) -> None:
        self.figure, self.theme = figure, theme
        figure.set_facecolor(theme.paper)
        panels: list[Any] = [Head(), Foot(), *(Overlay(number) for number in range(len(picture.overlays)))]
        if picture.intervals:
            panels.append(Differences())
        foot = self._foot(picture)
        with using(theme):
            self.cells = [
                Cell(figure, panel, rect) for panel, rect in zip(panels, self._rects(picture, foot), strict=True)
            ]

    def update(self, picture: Picture) -> None:
        """Moves every panel to a picture."""
        with wearing(self.theme):
            for cell in self.cells:
                cell.update(picture)  # type: ignore[arg-type] # its panels take pictures where others take frames

    def paint(self) -> list[Any]:
        """Draws what changed into the figure's Agg canvas; the boxes that did."""
        with wearing(self.theme):
            return [cell.bbox for cell in self.cells if cell.paint(self.figure.canvas)]

    def _foot(self, picture: Picture) -> float:
        """Inches that the words below take."""
        return len(lines_below(picture, self.figure.get_size_inches()[0])) * LINE + PAD

    def _rects(self, picture: Picture, foot: float) -> list[Rect]:
        """Head, foot, the formulas row by row, and the differences at the right, or below in a narrow figure."""
        width, height = self.figure.get_size_inches()
        top, bottom = HEADER / height, foot / height
        differences, narrow = bool(picture.intervals), width < NARROW
        wide = 1 - (BESIDE if differences and not narrow else 0.0)
        whole = 1 - top - bottom
        high = whole * (1 - (BELOW if differences and narrow else 0.0))
        rows, columns = grid(len(picture.overlays), wide * width, high * height)
        rects = [(0.0, 1 - top, 1.0, top), (0.0, 0.0, 1.0, bottom)]
        for number in range(len(picture.overlays)):
            row, column = divmod(number, columns)
            rects.append((column * wide / columns, 1 - top - (row + 1) * high / rows, wide / columns, high / rows))
        if differences:
            rects.append((0.0, bottom, 1.0, whole - high) if narrow else (wide, bottom, 1 - wide, whole))
        return rects


def grid(cells: int, wide: float, tall: float) -> tuple[int, int]:
    """Rows and columns of so many cells in so many inches: near to the shape of good curves, with few left empty."""

    def badness(layout: tuple[int, int]) -> float:
        rows, columns = layout
        return abs(math.log(wide / columns / (tall / rows) / SHAPE)) + EMPTY * (rows * columns - cells)

    return min(((-(-cells // columns), columns) for columns in range(1, cells + 1)), key=badness)


class Head:
    """What is compared."""

    def setup(self, ax: Any) -> None:
        """Makes two texts."""
        ax.axis("off")
        self._seat = Seat(ax, left=MARGINS["left"], right=0.3, top=0.0, bottom=0.0)
        self._title = text(ax, 0, 0.62, fontsize=14.0, fontweight="bold", color=theme().ink, va="center")
        self._facts = text(ax, 0, 0.2, va="center")

    def arrange(self, rect: Rect, inches: Sequence[float]) -> None:
        """Takes its part of the figure."""
        self._seat.take(rect, inches)

    def update(self, picture: Picture) -> None:
        """Writes it, with the place of the cursor."""
        room, _ = self._seat.inner
        at = "" if picture.cursor is None else f" · {place_of(picture.x_label, picture.cursor)}"
        put(self._title, text=elide(picture.title, room, 14.0, "bold"))
        put(self._facts, text=elide(picture.facts + at, room))


class Foot:
    """What the signs mean, and what an interval covers."""

    def setup(self, ax: Any) -> None:
        """Makes a text."""
        ax.axis("off")
        self._seat = Seat(ax, left=MARGINS["left"], right=0.3, top=0.0, bottom=0.0)
        self._words = text(ax, 0, 1, va="top")

    def arrange(self, rect: Rect, inches: Sequence[float]) -> None:
        """Takes its part of the figure."""
        self._seat.take(rect, inches)

    def update(self, picture: Picture) -> None:
        """Writes it."""
        put(self._words, text="\n".join(lines_below(picture, self._seat.size[0])))


def lines_below(picture: Picture, wide: float) -> list[str]:
    """The words below, in lines of so many inches less the margins."""
    return [line for words in (picture.note, picture.covers) for line in wrap(words, wide - MARGINS["left"] - 0.3)]
