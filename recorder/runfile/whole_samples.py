"""How much is counted of samples taken whole: for which k, how high a class ranks, and of how many labels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .kinds import not_denormal
from .records import Array

TOP_K = (1, 2, 3, 5, 10)
MOST_RANKED = 100  # labels: what ranks them grows with their square


def counted_ks(classes: int) -> tuple[int, ...]:
    """The k of `Tally.top_k` for so many classes: those of `TOP_K` below, then the number of classes.

    >>> counted_ks(4)
    (1, 2, 3, 4)
    """
    return (*(k for k in TOP_K if k < classes), classes)


def place_of_rank(classes: int) -> npt.NDArray[np.int32]:
    """int32 [classes]: which of `counted_ks` is the first that has the class of each rank, from 0."""
    return np.searchsorted(counted_ks(classes), np.arange(classes), side="right").astype(np.int32)


def places_of(truth: Array, scores: Array) -> Array:
    """int32 [n]: the place of `place_of_rank` that samples have; their class is known, and no score is NaN."""
    scores = not_denormal(scores)
    own = np.take_along_axis(scores, truth[:, None], axis=1)
    first = (scores == own) & (np.arange(scores.shape[1]) < truth[:, None])
    return place_of_rank(scores.shape[1])[((scores > own) | first).sum(axis=1)]
