"""Drawing inside a box: what is drawn again in one part of a figure must leave nothing in another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from matplotlib.backend_bases import GraphicsContextBase
from matplotlib.transforms import Bbox

NOWHERE = Bbox([[-9.0, -9.0], [-9.0, -9.0]])  # of no canvas


class Inside(GraphicsContextBase):
    """A graphics context whose clip, where an artist asks for none, is a box.

    Args:
        box: pixels of the canvas.
    """

    def __init__(self, box: Any) -> None:
        super().__init__()
        self._box = self._cliprect = box

    def like(self) -> Inside:
        """Another one in the same state; some forty are made for each picture."""
        made = Inside.__new__(Inside)
        made.__dict__.update(self.__dict__)
        return made

    def set_clip_rectangle(self, rectangle: Any) -> None:
        """Clips to what of a rectangle lies in the box: axes of a cell too low for them may reach out of it."""
        if rectangle is None:
            self._cliprect = self._box
            return
        (left, low), (right, high) = rectangle.get_points()
        (west, south), (east, north) = self._box.get_points()
        within_box = west <= left and south <= low and right <= east and high <= north
        self._cliprect = rectangle if within_box else (Bbox.intersection(rectangle, self._box) or NOWHERE)


@contextmanager
def within(renderer: Any, box: Any) -> Iterator[Any]:
    """The renderer, which draws nothing outside of a box meanwhile."""
    (left, low), (right, high) = box.get_points()
    still = Bbox([[left, low + 1], [right - 1, high]])  # Agg counts the last row and column of a clip in
    renderer.new_gc = Inside(still).like
    try:
        yield renderer
    finally:
        del renderer.new_gc
