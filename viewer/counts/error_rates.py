"""Points of the ROC curve that are asked for by name: its false positive rate at a recall, and where it errs equally.

As in `curves`: `Scores` [..., 2, bins] to float64 [...], and the bounds of each value; NaN without positives or without
negatives. The curve is taken whole, from where everything is called positive to where nothing is.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .curves import Bounds, once_for_scores, undefined_is_nan
from .scores import Scores

Array = npt.NDArray[Any]


def fpr_at_tpr(scores: Scores, recall: float) -> Array:
    """The smallest false positive rate of all thresholds at which recall is at least so much.

    Args:
        scores: [..., 2, bins].
        recall: in [0, 1].

    Raises:
        ValueError: It is not.
    """
    return fpr_at_tpr_bounds(scores, recall)[1]


@once_for_scores
def fpr_at_tpr_bounds(scores: Scores, recall: float) -> Bounds:
    """Of `fpr_at_tpr`: within a bin its positives may come first; a recorded threshold can be had."""
    if not 0 <= recall <= 1:
        raise ValueError(f"recall must be in [0, 1]. Received: {recall}")
    fpr, tpr = _rates(scores)
    last, bins = _last(tpr >= recall), scores.divisible.shape[-1]
    within = _at(scores.divisible, np.minimum(last, bins - 1))
    high = _at(fpr, last)
    low = np.where(within, _at(fpr, np.minimum(last + 1, bins)), high)
    undefined = np.isnan(tpr[..., 0])
    return np.where(undefined, np.nan, low), np.where(undefined, np.nan, high)


def equal_error_rate(scores: Scores) -> Array:
    """The false positive rate where it is the false negative rate, on straight lines between thresholds."""
    return _on_lines(*_crossing(scores))


@once_for_scores
def equal_error_rate_bounds(scores: Scores) -> Bounds:
    """Of `equal_error_rate`: in the bin where the rates cross, the positives come last or first."""
    fpr, fnr, at = _crossing(scores)
    value = _on_lines(fpr, fnr, at)
    low = np.maximum(_at(fpr, at + 1), _at(fnr, at))
    high = np.minimum(_at(fpr, at), _at(fnr, at + 1))
    within = _at(scores.divisible, at)
    return np.where(within, low, value), np.where(within, high, value)


@undefined_is_nan
def _rates(scores: Scores) -> tuple[Array, Array]:
    """False positive rate and recall, [..., bins + 1], from everything called positive to nothing."""
    tp, fp = scores.called
    return fp / fp[..., :1], tp / tp[..., :1]


def _crossing(scores: Scores) -> tuple[Array, Array, Array]:
    """Both rates of error, [..., bins + 1], and the last edge but the very last where false positives are no fewer."""
    fpr, tpr = _rates(scores)
    fnr = 1 - tpr
    return fpr, fnr, np.minimum(_last(fpr >= fnr), fpr.shape[-1] - 2)


def _on_lines(fpr: Array, fnr: Array, at: Array) -> Array:
    """Where the rates are equal between an edge and the next, on a straight line; the edge's own of a line of none."""
    first, then = _at(fpr, at), _at(fpr, at + 1)
    gap = first - _at(fnr, at)
    whole = gap + _at(fnr, at + 1) - then
    part = np.divide(gap, whole, out=np.zeros_like(gap), where=whole != 0)  # NaN of a rate stays NaN
    value: Array = first + part * (then - first)
    return value


def _last(holds: Array) -> Array:
    """int [...]: the last place along the last axis; 0 where there is none."""
    size = holds.shape[-1]
    return np.where(holds.any(axis=-1), size - 1 - holds[..., ::-1].argmax(axis=-1), 0)


def _at(values: Array, place: Array) -> Array:
    found: Array = np.take_along_axis(np.broadcast_to(values, (*place.shape, values.shape[-1])), place[..., None], -1)
    return found[..., 0]
