"""Counts as if positives were rarer."""

from __future__ import annotations

import doctest

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from viewer.counts import curves, prevalence
from viewer.counts.prevalence import at_prevalence, histogram_at_prevalence
from viewer.counts.scores import Scores

from .conftest import Sampled, binned, grids, samples

counts = st.integers(1, 2**40)
shares = st.floats(1e-6, 1 - 1e-6)


@given(tp=counts, fp=counts, tn=counts, fn=counts, share=shares)
def test_rates_within_the_classes_stay_and_the_mixture_moves(tp: int, fp: int, tn: int, fn: int, share: float) -> None:
    """Recall and false positive rate are held, the prevalence is the one asked for, and precision is Bayes's."""
    found = at_prevalence(tp, fp, tn, fn, share)
    recall, fpr = tp / (tp + fn), fp / (fp + tn)
    np.testing.assert_allclose(found[0] / (found[0] + found[3]), recall)
    np.testing.assert_allclose(found[1] / (found[1] + found[2]), fpr)
    np.testing.assert_allclose((found[0] + found[3]) / sum(found), share)
    np.testing.assert_allclose(sum(found), tp + fp + tn + fn)
    bayes = recall * share / (recall * share + fpr * (1 - share))
    np.testing.assert_allclose(found[0] / (found[0] + found[1]), bayes)


@given(sampled=samples(), grid=grids, share=shares)
def test_histograms_follow_as_weighted_samples_do(sampled: Sampled, grid: np.ndarray, share: float) -> None:
    """Average precision is scikit-learn's of samples weighted to that prevalence; the area under ROC stays."""
    truth, _ = sampled
    scores = binned(*sampled, grid)
    found = Scores(histogram_at_prevalence(scores.histogram, share), scores.low, scores.high)
    weight = np.where(truth == 1, share / truth.mean(), (1 - share) / (1 - truth.mean()))
    place = np.searchsorted(grid, sampled[1])
    expected = metrics.average_precision_score(truth, place, sample_weight=weight)
    np.testing.assert_allclose(curves.average_precision(found), expected, rtol=1e-6)
    np.testing.assert_allclose(curves.roc_auc(found), curves.roc_auc(scores), rtol=1e-6)
    exact = Scores.of_samples(*sampled)
    weighted = Scores(histogram_at_prevalence(exact.histogram, share), exact.low, exact.high)
    low, high = curves.average_precision_bounds(found)
    assert low - 1e-9 <= curves.average_precision(weighted) <= high + 1e-9


def test_a_class_without_samples_stays_unknown() -> None:
    """Nobody knows how positives would score that were never seen: NaN, not 0."""
    tp, fp, tn, fn = at_prevalence([0, 3], [1, 1], [9, 0], [0, 2], 0.5)
    assert np.isnan([tp[0], fn[0]]).all()
    np.testing.assert_allclose([fp[0], tn[0], tp[1], fn[1]], [0.5, 4.5, 1.8, 1.2])
    assert np.isnan(histogram_at_prevalence(np.array([[1, 2], [0, 0]]), 0.5)[1]).all()


@pytest.mark.parametrize("share", [0, 1, -0.1, 1.7, float("nan")])
def test_prevalence_is_a_share(share: float) -> None:
    """The rule, then what came."""
    with pytest.raises(ValueError, match=rf"^prevalence must be in \(0, 1\). Received: {share}$"):
        at_prevalence(1, 1, 1, 1, share)


def test_the_example_is_right() -> None:
    """What the docstring shows is what comes out."""
    assert doctest.testmod(prevalence).failed == 0
