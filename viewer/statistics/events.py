"""What happens to samples from one epoch to the next: the data map, forgetting, learning for good, churn.

All functions take matrices [epochs, samples] and look at consecutive recorded epochs. Where an epoch has no prediction
of a sample, it says nothing about it: it is in no mean, and no event begins or ends there.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .tracks import UNKNOWN

Array = npt.NDArray[Any]
NEVER = -1


def data_map(confidence: Array) -> tuple[Array, Array]:
    """Mean and deviation of the probability of the true class: Swayamdipta et al., "Dataset Cartography" (2020).

    Samples of low mean are hard to learn (and often mislabelled), of high deviation ambiguous, the others easy. The
    deviation is that of the population, as in the paper: divided by the number of epochs.

    Args:
        confidence: float32 [epochs, samples]; NaN where there is no prediction.

    Returns:
        float64 [samples] twice; NaN for a sample without any prediction.

    >>> mean, deviation = data_map(np.array([[0.2, 0.9], [0.6, 0.9]], np.float32))
    >>> mean.round(6).tolist(), deviation.round(6).tolist()
    ([0.4, 0.9], [0.2, 0.0])
    """
    known = ~np.isnan(confidence)
    number = known.sum(axis=0)
    with np.errstate(invalid="ignore"):
        mean = np.where(known, confidence, 0).sum(axis=0, dtype=np.float64) / number
        away = np.where(known, confidence - mean, 0)
        return mean, np.sqrt(np.einsum("es,es->s", away, away) / number)


def forgetting(correct: Array, known: Array) -> npt.NDArray[np.bool_]:
    """Forgetting events: right in one epoch, wrong in the next. Toneva et al., "Example Forgetting" (2019).

    The paper looks each time a sample is trained on; here every epoch of the recorded split is looked at. A sample
    without events is unforgettable if it was ever right (`first_learnt`), and was never learnt if not.

    Args:
        correct: bool [epochs, samples].
        known: bool [epochs, samples]: there is a prediction.

    Returns:
        bool [epochs - 1, samples]: the event between an epoch and the next.

    >>> correct = np.array([[0, 1], [1, 1], [0, 1], [1, 1], [0, 1]], bool)
    >>> forgetting(correct, np.ones_like(correct)).sum(axis=0).tolist()
    [2, 0]
    """
    events: npt.NDArray[np.bool_] = correct[:-1] & known[1:] & ~correct[1:]
    return events


def first_learnt(correct: Array) -> Array:
    """The position of the first epoch in which a sample is right, -1 if there is none: int64 [samples].

    >>> first_learnt(np.array([[0, 0], [1, 0], [0, 0]], bool)).tolist()
    [1, -1]
    """
    return _first(correct)


def learnt_for_good(correct: Array, known: Array) -> Array:
    """The position of the epoch since which a sample has always been right, -1 if its last prediction is wrong.

    The last learning event that no forgetting event follows, in the words of Toneva et al. (2019).

    Args:
        correct: bool [epochs, samples].
        known: bool [epochs, samples]: there is a prediction.

    Returns:
        int64 [samples].

    >>> correct = np.array([[1, 1, 1], [0, 1, 1], [1, 1, 0]], bool)
    >>> learnt_for_good(correct, np.ones_like(correct)).tolist()
    [2, 0, -1]
    """
    wrong = known & ~correct
    backwards = _first(wrong[::-1])
    last_wrong = np.where(backwards == NEVER, NEVER, len(correct) - 1 - backwards)
    return _first(correct & (np.arange(len(correct))[:, None] > last_wrong))


def flips(predicted: Array) -> npt.NDArray[np.bool_]:
    """Whether the predicted class changes from one epoch to the next, right or wrong.

    Args:
        predicted: int [epochs, samples], -1 where there is no prediction.

    Returns:
        bool [epochs - 1, samples].

    >>> flips(np.array([[2, 0], [1, 0], [1, 0]])).tolist()
    [[True, False], [False, False]]
    """
    before, after = predicted[:-1], predicted[1:]
    changed: npt.NDArray[np.bool_] = (before != after) & (before != UNKNOWN) & (after != UNKNOWN)
    return changed


def churn(changed: Array, known: Array) -> Array:
    """The share of samples whose predicted class changes: Milani Fard et al., "Launch and Iterate" (2016).

    Args:
        changed: bool [epochs - 1, samples], as `flips` gives it.
        known: bool [epochs, samples]: there is a prediction.

    Returns:
        float64 [epochs], between an epoch and the one before; NaN in the first, and where no sample is in both.

    >>> churn(np.array([[True, False]]), np.ones((2, 2), bool)).tolist()
    [nan, 0.5]
    """
    shares = np.full(len(known), np.nan)
    with np.errstate(invalid="ignore"):
        shares[1:] = changed.sum(axis=1) / (known[:-1] & known[1:]).sum(axis=1)
    return shares


def _first(happened: Array) -> Array:
    """int64 [samples]: the position of the first epoch in which it happened, -1 if in none."""
    if not len(happened):
        return np.full(happened.shape[1], NEVER)
    return np.where(happened.any(axis=0), happened.argmax(axis=0), NEVER)
