"""Marks at points, each in a colour of its own."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.colors import to_rgb
from matplotlib.markers import MarkerStyle
from matplotlib.path import Path
from matplotlib.transforms import Affine2D, IdentityTransform

from .theme import theme

Place = tuple[float, float]
STILL = IdentityTransform()


class Marks(Artist):
    """A few marks, in data coordinates: one takes a third of the time of a `scatter`, many of one colour a quarter.

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
        self._shape, self._joined = style.get_path().transformed(style.get_transform()), style.get_joinstyle()
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
        self.stale = False
        if not self.get_visible() or not self.places:
            return
        graphics = renderer.new_gc()
        graphics.set_clip_rectangle(self._ax.bbox)
        graphics.set_linewidth(renderer.points_to_pixels(self._edge[0]))
        graphics.set_foreground(self._edge[1])
        graphics.set_joinstyle(self._joined)  # else the edge of a star goes round its points, far beyond them
        scale = Affine2D().scale(renderer.points_to_pixels(self._size))
        pixels = self._ax.transData.transform(np.array(self.places))
        for colour, marks in groupby(
            range(len(pixels)), self.colours.__getitem__
        ):  # in their order: one lies on another
            renderer.draw_markers(graphics, self._shape, scale, Path(pixels[list(marks)]), STILL, to_rgb(colour))
        graphics.restore()
