"""Histograms of scores, for drawing."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def pooled(histogram: Array, thresholds: Array, bins: int) -> tuple[Array, Array]:
    """The fine bins pooled into about `bins` equal ones of [0, 1]; no fine bin is divided.

    Args:
        histogram: [..., thresholds + 1] as recorded.
        thresholds: float [thresholds], increasing.
        bins: how many are wished for.

    Returns:
        Counts [..., n] and edges float64 [n + 1] from 0 to 1; every inner edge is one of `thresholds`.
    """
    wished = np.linspace(0, 1, bins + 1)[1:-1]
    inner = np.unique(np.abs(np.asarray(thresholds)[:, None] - wished).argmin(axis=0))
    inner = inner[(thresholds[inner] > 0) & (thresholds[inner] < 1)]
    starts = np.concatenate([[0], inner + 1])
    edges = np.concatenate([[0.0], np.asarray(thresholds, np.float64)[inner], [1.0]])
    return np.add.reduceat(histogram, starts, axis=-1), edges
