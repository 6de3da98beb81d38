"""Panels on figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from viewer.drawing.theme import LIGHT, using
from viewer.frame import Frame
from viewer.panels import PANELS
from viewer.panels.cell import Cell


class Shown:
    """A panel alone on a figure.

    Args:
        name: and words of the panel.
        size: pixels.
    """

    def __init__(self, name: str, *words: str, size: tuple[int, int] = (500, 350)) -> None:
        self.figure = Figure(figsize=(size[0] / 100, size[1] / 100), dpi=100)
        self.canvas = FigureCanvasAgg(self.figure)
        self.panel: Any = PANELS.make(name, *words)
        self.cell = Cell(self.figure, self.panel, (0, 0, 1, 1))

    @property
    def axes(self) -> Any:
        """The first of its axes."""
        return self.cell.axes[0]

    def update(self, frame: Frame) -> Shown:
        """Moves it to a frame, and paints; what its code raises is raised here."""
        before = self.figure.axes
        self.panel.update(frame)
        self.cell._keep_up(before)
        self.paint()
        return self

    def paint(self) -> None:
        """Paints as a live figure does."""
        if not hasattr(self.canvas, "renderer"):
            self.canvas.draw()
            self.cell.forget()
        self.cell.paint(self.canvas)

    def words(self) -> list[str]:
        """The texts that can be seen, on all its axes."""
        return [text.get_text() for text in self.texts()]

    def texts(self) -> list[Any]:
        """The visible texts that say something."""
        return [text for axes in self.cell.axes if axes.get_visible() for text in visible(axes.texts)]

    def lines(self) -> list[Any]:
        """The visible lines with data, of the first axes."""
        return [line for line in self.axes.lines if line.get_visible() and len(line.get_xdata())]

    def stale(self) -> set[Any]:
        """The moving artists that would be drawn again."""
        return {artist for artist in self.cell.moving_artists() if artist.stale}


def visible(texts: Any) -> Iterator[Any]:
    """Those that are seen."""
    return (text for text in texts if text.get_visible() and text.get_text())


@pytest.fixture
def show() -> Iterator[Callable[..., Shown]]:
    """`show(name, *words, size=...)`: a panel on a figure of its own."""
    with using(LIGHT):
        yield Shown
