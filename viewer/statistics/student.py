"""Quantiles of Student's t, by which few groups widen an interval."""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist

SERIES = 200  # degrees of freedom up to which the sum below is taken; beyond, an expansion is as exact


@lru_cache(maxsize=1024)
def critical(level: float, freedom: int) -> float:
    """The t that |T| stays below with this probability.

    From the finite sums of Abramowitz and Stegun (26.7.3 and 26.7.4) and, of many degrees of freedom, the expansion
    26.7.5. By hand, as is `mcnemar`, for the same reason: SciPy is what the tests compare with.

    >>> round(critical(0.95, 9), 4)
    2.2622

    Args:
        level: in (0, 1).
        freedom: degrees of freedom, 1 or more.
    """
    if freedom > SERIES:
        return _expanded(NormalDist().inv_cdf((1 + level) / 2), freedom)
    low, high = 0.0, math.pi / 2  # of the angle whose tangent is t / sqrt(freedom)
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _within(middle, freedom) < level else (low, middle)
    return math.tan((low + high) / 2) * math.sqrt(freedom)


def _within(angle: float, freedom: int) -> float:
    """The probability of |T| < t."""
    cosine, odd = math.cos(angle), freedom % 2
    term, total = (cosine if odd else 1.0), 0.0
    for power in range(odd, freedom - 1, 2):
        total += term
        term *= (power + 1) / (power + 2) * cosine**2
    total *= math.sin(angle)
    return 2 / math.pi * (angle + total) if odd else total


def _expanded(z: float, freedom: int) -> float:
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / freedom + second / freedom**2 + third / freedom**3
