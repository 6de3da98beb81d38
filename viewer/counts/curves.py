"""Curves of scores and what is read off them: every value, and how far binning can have moved it.

Each function takes `Scores` [..., 2, bins] and gives float64 [...], NaN where the value is undefined: no positives, or
no negatives where they matter. Its `..._bounds` gives the lowest and the highest value that the same function could
have of the scores themselves, whatever their order inside the bins; of `Scores.of_samples` both are the value.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np
import numpy.typing as npt

from .scores import Scores

Array = npt.NDArray[Any]
Bounds = tuple[Array, Array]


def undefined_is_nan(function: Callable[..., Any]) -> Callable[..., Any]:
    """Divides 0 by 0 without a warning."""

    @wraps(function)
    def quiet(*arguments: Any, **options: Any) -> Any:
        with np.errstate(divide="ignore", invalid="ignore"):
            return function(*arguments, **options)

    return quiet


def once_for_scores(function: Callable[..., Bounds]) -> Callable[..., Bounds]:
    """Computes bounds once for the same scores: a value in the middle of them and both of its ends ask for them."""

    @wraps(function)
    def remembered(scores: Scores, *constants: Any, **named: Any) -> Bounds:
        key = (function, constants, tuple(named.items()))
        if key not in scores.bounds_so_far:
            scores.bounds_so_far[key] = function(scores, *constants, **named)
        found: Bounds = scores.bounds_so_far[key]
        return found

    return remembered


@undefined_is_nan
def roc_points(scores: Scores) -> tuple[Array, Array, Array]:
    """The ROC curve from (0, 0) to (1, 1), one point a bin edge, nothing smoothed.

    Returns:
        False positive rate and recall, float64 [..., bins + 1], and thresholds float64 [bins + 1], decreasing:
        infinity, where nothing is called positive, the recorded ones, and minus infinity.
    """
    tp, fp = scores.called
    return fp[..., ::-1] / fp[..., :1], tp[..., ::-1] / tp[..., :1], _falling(scores)


@undefined_is_nan
def pr_points(scores: Scores) -> tuple[Array, Array, Array]:
    """The precision-recall curve from recall 0 to 1, one point a bin edge, nothing smoothed.

    Returns:
        Recall and precision, float64 [..., bins + 1], and thresholds as in `roc_points`; precision is NaN where
        nothing is called positive.
    """
    tp, fp = (count[..., ::-1] for count in scores.called)
    return tp / tp[..., -1:], tp / (tp + fp), _falling(scores)


@undefined_is_nan
def roc_auc(scores: Scores) -> Array:
    """Area under the ROC curve: the chance that a positive outscores a negative, ties counting half.

    The trapezoidal area; Hanley and McNeil (1982), https://doi.org/10.1148/radiology.143.1.7063747.
    """
    tp, fp = scores.called
    return _dot(scores.negatives, (tp[..., 1:] + tp[..., :-1]) / 2) / (tp[..., 0] * fp[..., 0])


@once_for_scores
@undefined_is_nan
def roc_auc_bounds(scores: Scores) -> Bounds:
    """Of `roc_auc`: in every bin all negatives, or all positives, come first."""
    tp, fp = scores.called
    half, split, pairs = (tp[..., 1:] + tp[..., :-1]) / 2, scores.divisible, tp[..., 0] * fp[..., 0]
    low, high = (np.where(split, end, half) for end in (tp[..., 1:], tp[..., :-1]))
    return _dot(scores.negatives, low) / pairs, _dot(scores.negatives, high) / pairs


@undefined_is_nan
def average_precision(scores: Scores) -> Array:
    """Average precision, sum over thresholds of the gain in recall times the precision there.

    As scikit-learn has it: steps, no interpolation; Davis and Goadrich (2006), https://doi.org/10.1145/1143844.1143874.
    """
    tp, fp = (count[..., :-1] for count in scores.called)
    return _dot(scores.positives, _share(tp, fp)) / tp[..., 0]


@once_for_scores
@undefined_is_nan
def average_precision_bounds(scores: Scores) -> Bounds:
    """Of `average_precision`: in every bin the negatives come first and no two positives tie, or last and all tie."""
    tp, fp = scores.called
    tied = scores.positives * _share(tp[..., :-1], fp[..., :-1])
    worst = _rising(tp[..., 1:], scores.positives, fp[..., :-1])
    best = scores.positives * _share(tp[..., :-1], fp[..., 1:])
    low, high = (np.where(scores.divisible, end, tied).sum(axis=-1) for end in (worst, best))
    return low / tp[..., 0], high / tp[..., 0]


@undefined_is_nan
def ks(scores: Scores) -> Array:
    """Kolmogorov-Smirnov statistic: the largest distance between the score distributions of the two classes.

    Of recall and false positive rate the largest |difference| over all thresholds; 1 where one threshold tells the
    classes apart.
    """
    return np.abs(_gap(scores)).max(axis=-1)


@once_for_scores
@undefined_is_nan
def ks_bounds(scores: Scores) -> Bounds:
    """Of `ks`: the value at the edges, and what could be reached between two of them."""
    gap = _gap(scores)
    low = np.abs(gap).max(axis=-1)
    total = scores.histogram.sum(axis=-1, keepdims=True)
    rise = np.where(scores.divisible[..., None, :], scores.histogram / total, 0.0)
    up, down = gap[..., 1:] + rise[..., 1, :], gap[..., 1:] - rise[..., 0, :]
    return low, np.maximum(low, np.maximum(up, -down).max(axis=-1))


def _falling(scores: Scores) -> Array:
    return np.concatenate([[np.inf], scores.thresholds[::-1], [-np.inf]])


@undefined_is_nan
def _gap(scores: Scores) -> Array:
    tp, fp = scores.called
    return tp / tp[..., :1] - fp / fp[..., :1]


def _dot(weights: Array, values: Array) -> Array:
    return np.einsum("...b,...b->...", np.asarray(weights, np.float64), values)


def _share(part: Array, rest: Array) -> Array:
    """part / (part + rest), and 0 for 0 / 0: where there are no samples, none counts."""
    whole = part + rest
    return np.divide(part, whole, out=np.zeros_like(whole), where=whole > 0)


def _rising(above: Array, positives: Array, negatives: Array) -> Array:
    """The sum over k = 1 ... p of (a + k) / (a + k + n); of rescaled counts, which have no k, the integral below it."""
    found, held = np.zeros(above.shape), positives > 0  # few bins hold any
    a, p, n = above[held], positives[held], negatives[held]
    whole = np.issubdtype(p.dtype, np.integer)
    grown = np.diff(_harmonic(np.stack([a + n, a + p + n])), axis=0)[0] if whole else np.log1p(p / (a + n))
    found[held] = p - np.where(n > 0, n * grown, 0.0)
    return found


def _harmonic(number: Array) -> Array:
    """1 + 1/2 + ... + 1/number but for a constant: the digamma series, eight steps up where it has converged."""
    up = number + 9.0
    series = np.log(up) - 1 / (2 * up) - 1 / (12 * up**2) + 1 / (120 * up**4) - 1 / (252 * up**6)
    return series - sum(1 / (number + step) for step in range(1, 9))
