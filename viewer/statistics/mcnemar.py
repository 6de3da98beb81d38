"""McNemar's test: of the samples that two classifiers decide differently, is either right more often? In groups too."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
FEW = 14  # groups, all ways to sign which are gone through
LONGEST = 2**25  # numbers on the way


@dataclass(frozen=True, slots=True)
class McNemar:
    """What the test says.

    Args:
        p: exact, two-sided: twice the smaller tail of Binomial(discordant samples, 1/2), at most 1.
        mid_p: counts half of the observed outcome; closer to the nominal error rate, on average not above it.
    """

    p: float
    mid_p: float


UNKNOWN = McNemar(float("nan"), float("nan"))


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


def grouped_mcnemar(ahead: Array) -> McNemar:
    """The same of samples in groups: were A and B alike, they could as well change places in a whole group.

    Durkalski, Palesch, Lipsitz and Rust (2003, https://doi.org/10.1002/sim.1438) hold a sum of b - c over groups
    against its variance over groups, which takes many groups. Here the distribution of the sum is had to 1e-15: by all
    ways to sign few groups, else from the characteristic function of a sum of signs. Of so many samples that this would
    take long it is normal. Where each group has one sample, it is McNemar's exact test.

    >>> grouped_mcnemar(np.array([3, 1, 1]))  # of eight ways to sign them two have a sum of 5 or -5
    McNemar(p=0.25, mid_p=0.125)

    Args:
        ahead: int64 [groups], in how many samples of the group A alone is right, less those in which B alone is.
    """
    seen, sizes = abs(int(ahead.sum())), np.abs(ahead[ahead != 0])
    if not len(sizes):
        return McNemar(1.0, 0.5)
    here, beyond = _signed(sizes, seen)
    p = min(here + beyond, 1.0)
    return McNemar(p, p - here / 2)


def _signed(sizes: Array, seen: int) -> tuple[float, float]:
    """How likely the sum of sizes with random signs is as large as seen, either way, and larger."""
    if len(sizes) <= FEW:
        sums = np.zeros(1, np.int64)
        for size in sizes.tolist():
            sums = np.concatenate([sums + size, sums - size])
        return float(np.mean(np.abs(sums) == seen)), float(np.mean(np.abs(sums) > seen))
    each, times = np.unique(sizes, return_counts=True)
    length = 2 ** (2 * int(sizes.sum())).bit_length()
    if length * len(each) > LONGEST:
        return 0.0, math.erfc(seen / math.sqrt(2 * float((sizes.astype(np.float64) ** 2).sum())))
    turns, wave = np.arange(length // 2 + 1), np.ones(length // 2 + 1)
    for size, often in zip(each.tolist(), times.tolist(), strict=True):
        wave *= np.cos(2 * np.pi * (turns * size % length) / length) ** often
    at = np.maximum(np.fft.irfft(wave, length)[: length // 2], 0)  # of the sums from 0 on; those below are as likely
    return float(at[seen]) * (2 if seen else 1), 2 * float(at[seen + 1 :].sum())
