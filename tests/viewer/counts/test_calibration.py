"""Scores as probabilities: scikit-learn's figures on the samples, and bounds that hold them."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics
from sklearn.calibration import calibration_curve

from viewer.counts import calibration
from viewer.counts.scores import Scores

from .conftest import Sampled, binned, grids, samples

TENTHS = (np.arange(11) / 10).astype(np.float32)


def ece(truth: np.ndarray, scores: np.ndarray, groups: int = 10) -> float:
    """By hand: samples of a tenth together."""
    edges = (np.arange(groups + 1) / groups).astype(np.float32)
    total = 0.0
    for low, high in itertools.pairwise(edges):
        inside = (scores > low) & (scores <= high) | ((scores == 0) & (low == 0))
        total += abs(truth[inside].sum() - scores[inside].astype(np.float64).sum())
    return total / len(truth)


def clipped(scores: np.ndarray) -> np.ndarray:
    """As scikit-learn clips float32, but in float64, in which it then loses nothing."""
    eps = float(np.finfo(np.float32).eps)
    return np.clip(scores.astype(np.float64), eps, 1 - eps)


ORACLES: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "brier": lambda truth, scores: metrics.brier_score_loss(truth, scores.astype(np.float64)),
    "log_loss": lambda truth, scores: metrics.log_loss(truth, clipped(scores), labels=[0, 1]),
    "ece": ece,
}
names = pytest.mark.parametrize("name", ORACLES)


def both(name: str) -> tuple[Callable[[Scores], Any], Callable[[Scores], Any]]:
    return getattr(calibration, name), getattr(calibration, f"{name}_bounds")


@names
@given(sampled=samples(both=False))
def test_of_samples_every_value_is_the_oracles(name: str, sampled: Sampled) -> None:
    """One class alone will do."""
    value, bounds = both(name)
    scores = Scores.of_samples(*sampled)
    np.testing.assert_allclose(value(scores), ORACLES[name](*sampled), rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(bounds(scores), [value(scores)] * 2, atol=1e-12)


@names
@given(sampled=samples(both=False), grid=grids)
def test_bounds_hold_the_value_of_the_samples(name: str, sampled: Sampled, grid: np.ndarray) -> None:
    """However coarse the bins (those of `ece` are divided by tenths), and our own value."""
    value, bounds = both(name)
    scores = binned(*sampled, np.union1d(grid, TENTHS))
    low, high = bounds(scores)
    for number in (ORACLES[name](*sampled), value(scores)):
        assert low - 1e-6 <= number <= high + 1e-6


@given(sampled=samples(both=False))
def test_the_reliability_table_is_scikit_learns(sampled: Sampled) -> None:
    """Shares and mean scores of the groups that have samples; and their counts."""
    truth, scores = sampled
    scores = np.ceil(scores * 64).astype(np.float32) / 64  # exact in both, so that no edge is a matter of rounding
    table = calibration.reliability(Scores.of_samples(truth, scores), groups=8)
    observed, predicted = calibration_curve(truth, scores.astype(np.float64), n_bins=8)
    filled = table.counts > 0
    np.testing.assert_allclose(table.observed[filled], observed, atol=1e-12)
    np.testing.assert_allclose(table.predicted[filled], predicted, atol=1e-12)
    assert table.counts.sum() == len(truth)
    assert np.isnan(table.observed[~filled]).all()


@given(sampled=samples(both=False), grid=grids)
def test_mean_scores_of_groups_lie_between_their_ends(sampled: Sampled, grid: np.ndarray) -> None:
    """What binning leaves open is told."""
    truth, scores = sampled
    exact = calibration.reliability(Scores.of_samples(truth, scores))
    table = calibration.reliability(binned(truth, scores, np.union1d(grid, TENTHS)))
    np.testing.assert_array_equal(table.counts, exact.counts)
    filled = table.counts > 0
    for mean in (exact.predicted, table.predicted):
        assert (table.low[filled] - 1e-9 <= mean[filled]).all()
        assert (mean[filled] <= table.high[filled] + 1e-9).all()


@names
def test_nothing_is_undefined(name: str) -> None:
    """NaN without a sample."""
    value, bounds = both(name)
    scores = binned([], [], TENTHS)
    assert np.isnan([value(scores), *bounds(scores)]).all()


@names
def test_leading_axes_are_taken_one_by_one(name: str) -> None:
    """Classes and epochs at once give what each gives alone."""
    value, bounds = both(name)
    histogram = np.random.default_rng(3).integers(0, 9, (2, 5, 2, 12))
    alone = [[Scores.of_histogram(part, TENTHS) for part in row] for row in histogram]
    whole = Scores.of_histogram(histogram, TENTHS)
    np.testing.assert_allclose(value(whole), [[value(part) for part in row] for row in alone], rtol=1e-12)
    ends = np.moveaxis([[bounds(part) for part in row] for row in alone], -1, 0)
    np.testing.assert_allclose(bounds(whole), ends, rtol=1e-12)


@pytest.mark.parametrize("groups", [0, -1, 2.5])
def test_groups_are_counted(groups: Any) -> None:
    """The rule, then what came."""
    with pytest.raises(ValueError, match=rf"^groups must be a whole number from 1. Received: {groups}$"):
        calibration.reliability(binned([0], [0.5], TENTHS), groups)


@given(st.integers(1, 30))
def test_a_perfect_forecast_is_calibrated(groups: int) -> None:
    """Of scores 0 and 1 that are right, every figure is 0, log loss but for its clipping."""
    scores = Scores.of_samples([0, 0, 1], [0.0, 0.0, 1.0])
    assert calibration.ece(scores, groups) == 0
    assert calibration.brier(scores) == 0
    np.testing.assert_allclose(calibration.log_loss(scores), 0, atol=2e-7)
