"""Curves of scores: scikit-learn's on the samples, and bounds that no order inside the bins can break."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from sklearn import metrics

from viewer.counts import curves
from viewer.counts.scores import Scores

from .conftest import Sampled, binned, grids, samples

Value = Callable[[Scores], Any]
ORACLES: dict[str, Callable[[Any, Any], float]] = {
    "roc_auc": metrics.roc_auc_score,
    "average_precision": metrics.average_precision_score,
    "ks": lambda truth, scores: np.abs(np.subtract(*metrics.roc_curve(truth, scores)[:2])).max(),
}
FEW = settings(max_examples=20)  # scikit-learn takes its time
names = pytest.mark.parametrize("name", ORACLES)


def both(name: str) -> tuple[Value, Value]:
    """A function of scores and its bounds."""
    return getattr(curves, name), getattr(curves, f"{name}_bounds")


@names
@given(sampled=samples())
def test_of_samples_every_value_is_the_oracles(name: str, sampled: Sampled) -> None:
    """Ties and all; and then there is nothing left to bound."""
    value, bounds = both(name)
    scores = Scores.of_samples(*sampled)
    np.testing.assert_allclose(value(scores), ORACLES[name](*sampled), atol=1e-12)
    np.testing.assert_allclose(bounds(scores), [value(scores)] * 2, atol=1e-12)


@names
@given(sampled=samples(), grid=grids)
def test_bounds_hold_the_value_of_the_samples(name: str, sampled: Sampled, grid: np.ndarray) -> None:
    """However coarse the bins, what scikit-learn makes of the samples lies between the ends; so does our value."""
    value, bounds = both(name)
    scores = binned(*sampled, grid)
    low, high = bounds(scores)
    for number in (ORACLES[name](*sampled), value(scores)):
        assert low - 1e-9 <= number <= high + 1e-9


@names
@given(sampled=samples())
def test_scores_on_bins_of_their_own_are_exact(name: str, sampled: Sampled) -> None:
    """Where no two scores that differ share a bin, binning loses nothing of a value that ranks decide."""
    value, _ = both(name)
    grid = np.unique(sampled[1])
    np.testing.assert_allclose(value(binned(*sampled, grid)), ORACLES[name](*sampled), atol=1e-12)


@names
@pytest.mark.parametrize("bins", [[(1, 1), (1, 1)], [(2, 1)], [(1, 3)], [(2, 2)], [(0, 2), (1, 0)], [(1, 0), (1, 2)]])
def test_bounds_are_reached(name: str, bins: list[tuple[int, int]]) -> None:
    """They are the lowest and the highest value over all orders and ties inside the bins: none narrower would hold."""
    _, bounds = both(name)
    scores = Scores.of_histogram(np.array(bins).T, np.arange(1, len(bins)) / 4)
    truth = np.concatenate([[0] * negatives + [1] * positives for negatives, positives in bins]).astype(int)
    home = np.concatenate([[number] * sum(pair) for number, pair in enumerate(bins)]).astype(int)
    places = itertools.product(*[(np.arange(1, sum(bins[at]) + 1) / 100 + at) for at in home])
    reached = [ORACLES[name](truth, np.array(place)) for place in places]
    np.testing.assert_allclose(bounds(scores), [min(reached), max(reached)], atol=1e-9)


@FEW
@given(sampled=samples(), grid=grids)
def test_points_are_scikit_learns_at_the_edges(sampled: Sampled, grid: np.ndarray) -> None:
    """Each point is that of the samples above its threshold; the ends are those of all and of none."""
    truth, given_scores = sampled
    scores = binned(truth, given_scores, grid)
    fpr, tpr, thresholds = curves.roc_points(scores)
    recall, precision, same = curves.pr_points(scores)
    assert thresholds[0] == np.inf
    assert thresholds[-1] == -np.inf
    np.testing.assert_array_equal(thresholds[1:-1], grid[::-1].astype(np.float64))
    np.testing.assert_array_equal(same, thresholds)
    for at, threshold in enumerate(thresholds):
        called = given_scores > threshold
        np.testing.assert_allclose(tpr[at], metrics.recall_score(truth, called), atol=1e-12)
        np.testing.assert_allclose(fpr[at], 1 - metrics.recall_score(truth, called, pos_label=0), atol=1e-12)
        expected = metrics.precision_score(truth, called, zero_division=np.nan)
        np.testing.assert_allclose(precision[at], expected, atol=1e-12)
    np.testing.assert_array_equal(recall, tpr)


@names
def test_a_class_alone_or_nothing_is_undefined(name: str) -> None:
    """NaN where there is no positive, no negative, or no sample; average precision needs no negative."""
    value, bounds = both(name)
    grid = np.float32([0, 0.5, 1])
    for truth in ([], [0, 0], [1, 1]):
        scores = binned(truth, [0.2, 0.7][: len(truth)], grid)
        undefined = not (name == "average_precision" and truth == [1, 1])
        assert np.isnan(value(scores)) == undefined
        assert np.isnan(bounds(scores)).tolist() == [undefined] * 2


@names
def test_leading_axes_are_taken_one_by_one(name: str) -> None:
    """Classes and epochs at once give what each gives alone."""
    value, bounds = both(name)
    histogram = np.random.default_rng(3).integers(0, 9, (2, 5, 2, 7))
    grid = np.arange(1, 7) / 7
    alone = [[Scores.of_histogram(part, grid) for part in row] for row in histogram]
    whole = Scores.of_histogram(histogram, grid)
    np.testing.assert_allclose(value(whole), [[value(part) for part in row] for row in alone], rtol=1e-12)
    ends = np.moveaxis([[bounds(part) for part in row] for row in alone], -1, 0)
    np.testing.assert_allclose(bounds(whole), ends, rtol=1e-12)


@pytest.mark.parametrize("size", [10**6, 10**12, 2**52])
def test_large_counts_lose_nothing(size: int) -> None:
    """A million million samples in a bin: value and bounds are those of the proportions."""
    scores = Scores.of_histogram(np.array([[size, size], [size, size]]), [0.5])
    np.testing.assert_allclose(curves.roc_auc(scores), 0.5)
    np.testing.assert_allclose(curves.roc_auc_bounds(scores), [0.25, 0.75])
    low, high = curves.average_precision_bounds(scores)
    np.testing.assert_allclose(high, 0.5 * 1 + 0.5 * 2 / 3)
    np.testing.assert_allclose(low, 0.5 * (1 - np.log(2)) + 0.5 * (1 - 2 * np.log(4 / 3)), rtol=1e-5)


@names
@given(sampled=samples(), grid=grids)
def test_rescaled_counts_keep_the_bounds(name: str, sampled: Sampled, grid: np.ndarray) -> None:
    """Counts that are no whole numbers, of as many copies: the value is the same, and the bounds still hold it."""
    value, bounds = both(name)
    scores = binned(*sampled, grid)
    scaled = Scores(scores.histogram * 0.37, scores.low, scores.high)
    np.testing.assert_allclose(value(scaled), value(scores), rtol=1e-9, atol=1e-12)  # a KS of 0 has no relative error
    low, high = bounds(scaled)
    assert low - 1e-9 <= ORACLES[name](*sampled) <= high + 1e-9


@given(sampled=samples())
def test_the_other_class_has_the_mirrored_scores(sampled: Sampled) -> None:
    """`swapped` is what the scores 1 - s of the labels 1 - y give; the area stays."""
    truth, scores = sampled
    for made in (Scores.of_samples(truth, scores), binned(truth, scores, np.unique(scores))):
        expected = metrics.average_precision_score(1 - truth, 1 - scores.astype(np.float64))
        np.testing.assert_allclose(curves.average_precision(made.swapped()), expected, atol=1e-12)
        np.testing.assert_allclose(curves.roc_auc(made.swapped()), curves.roc_auc(made), atol=1e-12)
