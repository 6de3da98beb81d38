"""Marks at points, each in a colour of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.colors import to_rgb
from matplotlib.markers import MarkerStyle
from matplotlib.path import Path
from matplotlib.transforms import Affine2D

from .theme import theme

Place = tuple[float, float]


class Marks(Artist):
    """A few marks, in data coordinates; a `scatter` takes some five times as long to draw them.

    Args:
        ax: to draw on.
        marker: as matplotlib names it.
        size: points across.
        edge: points of the line around, in the colour of the paper.
    """

    def __init__(self, ax: Any, marker: str, *, size: float, edge: float, zorder: float) -> None:
        super().__init__()
        style = MarkerStyle(marker)
        self._ax, self._size, self._edge = ax, size, (edge, to_rgb(theme().paper))
        self._shape = style.get_path().transformed(style.get_transform())
        self.places: tuple[Place, ...] = ()
        self.colours: tuple[str, ...] = ()
        self.set(zorder=zorder, animated=True)
        ax.add_artist(self)

    def show(self, places: Sequence[Place], colours: Sequence[str]) -> None:
        """Moves them."""
        if (tuple(places), tuple(colours)) != (self.places, self.colours):
            self.places, self.colours = tuple(places), tuple(colours)
            self.stale = True

    def draw(self, renderer: Any) -> None:
        """Draws them, inside the axes."""
        if not self.get_visible():
            return
        graphics = renderer.new_gc()
        graphics.set_clip_rectangle(self._ax.bbox)
        graphics.set_linewidth(renderer.points_to_pixels(self._edge[0]))
        graphics.set_foreground(self._edge[1])
        scale = Affine2D().scale(renderer.points_to_pixels(self._size))
        for place, colour in zip(self.places, self.colours, strict=True):
            at = Path(self._ax.transData.transform(np.array([place])))
            renderer.draw_markers(graphics, self._shape, scale, at, Affine2D(), to_rgb(colour))
        graphics.restore()
        self.stale = False
