"""An image of squares with numbers in them, put together and drawn as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.colors import to_rgb

from .glyphs import Label, pixels

Pixels = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint32]  # a pixel of four bytes in each


@dataclass(frozen=True, slots=True)
class Number:
    """Words in the middle of a square; a line feed begins a second line."""

    row: int
    column: int
    words: str
    colour: str


class Grid(Artist):
    """Squares that fill the axes, the first row at the top, with words in them.

    Matplotlib's images map every pixel of the screen to its colour, and lay out every text anew: both take long for
    what is a few hundred squares and numbers. Renderers but Agg draw the texts one by one.

    Args:
        ax: to fill.
    """

    def __init__(self, ax: Any) -> None:
        super().__init__()
        self._ax = ax
        self.colours: Pixels = np.zeros((1, 1, 4), np.uint8)
        self.numbers: tuple[Number, ...] = ()
        self._size = 8.0
        self.set_animated(True)
        ax.add_artist(self)

    def show(self, colours: Pixels, numbers: Sequence[Number] = (), size: float = 8.0) -> None:
        """Shows colours uint8 [rows, columns, 4], and words in so many points."""
        if not np.array_equal(colours, self.colours) or (tuple(numbers), size) != (self.numbers, self._size):
            self.colours, self.numbers, self._size = colours, tuple(numbers), size
            self.stale = True

    def draw(self, renderer: Any) -> None:
        """Draws them."""
        if not self.get_visible():
            return
        box = self._ax.bbox
        wide, tall = max(round(box.width), 1), max(round(box.height), 1)
        image = _enlarged(self.colours, wide, tall)
        agg = isinstance(renderer, RendererAgg)
        if agg:
            for number in self.numbers:
                cover = pixels(number.words, self._size, "normal", renderer.dpi)
                _paste(image, cover, *self._middle(number, wide, tall), number.colour)
        graphics = renderer.new_gc()
        renderer.draw_image(graphics, round(box.x0), round(box.y0), _bytes(image[::-1]))
        graphics.restore()
        for label in () if agg else self._labels():
            label.draw(renderer)
        self.stale = False

    def _middle(self, number: Number, wide: float, tall: float) -> tuple[float, float]:
        rows, columns = self.colours.shape[:2]
        return (number.column + 0.5) * wide / columns, (number.row + 0.5) * tall / rows

    def _labels(self) -> list[Label]:
        found = []
        for number in self.numbers:
            x, y = self._middle(number, 1, 1)
            look: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": self._size, "parse_math": False}
            label = Label(x, 1 - y, number.words, color=number.colour, transform=self._ax.transAxes, **look)
            label.set_figure(self.get_figure())  # type: ignore[arg-type] # it is on axes, and these on a figure
            found.append(label)
        return found


def _bytes(image: Words) -> Pixels:
    return np.ascontiguousarray(image)[..., None].view(np.uint8)


def _enlarged(colours: Pixels, wide: int, tall: int) -> Words:
    rows, columns = colours.shape[:2]
    whole = np.ascontiguousarray(colours).view(np.uint32)[..., 0]
    return whole[:, np.arange(wide) * columns // wide][np.arange(tall) * rows // tall]


def _paste(image: Words, cover: Pixels, x: float, y: float, ink: str) -> None:
    height, width = cover.shape
    top, left = max(round(y - height / 2), 0), max(round(x - width / 2), 0)
    part = image[top : top + height, left : left + width]
    if part.size:
        part[:] = _mixed(int(part[0, 0]), ink)[cover[: part.shape[0], : part.shape[1]]]  # a square has one colour


@lru_cache(maxsize=1024)
def _mixed(paper: int, ink: str) -> Words:
    """uint32 [256]: a colour that ink covers from not at all to wholly."""
    share = np.linspace(0, 1, 256)[:, None]
    below = np.array([paper], np.uint32).view(np.uint8)
    mixed = np.round((1 - share) * below + share * np.array([*np.array(to_rgb(ink)) * 255, below[3]]))
    return mixed.astype(np.uint8).view(np.uint32)[:, 0]
