"""What the best threshold gives: brute force over the thresholds, scikit-learn's curve, and bounds."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from viewer.counts import operating
from viewer.counts.scores import Scores

from .conftest import Sampled, binned, grids, samples

shares = st.sampled_from([0.0, 0.1, 0.5, 2 / 3, 0.9, 1.0])


def curve(truth: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """scikit-learn's precisions and recalls, without the point that no threshold gives."""
    precision, recall, _ = metrics.precision_recall_curve(truth, scores)
    return precision[:-1], recall[:-1]


def oracle(name: str, truth: np.ndarray, scores: np.ndarray, share: float) -> float:
    """The same from scikit-learn's curve; NaN where no threshold meets the condition."""
    precision, recall = curve(truth, scores)
    if name == "recall_at_precision":
        return max(recall[precision >= share], default=np.nan)
    if name == "precision_at_recall":
        return max(precision[recall >= share], default=np.nan)
    return max(2 * precision * recall / np.maximum(precision + recall, 1e-300))


def functions(name: str, share: float) -> tuple[Callable[[Scores], Any], Callable[[Scores], Any]]:
    constant = [] if name == "best_f1" else [share]
    value, bounds = getattr(operating, name), getattr(operating, f"{name}_bounds")
    return lambda scores: value(scores, *constant), lambda scores: bounds(scores, *constant)


names = pytest.mark.parametrize("name", ["recall_at_precision", "precision_at_recall", "best_f1"])


@names
@given(sampled=samples(), share=shares)
def test_of_samples_every_value_is_scikit_learns(name: str, sampled: Sampled, share: float) -> None:
    """Over all thresholds that tell the samples apart; NaN where none meets the condition."""
    value, bounds = functions(name, share)
    scores, expected = Scores.of_samples(*sampled), oracle(name, *sampled, share)
    np.testing.assert_allclose(value(scores), expected, atol=1e-12)
    np.testing.assert_allclose(bounds(scores), [expected] * 2, atol=1e-12)


@names
@given(sampled=samples(), share=shares, grid=grids)
def test_bounds_hold_the_value_of_the_samples(name: str, sampled: Sampled, share: float, grid: np.ndarray) -> None:
    """A recorded threshold can be had, so the value is the lower end; one between can give no more than the upper."""
    value, bounds = functions(name, share)
    low, high = bounds(binned(*sampled, grid))
    np.testing.assert_array_equal(low, value(binned(*sampled, grid)))
    expected = oracle(name, *sampled, share)
    assert np.isnan(low) or expected >= low - 1e-12
    assert np.isnan(expected) or expected <= high + 1e-12


@settings(max_examples=20)  # scikit-learn takes its time
@given(sampled=samples(), grid=grids)
def test_the_best_f1_is_that_of_its_threshold(sampled: Sampled, grid: np.ndarray) -> None:
    """Nothing recorded is better, and of equals none is nearer to 1/2."""
    truth, scores = sampled
    each = np.array([metrics.f1_score(truth, scores > threshold) for threshold in grid])
    made = binned(truth, scores, grid)
    np.testing.assert_allclose(operating.best_f1(made), each.max())
    threshold = operating.best_f1_threshold(made)
    equals = grid[each >= each.max() - 1e-12].astype(np.float64)
    assert abs(threshold - 0.5) == np.abs(equals - 0.5).min()


@given(
    values=st.lists(st.sampled_from([np.nan, 0.0, 0.25, 1.0]), min_size=3, max_size=3),
    higher_is_better=st.booleans(),
)
def test_the_best_of_any_formula(values: list[float], higher_is_better: bool) -> None:
    """The largest or the smallest value that is defined, NaN without one."""
    found, threshold = operating.best(np.array(values), np.array([0.1, 0.5, 0.8]), higher_is_better=higher_is_better)
    known = [value for value in values if not np.isnan(value)]
    expected = (max if higher_is_better else min)(known, default=np.nan)
    np.testing.assert_equal(float(found), expected)
    assert np.isnan(threshold) == np.isnan(expected)


@given(sampled=samples(), grid=grids, alerts=st.integers(0, 35))
def test_recall_of_the_highest_scores(sampled: Sampled, grid: np.ndarray, alerts: int) -> None:
    """The bounds are the best and the worst order of the bins; of samples the value is the mean over random ties."""
    truth, scores = sampled
    value, bounds = (partial(f, alerts=alerts) for f in (operating.recall_at_alerts, operating.recall_at_alerts_bounds))
    low, high = bounds(binned(truth, scores, grid))
    exact = float(value(Scores.of_samples(truth, scores)))
    home = np.searchsorted(grid, scores)
    for end, order in ((low, truth), (high, 1 - truth)):
        first = np.lexsort((order, -home))[:alerts]
        np.testing.assert_allclose(end, truth[first].sum() / truth.sum(), atol=1e-12)
    assert low - 1e-12 <= exact <= high + 1e-12
    cut = np.sort(scores)[::-1][alerts - 1] if 0 < alerts <= len(scores) else -1.0
    above, tied = scores > cut, scores == cut
    chance = truth[above].sum() + (truth[tied].mean() * (alerts - above.sum()) if tied.any() else 0)
    expected = 0 if alerts == 0 else chance / truth.sum()
    np.testing.assert_allclose(exact, expected, atol=1e-12)


def test_degenerate_scores_are_undefined() -> None:
    """Without a positive there is no recall to be had; without a sample nothing at all."""
    for truth in ([], [0, 0]):
        scores = binned(truth, [0.2, 0.7][: len(truth)], [0, 0.5, 1])
        assert np.isnan(operating.recall_at_precision(scores, 0.5))
        assert np.isnan(operating.precision_at_recall(scores, 0.5))
        assert np.isnan(operating.recall_at_alerts(scores, 1))
    assert np.isnan(operating.best_f1(scores)) == (len(truth) == 0)
