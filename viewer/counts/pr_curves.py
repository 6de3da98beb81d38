"""The arrays of TensorBoard's PR-curve plugin, and the histograms that say the same.

The plugin keeps tp, fp, tn, fn, precision and recall, float32 [6, n], at n even thresholds from 0 to 1. Its own
counting calls a sample positive at t where score >= t; ours where score > t. With float32 scores, `score >= t` is
`score > u` of the greatest float32 u below t, so that such counts are exact at those. At t = 0 it calls all
positive, which needs no threshold. Counts that call something negative at 0 were made by the other rule, and
stay as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Ints = npt.NDArray[np.int64]
ABOVE = "positive where score > threshold"  # how our own exports say which rule is theirs
MOST = 1_001


def is_above(curves: Sequence[Array], description: str = "") -> bool:
    """Whether curves [6, n] of one tag call positive what is above the threshold, and not what is at it."""
    return ABOVE in description or any((curve[2:4, 0] > 0).any() for curve in curves)


def grid(number: int, *, above: bool) -> npt.NDArray[np.float32]:
    """Our thresholds for n of theirs, float32, increasing: n where `above`, else n - 1."""
    even = np.linspace(0, 1, number).astype(np.float32)
    return even if above else np.nextafter(even[1:], np.float32(-1))


def histogram_of(curve: Array, *, above: bool) -> Ints:
    """int64 [1, 2, bins] of a curve [6, n]; bins are one more than the thresholds of `grid`.

    Raises:
        ValueError: The counts are weighted, or no counts at all.
    """
    tp, fp, tn, fn = np.asarray(curve[:4], np.float64)
    called = np.stack([fp, tp])  # [2, n], of negatives and positives
    total = (called + np.stack([tn, fn])).max(axis=1, keepdims=True)
    edges = np.concatenate([total, called if above else called[:, 1:], np.zeros_like(total)], axis=1)
    histogram = -np.diff(edges, axis=1)
    whole = np.rint(histogram)
    if not np.isfinite(curve[:4]).all() or (np.abs(histogram - whole) > 1e-3).any() or (whole < 0).any():
        raise ValueError("the counts of a PR curve must be whole numbers that fall as the threshold rises")
    return whole.astype(np.int64)[None]


def even_thresholds(thresholds: Sequence[float]) -> Ints | None:
    """Indices of as many even thresholds from 0 to 1 as are recorded; None where there are none but 0 and 1."""
    known = {np.float32(threshold): index for index, threshold in enumerate(thresholds)}
    for number in range(min(len(thresholds), MOST), 2, -1):
        wanted = np.linspace(0, 1, number).astype(np.float32)
        if all(threshold in known for threshold in wanted):
            return np.array([known[threshold] for threshold in wanted])
    return None


def curve_of(tp: Array, fp: Array, tn: Array, fn: Array) -> npt.NDArray[np.float32]:
    """float32 [6, n] as the plugin keeps it, of counts [n]; its precision and recall of nothing are 0."""
    precision, recall = tp / np.maximum(1e-7, tp + fp), tp / np.maximum(1e-7, tp + fn)
    return np.stack([tp, fp, tn, fn, precision, recall]).astype(np.float32)
