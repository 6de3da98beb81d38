"""Filled shapes along the epochs: bands, and lines of more epochs than the screen has columns.

Stroking a noisy line of a thousand epochs takes as long as everything else in its panel, and one of ten thousand ten
times that. Where several epochs share a column of pixels, all that a stroke leaves of them is how far they reach: so
that is filled, at a cost that does not depend on how many epochs there are.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.patches import PathPatch
from matplotlib.path import Path

Array = npt.NDArray[Any]
COLUMN = 1.5  # pixels of a column
ALONE = 2.2  # points to each side of an epoch that has no neighbour: a bar, not a block


class Ribbon(PathPatch):
    """The area between two ends over the epochs, with gaps where they are NaN.

    Args:
        ax: to draw on.
        look: properties of the patch.
    """

    def __init__(self, ax: Any, **look: Any) -> None:
        super().__init__(Path(np.zeros((1, 2))), linewidth=0, animated=True, **look)
        ax.add_artist(self)
        self.set_clip_path(ax.patch)
        self._kept: tuple[Any, ...] = ()

    def set_path(self, path: Path) -> None:
        """Takes another outline; matplotlib's own does not say that the artist has to be drawn again."""
        super().set_path(path)
        self.stale = True

    def fill_band(self, epochs: Array, band: tuple[Array, Array], pixels: float, per_point: float) -> None:
        """Shows a band on so many pixels, a point wide so many epochs; pooled ones reach as far as any of them."""
        if self._is_news(epochs, band, pixels, per_point):
            step = step_for(len(epochs), pixels)
            low, high = _lowest(band[0], step), _highest(band[1], step)
            self.set_path(outline(_middles(epochs, step), low, high, ALONE * per_point))

    def fill_line(self, epochs: Array, values: Array, pixels: float, thick: float) -> None:
        """Shows a line on so many pixels, `thick` in units of the values."""
        if not self._is_news(epochs, values, pixels, thick):
            return
        step = step_for(len(epochs), pixels)
        low, high = _lowest(values, step), _highest(values, step)
        reach_low, reach_high = low.copy(), high.copy()  # each column reaches to where the next one begins
        reach_low[:-1], reach_high[:-1] = np.fmin(low[:-1], high[1:]), np.fmax(high[:-1], low[1:])
        self.set_path(outline(_middles(epochs, step), reach_low - thick / 2, reach_high + thick / 2))

    def _is_news(self, *state: Any) -> bool:
        same = len(state) == len(self._kept) and all(
            new is old or (isinstance(new, float) and new == old) for new, old in zip(state, self._kept, strict=True)
        )
        self._kept = state
        return not same


def step_for(epochs: int, pixels: float) -> int:
    """Epochs that share a column; 1 where there is room for each."""
    return max(-(-epochs // max(int(pixels / COLUMN), 1)), 1) if epochs > pixels else 1


def outline(x: Array, low: Array, high: Array, widest: float = np.inf) -> Path:
    """The outlines of all stretches without NaN, as one path; what stands alone is half a step wide at most.

    Args:
        x: [places], increasing.
        low: float64 [places], NaN for a gap.
        high: the same.
        widest: to each side of what stands alone.
    """
    there = np.isfinite(low) & np.isfinite(high)
    if len(x) > 1 and there.all():  # as nearly always: there is nothing to look for
        return _around(x, low, high, np.array([0, len(x)]))
    alone = there & ~np.append(False, there[:-1]) & ~np.append(there[1:], False)
    if alone.any():
        half = min(float(np.min(np.diff(x))) / 4 if len(x) > 1 else 0.25, widest)
        twice = 1 + alone
        ends = np.repeat(x.astype(np.float64), twice)
        ends[np.cumsum(twice)[alone] - 2] -= half
        ends[np.cumsum(twice)[alone] - 1] += half
        x, low, high, there = ends, np.repeat(low, twice), np.repeat(high, twice), np.repeat(there, twice)
    return _around(x, low, high, np.flatnonzero(np.diff(there, prepend=False, append=False)))


def _around(x: Array, low: Array, high: Array, edges: Array) -> Path:
    """The same of stretches that begin and end at these places, [start, stop, start, stop, ...]."""
    lengths = 2 * (edges[1::2] - edges[::2]) + 1
    corners, codes = np.zeros((lengths.sum() + 1, 2)), np.full(lengths.sum() + 1, Path.LINETO, Path.code_type)
    codes[0] = Path.MOVETO  # of nothing: a path has at least one corner
    at = 1
    for start, stop in edges.reshape(-1, 2):
        middle, end = at + stop - start, at + 2 * (stop - start)
        corners[at:middle, 0], corners[at:middle, 1] = x[start:stop], low[start:stop]
        corners[middle:end, 0], corners[middle:end, 1] = x[start:stop][::-1], high[start:stop][::-1]
        corners[end] = corners[at]
        codes[at], codes[end] = Path.MOVETO, Path.CLOSEPOLY
        at = end + 1
    return Path(corners, codes)


def _middles(epochs: Array, step: int) -> Array:
    starts = np.arange(0, len(epochs), step)
    middles = epochs[np.minimum(starts + step // 2, len(epochs) - 1)].astype(np.float64)
    if len(middles) > 1:
        middles[0], middles[-1] = epochs[0], epochs[-1]
    return middles


def _lowest(values: Array, step: int) -> Array:
    return np.fmin.reduceat(values, np.arange(0, len(values), step)) if len(values) else values


def _highest(values: Array, step: int) -> Array:
    return np.fmax.reduceat(values, np.arange(0, len(values), step)) if len(values) else values
