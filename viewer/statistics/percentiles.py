"""Percentiles of draws."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
MOST_UNDEFINED = 0.05  # of the draws, beyond which an interval says nothing


def interval(drawn: Array, level: float) -> tuple[Array, Array]:
    """Percentiles of draws [rows, draws] around their middle; NaN where too many draws are undefined.

    Interpolated between neighbours, as NumPy does by default.

    Args:
        drawn: float64 [rows, draws].
        level: of the interval, in (0, 1).
    """
    ordered = np.sort(drawn, axis=1)  # what is undefined comes last
    defined = (~np.isnan(ordered)).sum(axis=1)
    low, high = (_percentile(ordered, defined, share) for share in ((1 - level) / 2, (1 + level) / 2))
    return low, high


def holding(low: Array, high: Array, value: Array) -> tuple[Array, Array]:
    """An interval that reaches to the value it is of, where that lies beyond it; NaN stays NaN.

    Of a few samples that are all decided rightly every draw is below the value. Brown, Cai and DasGupta (2001,
    https://doi.org/10.1214/ss/1009213286) modify Jeffreys's interval of a share so. It can only cover more.
    """
    finite = np.isfinite(value)
    return np.where(finite, np.minimum(low, value), low), np.where(finite, np.maximum(high, value), high)


def _percentile(ordered: Array, defined: Array, share: float) -> Array:
    place = np.maximum(defined - 1, 0) * share
    below, rows = np.floor(place).astype(np.int64), np.arange(len(ordered))
    above = np.minimum(below + 1, np.maximum(defined - 1, 0))
    first, second = ordered[rows, below], ordered[rows, above]
    with np.errstate(invalid="ignore"):  # between infinities
        found = np.where(first == second, first, first + (second - first) * (place - below))
    return np.where(defined >= (1 - MOST_UNDEFINED) * ordered.shape[1], found, np.nan)
