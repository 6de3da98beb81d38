"""What the best threshold gives: under a condition, for a number of alerts, by F1 or by any other formula.

As in `curves`: `Scores` [..., 2, bins] to float64 [...], and the bounds of each value. Thresholds are those at which
counts are known; NaN where none meets the condition.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .curves import Bounds, once_for_scores, undefined_is_nan
from .scores import Scores

Array = npt.NDArray[Any]


def recall_at_precision(scores: Scores, precision: float) -> Array:
    """The largest recall of all thresholds at which precision is at least so much.

    Args:
        scores: [..., 2, bins].
        precision: in [0, 1].

    Raises:
        ValueError: It is not.
    """
    return _recall_where_precise(*_edges(scores), precision)


@once_for_scores
def recall_at_precision_bounds(scores: Scores, precision: float) -> Bounds:
    """Of `recall_at_precision`; an end is NaN where no threshold does, or could do."""
    low = _recall_where_precise(*_edges(scores), precision)
    return low, np.fmax(low, _recall_where_precise(*_between(scores), precision))


def precision_at_recall(scores: Scores, recall: float) -> Array:
    """The largest precision of all thresholds at which recall is at least so much.

    Args:
        scores: [..., 2, bins].
        recall: in [0, 1].

    Raises:
        ValueError: It is not.
    """
    return _precision_where_recalled(*_edges(scores), recall)


@once_for_scores
def precision_at_recall_bounds(scores: Scores, recall: float) -> Bounds:
    """Of `precision_at_recall`; an end is NaN where no threshold does, or could do."""
    low = _precision_where_recalled(*_edges(scores), recall)
    return low, np.fmax(low, _precision_where_recalled(*_between(scores), recall))


def best_f1(scores: Scores) -> Array:
    """The largest F1 of all thresholds."""
    return best(_f1(*_edges(scores)), scores.thresholds)[0]


@once_for_scores
def best_f1_bounds(scores: Scores) -> Bounds:
    """Of `best_f1`: what a threshold between two recorded ones could give at most."""
    low = best_f1(scores)
    return low, np.fmax(low, _highest(_f1(*_between(scores))))


def best_f1_threshold(scores: Scores) -> Array:
    """The threshold of `best_f1`; of several the one nearest to 1/2."""
    return best(_f1(*_edges(scores)), scores.thresholds)[1]


def best(values: Array, thresholds: Array, *, higher_is_better: bool = True, near: float = 0.5) -> tuple[Array, Array]:
    """The best of a formula's values over thresholds, and where it is; NaN where none is defined.

    Args:
        values: float64 [..., thresholds].
        thresholds: [thresholds], or of each row its own.
        higher_is_better: else the smallest is the best.
        near: of equal values that at the threshold nearest to it, so that it moves least.
    """
    thresholds = np.broadcast_to(thresholds, values.shape)
    ranked = values if higher_is_better else -values
    found: Array = np.fmax.reduce(ranked, axis=-1, initial=-np.inf, keepdims=True)
    away = np.where(ranked == found, np.abs(thresholds - near), np.inf)
    place = away.argmin(axis=-1)[..., None]
    value = np.take_along_axis(values, place, axis=-1)[..., 0]
    undefined = np.isnan(ranked).all(axis=-1)
    at = np.take_along_axis(thresholds, place, axis=-1)[..., 0]
    return np.where(undefined, np.nan, value), np.where(undefined, np.nan, at)


@undefined_is_nan
def recall_at_alerts(scores: Scores, alerts: float | Array) -> Array:
    """The share of positives among the samples with the highest scores.

    Where equals (in bins: samples of one bin) are too many, as many of them are taken as if drawn by lot.

    Args:
        scores: [..., 2, bins].
        alerts: number of samples, or [..., 1] of each row its own; all where there are fewer.

    Raises:
        ValueError: The number is negative.
    """
    taken, size = _taken(scores, alerts)
    share = np.divide(taken, size, out=np.zeros_like(taken), where=size > 0)
    return (scores.positives * share).sum(axis=-1) / scores.positives.sum(axis=-1)


@undefined_is_nan
def recall_at_alerts_bounds(scores: Scores, alerts: float | Array) -> Bounds:
    """Of `recall_at_alerts`: the negatives of the last bin come first, or its positives do."""
    taken, size = _taken(scores, alerts)
    drawn = scores.positives * np.divide(taken, size, out=np.zeros_like(taken), where=size > 0)
    ends = np.maximum(taken - scores.negatives, 0), np.minimum(taken, scores.positives)
    total = scores.positives.sum(axis=-1)
    low, high = (np.where(scores.divisible, end, drawn).sum(axis=-1) / total for end in ends)
    return low, high


def gain(scores: Scores, share: float) -> Array:
    """The share of all positives among so large a share of the samples, of the highest scores; else as above.

    Args:
        scores: [..., 2, bins].
        share: in (0, 1].

    Raises:
        ValueError: It is not.
    """
    return recall_at_alerts(scores, _so_many(scores, share))


@once_for_scores
def gain_bounds(scores: Scores, share: float) -> Bounds:
    """Of `gain`."""
    return recall_at_alerts_bounds(scores, _so_many(scores, share))


def _so_many(scores: Scores, share: float) -> Array:
    """float64 [..., 1]: a share of the samples."""
    if not 0 < share <= 1:
        raise ValueError(f"share must be in (0, 1]. Received: {share}")
    return share * np.add(*scores.called)[..., :1]


def _taken(scores: Scores, alerts: float | Array) -> Bounds:
    """How many samples of each bin are among the alerts, of how many: float64 [..., bins]."""
    if not np.all(np.asarray(alerts) >= 0):
        raise ValueError(f"alerts must be 0 or more. Received: {alerts}")
    called = np.add(*scores.called)
    size = called[..., :-1] - called[..., 1:]
    return np.clip(alerts - called[..., 1:], 0, size), size


def _check_share(name: str, share: float) -> None:
    if not 0 <= share <= 1:
        raise ValueError(f"{name} must be in [0, 1]. Received: {share}")


def _edges(scores: Scores) -> tuple[Array, Array, Array]:
    """tp and fp at the thresholds, [..., thresholds], and all positives, [..., 1]."""
    tp, fp = scores.called
    return tp[..., 1:-1], fp[..., 1:-1], tp[..., :1]


def _between(scores: Scores) -> tuple[Array, Array, Array]:
    """The same at thresholds within the bins, where all positives of a bin come before its negatives."""
    tp, fp = scores.called
    return np.where(scores.divisible, tp[..., :-1], np.nan), fp[..., 1:], tp[..., :1]


@undefined_is_nan
def _recall_where_precise(tp: Array, fp: Array, positives: Array, precision: float) -> Array:
    _check_share("precision", precision)
    return _highest(np.where(tp / (tp + fp) >= precision, tp / positives, np.nan))


@undefined_is_nan
def _precision_where_recalled(tp: Array, fp: Array, positives: Array, recall: float) -> Array:
    _check_share("recall", recall)
    return _highest(np.where(tp / positives >= recall, tp / (tp + fp), np.nan))


@undefined_is_nan
def _f1(tp: Array, fp: Array, positives: Array) -> Array:
    return 2 * tp / (tp + fp + positives)


def _highest(values: Array) -> Array:
    """The largest along the last axis; NaN where there is none."""
    return np.fmax.reduce(values, axis=-1, initial=np.nan)
