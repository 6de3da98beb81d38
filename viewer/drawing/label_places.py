"""Where small words stand around points, so that they cover no others and as little of the lines as can be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .legend import LINE

Array = npt.NDArray[Any]
NEAR = 0.13  # inches from a point to the middle of words above it
CLOSE = 0.04  # inches between places of a line
MARK = 0.1  # inches that a point's mark takes
APART = 0.06  # inches between words beside one another: two numbers must not be read as one
Box = tuple[float, float, float, float]  # left, bottom, right, top


def around(
    points: Array, widths: Sequence[float], room: tuple[float, float], lines: Array, taken: Sequence[Box] = ()
) -> list[Box]:
    """Boxes of words, each beside its point.

    Args:
        points: float64 [points, 2] in inches from the lower left corner of the axes.
        widths: inches of the words of each.
        room: inches of the axes, width and height.
        lines: float64 [places, 2] that words had better not cover.
        taken: boxes of other words.
    """
    avoid = [_box(x, y, MARK, MARK) for x, y in points] + list(taken)
    found: list[Box] = []
    for (x, y), width in zip(points, widths, strict=True):
        boxes = [_box(x + dx, y + dy, width, LINE) for dx, dy in _offsets(width)]
        best = boxes[_least_harm(np.array(boxes).T, room, np.array(avoid).T, lines.T)]
        found.append(best)
        avoid.append(best)
    return found


def along(x: Array, y: Array, *, steps: bool = False) -> Array:
    """Places on a line, close to each other: float64 [places, 2] in inches, as x and y are.

    Args:
        x: float64 [points].
        y: float64 [points]; where it is NaN there is no place.
        steps: the line runs level to each point, from below or above the one before.
    """
    there = np.isfinite(x) & np.isfinite(y)
    x, y = x[there], y[there]
    if steps:
        x, y = np.repeat(x, 2)[:-1], np.repeat(y, 2)[1:]
    if len(x) < 2:
        return np.column_stack([x, y])
    far = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))])
    places = np.linspace(0, far[-1], int(far[-1] / CLOSE) + 2)
    return np.column_stack([np.interp(places, far, x), np.interp(places, far, y)])


def _least_harm(boxes: Array, room: tuple[float, float], avoid: Array, lines: Array) -> int:
    """Number of the first box [4, boxes] that is inside, over as few others [4, others], and away from lines."""
    left, bottom, right, top = boxes[..., None]
    outside = ((left < 0) | (bottom < 0) | (right > room[0]) | (top > room[1]))[:, 0]
    level = (bottom < avoid[3]) & (avoid[1] < top)
    over = level & (left < avoid[2]) & (avoid[0] < right)
    close = level & (left - APART < avoid[2]) & (avoid[0] < right + APART)
    covered = (left < lines[0]) & (lines[0] < right) & (bottom < lines[1]) & (lines[1] < top)
    return int(
        np.lexsort((covered.sum(axis=1), close.sum(axis=1), over.sum(axis=1), outside))[0]
    )  # the first of equals


def _offsets(width: float) -> list[tuple[float, float]]:
    """From the point to the middle of its words: above, below, beside; then ever farther away."""
    side = width / 2 + NEAR
    near = [(0.0, NEAR), (0.0, -NEAR), (side, 0.0), (-side, 0.0)]
    across = (0.0, side, -side, side + width, -side - width)
    far = [(dx, sign * (NEAR + step * LINE)) for step in range(5) for dx in across for sign in (1, -1)]
    return near + far


def _box(x: float, y: float, width: float, height: float) -> Box:
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2
