"""Drawing inside a box: what is drawn again in one part of a figure must leave nothing in another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from matplotlib.backend_bases import GraphicsContextBase
from matplotlib.transforms import Bbox


class Inside(GraphicsContextBase):
    """A graphics context whose clip, where an artist asks for none, is a box.

    Args:
        box: pixels of the canvas.
    """

    def __init__(self, box: Any) -> None:
        super().__init__()
        self._box = self._cliprect = box

    def set_clip_rectangle(self, rectangle: Any) -> None:
        """Clips to a rectangle, which lies in the box, or to the box if None."""
        self._cliprect = self._box if rectangle is None else rectangle


@contextmanager
def within(renderer: Any, box: Any) -> Iterator[Any]:
    """The renderer, which draws nothing outside of a box meanwhile."""
    (left, low), (right, high) = box.get_points()
    still = Bbox([[left, low + 1], [right - 1, high]])  # Agg counts the last row and column of a clip in
    renderer.new_gc = lambda: Inside(still)
    try:
        yield renderer
    finally:
        del renderer.new_gc
