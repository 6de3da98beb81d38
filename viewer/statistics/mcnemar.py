"""McNemar's test: of the samples that two classifiers decide differently, is either right more often?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class McNemar:
    """What the test says.

    Args:
        p: exact, two-sided: twice the smaller tail of Binomial(discordant samples, 1/2), at most 1.
        mid_p: counts half of the observed outcome; closer to the nominal error rate, on average not above it.
    """

    p: float
    mid_p: float


def mcnemar(only_a: int, only_b: int) -> McNemar:
    """The exact conditional test of McNemar (1947), and its mid-p form (Fagerland, Lydersen and Laake 2013).

    By hand, as SciPy (which has the tail of a binomial distribution) would be by far the largest package that the
    viewer needs, for these five lines; it is what the tests compare with.

    >>> round(mcnemar(2, 8).p, 6)
    0.109375

    Args:
        only_a: samples that A gets right and B wrong, 0 or more.
        only_b: samples that B gets right and A wrong, 0 or more.

    Raises:
        ValueError: A count is negative.
    """
    if only_a < 0 or only_b < 0:
        raise ValueError(f"counts must be 0 or more. Received: {only_a}, {only_b}")
    fewer, n = min(only_a, only_b), only_a + only_b
    # C(n, i) / 2^n for i = 0 .. fewer, as a running product in logarithms: nothing overflows.
    i = np.arange(fewer)
    terms = np.exp(np.append(0.0, np.cumsum(np.log((n - i) / (i + 1)))) - n * math.log(2))
    p = min(2 * float(terms.sum()), 1.0)
    if only_a == only_b:
        return McNemar(1.0, 1 - float(terms[-1]) / 2)
    return McNemar(p, p - float(terms[-1]))
