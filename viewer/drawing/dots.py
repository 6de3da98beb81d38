"""Thousands of dots, each in a colour of its own, drawn as one image."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.artist import Artist

Array = npt.NDArray[Any]
Pixels = npt.NDArray[np.uint8]


class Dots(Artist):
    """Dots in data coordinates, later ones on top.

    Matplotlib's scatter strokes each dot as a path: ten thousand take longer than all panels together.

    Args:
        ax: to draw on.
    """

    def __init__(self, ax: Any) -> None:
        super().__init__()
        self._ax = ax
        self.places: Array = np.zeros((0, 2))
        self.colours: Pixels = np.zeros((0, 3), np.uint8)
        self._radius = 2.0
        self.set_animated(True)
        self.set_zorder(3)
        ax.add_artist(self)

    def show(self, places: Array, colours: Pixels, radius: float) -> None:
        """Shows dots at places float [dots, 2] in colours uint8 [dots, 3], so many points from middle to edge."""
        self.places, self.colours, self._radius = places, colours, radius
        self.stale = True

    def draw(self, renderer: Any) -> None:
        """Draws them."""
        if not self.get_visible() or not len(self.places):
            return
        box = self._ax.bbox
        radius = self._radius * self._ax.figure.dpi / 72
        margin = int(radius + 1) + 1
        image = np.zeros((round(box.height) + 2 * margin, round(box.width) + 2 * margin, 4), np.uint8)
        pixels = np.round(self._ax.transData.transform(self.places) - box.p0).astype(int) + margin
        reach = np.array(image.shape[1::-1]) - margin
        inside = np.all((pixels >= margin) & (pixels <= reach), axis=1)
        _stamp(image, pixels[inside], self.colours[inside], radius)
        graphics = renderer.new_gc()
        renderer.draw_image(graphics, round(box.x0) - margin, round(box.y0) - margin, image)
        graphics.restore()
        self.stale = False


def _stamp(image: Pixels, pixels: Array, colours: Pixels, radius: float) -> None:
    """Puts discs at pixels, a pixel of the disc at a time for all of them, the faint ones of the edge first."""
    reach = np.arange(-int(radius + 1), int(radius + 1) + 1)
    covers = np.clip(radius + 0.5 - np.hypot(reach[:, None], reach), 0, 1)
    words = image.view(np.uint32).reshape(-1)  # a pixel of four bytes in each
    places = pixels[:, 1] * image.shape[1] + pixels[:, 0]
    for row, column in sorted(np.argwhere(covers > 0).tolist(), key=lambda at: covers[at[0], at[1]]):
        opaque = np.full((len(colours), 1), round(255 * covers[row, column]), np.uint8)
        words[places + reach[row] * image.shape[1] + reach[column]] = np.hstack([colours, opaque]).view(np.uint32)[:, 0]
