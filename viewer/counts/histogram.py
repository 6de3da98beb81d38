"""Histograms of scores, for drawing."""

from __future__ import annotations

from functools import lru_cache
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
    starts, edges = _pools(np.asarray(thresholds, np.float64).tobytes(), bins)
    return np.add.reduceat(histogram, starts, axis=-1), edges


@lru_cache(maxsize=8)
def _pools(thresholds: bytes, bins: int) -> tuple[Array, Array]:
    """Where the fine bins of each pool begin, and the edges of the pools; the same for all epochs of a run."""
    known, wished = np.frombuffer(thresholds), np.linspace(0, 1, bins + 1)[1:-1]
    inner = np.unique(np.abs(known[:, None] - wished).argmin(axis=0))
    inner = inner[(known[inner] > 0) & (known[inner] < 1)]
    return np.concatenate([[0], inner + 1]), np.concatenate([[0.0], known[inner], [1.0]])
