"""Whether a score of 0.3 means three in ten: Brier score, log loss, the reliability table and its error.

As in `curves`: `Scores` [..., 2, bins] to float64 [...], NaN where there are no samples, and the bounds of each value.
A binned score is taken for the middle of its bin.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .curves import Bounds, once_for_scores, undefined_is_nan
from .scores import Scores

Array = npt.NDArray[Any]
CLIP = float(np.finfo(np.float32).eps)


def brier(scores: Scores) -> Array:
    """Mean of (y - score)^2; Brier (1950), in the form for two classes."""
    return _mean(scores, scores.middle**2, (1 - scores.middle) ** 2)


@once_for_scores
def brier_bounds(scores: Scores) -> Bounds:
    """Of `brier`: every score at the better, or at the worse end of its bin."""
    low, high = scores.low, scores.high
    return _mean(scores, low**2, (1 - high) ** 2), _mean(scores, high**2, (1 - low) ** 2)


def log_loss(scores: Scores) -> Array:
    """Mean of -log of the probability given to what was true, in nats.

    As scikit-learn does for float32, scores are kept 2^-23 away from 0 and 1: a single saturated one that is wrong
    would be infinitely bad.
    """
    return _mean(scores, _surprise(1 - scores.middle), _surprise(scores.middle))


@once_for_scores
def log_loss_bounds(scores: Scores) -> Bounds:
    """Of `log_loss`: every score at the better, or at the worse end of its bin."""
    low, high = scores.low, scores.high
    return (
        _mean(scores, _surprise(1 - low), _surprise(high)),
        _mean(scores, _surprise(1 - high), _surprise(low)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliability:
    """What was predicted and what came, for scores alike.

    Args:
        edges: float64 [groups + 1], from 0 to 1; a score on an edge is in the group below.
        counts: float64 [..., groups], samples.
        observed: float64 [..., groups], the share of them that is positive; NaN without samples.
        predicted: float64 [..., groups], their mean score; NaN without samples.
        low: float64 [..., groups], below which that mean cannot lie.
        high: float64 [..., groups], above which it cannot lie.
    """

    edges: Array
    counts: Array
    observed: Array
    predicted: Array
    low: Array
    high: Array


@undefined_is_nan
def reliability(scores: Scores, groups: float = 10) -> Reliability:
    """The reliability table of even groups of scores; DeGroot and Fienberg (1983), https://doi.org/10.2307/2987588.

    Args:
        scores: [..., 2, bins]; a bin that crosses an edge goes with its upper end. With the default thresholds and
            10 groups none does.
        groups: how many.

    Raises:
        ValueError: There is not at least one group.
    """
    if groups < 1 or groups != int(groups):
        raise ValueError(f"groups must be a whole number from 1. Received: {groups}")
    edges = _group_edges(groups)
    inner = edges[1:-1]
    positives = np.asarray(scores.positives, np.float64)
    whole = positives + scores.negatives
    ends = (scores.high,) if scores.known else (scores.middle, scores.low, scores.high)
    rows = (whole, positives, *(whole * end for end in ends))
    counts, observed, *sums = _grouped(rows, scores.high, inner)
    middle, low, high = sums if len(sums) > 1 else sums * 3
    return Reliability(
        edges=edges,
        counts=counts,
        observed=observed / counts,
        predicted=middle / counts,
        low=low / counts,
        high=high / counts,
    )


def _group_edges(groups: float) -> Array:
    return (np.arange(int(groups) + 1) / int(groups)).astype(np.float32).astype(np.float64)


def _grouped(several: Sequence[Array], high: Array, inner: Array) -> list[Array]:
    """Sums [..., groups] of values [..., bins] between the inner edges of groups; a bin goes with its upper end."""
    if high.ndim == 1:
        group = (np.searchsorted(inner, high)[:, None] == np.arange(len(inner) + 1)).astype(np.float64)
        return [values @ group for values in several]
    bins = high.shape[-1]
    edges = np.array([[0, *row.searchsorted(inner, side="right"), bins] for row in high.reshape(-1, bins)])
    return [_summed(values.reshape(-1, bins), edges).reshape(*high.shape[:-1], -1) for values in several]


def _summed(values: Array, edges: Array) -> Array:
    """Sums [rows, groups] of values [rows, bins] between edges [rows, groups + 1], the places where groups begin."""
    rows, bins = values.shape
    padded = np.concatenate([values, np.zeros((rows, 1))], axis=1)  # that there is a place to begin behind the last
    begins = edges[:, :-1] + (bins + 1) * np.arange(rows)[:, None]
    sums = np.add.reduceat(padded.ravel(), begins.ravel()).reshape(begins.shape)
    return np.where(np.diff(edges) > 0, sums, 0.0)


def ece(scores: Scores, groups: float = 10) -> Array:
    """Expected calibration error: the mean |observed - predicted| of the groups, each weighing as its samples.

    Naeini, Cooper and Hauskrecht (2015); per class, as Kull et al. (2019) have it for several.
    """
    table = reliability(scores, groups)
    return _weighed(np.abs(table.observed - table.predicted), table.counts)


@once_for_scores
def ece_bounds(scores: Scores, groups: float = 10) -> Bounds:
    """Of `ece` with these groups: the mean score of each anywhere between its ends.

    Samples of a bin that crosses an edge of the groups may be in either: each of them moves the sums of two groups by
    at most 1.
    """
    table = reliability(scores, groups)
    below, above = table.observed - table.low, table.high - table.observed
    nearest = np.maximum(np.maximum(-below, -above), 0)
    low, high = _weighed(nearest, table.counts), _weighed(np.maximum(np.abs(below), np.abs(above)), table.counts)
    inner = _group_edges(groups)[1:-1]
    crossing = np.searchsorted(inner, scores.high) > np.searchsorted(inner, scores.low, side="right")
    torn = 2 * _mean(scores, 1.0 * crossing, 1.0 * crossing)
    return np.maximum(low - torn, 0), np.minimum(high + torn, 1)


@undefined_is_nan
def _mean(scores: Scores, of_negatives: Array, of_positives: Array) -> Array:
    counts = np.asarray(scores.histogram, np.float64)
    sides = zip((counts[..., 0, :], counts[..., 1, :]), (of_negatives, of_positives), strict=True)
    sums = [side @ of if of.ndim == 1 else np.einsum("...b,...b->...", side, of) for side, of in sides]
    return (sums[0] + sums[1]) / counts.sum(axis=(-2, -1))


def _surprise(probability: Array) -> Array:
    return -np.log(np.clip(probability, CLIP, 1 - CLIP))


@undefined_is_nan
def _weighed(errors: Array, counts: Array) -> Array:
    return np.where(counts > 0, errors * counts, 0).sum(axis=-1) / counts.sum(axis=-1)
