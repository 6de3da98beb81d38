"""Points of the ROC curve against scikit-learn's, and their bounds."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from viewer.counts import error_rates, operating
from viewer.counts.scores import Scores

from .conftest import Sampled, binned, grids, samples

shares = st.sampled_from([0.0, 0.1, 0.5, 2 / 3, 0.9, 1.0])


def roc(truth: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    fpr, tpr, _ = metrics.roc_curve(truth, scores, drop_intermediate=False)
    return fpr, tpr


def crossing(truth: np.ndarray, scores: np.ndarray) -> float:
    """Where scikit-learn's curve meets the line from (0, 1) to (1, 0), segment by segment."""
    for (fpr, tpr), (later, higher) in pairwise(zip(*roc(truth, scores), strict=True)):
        before, after = fpr + tpr - 1, later + higher - 1
        if before <= 0 <= after and after > before:
            return float(fpr + (later - fpr) * -before / (after - before))
    raise AssertionError("it goes from (0, 0) to (1, 1)")


def both(truth: np.ndarray) -> bool:
    return 0 < truth.sum() < len(truth)


@given(sampled=samples(both=False), recall=shares)
def test_of_samples_every_value_is_scikit_learns(sampled: Sampled, recall: float) -> None:
    """The false positive rate at a recall, and the equal error rate; NaN where there is one class alone."""
    scores = Scores.of_samples(*sampled)
    if not both(sampled[0]):
        assert np.isnan([error_rates.fpr_at_tpr(scores, recall), error_rates.equal_error_rate(scores)]).all()
        return
    fpr, tpr = roc(*sampled)
    np.testing.assert_allclose(error_rates.fpr_at_tpr(scores, recall), fpr[tpr >= recall].min(), atol=1e-12)
    np.testing.assert_allclose(error_rates.equal_error_rate(scores), crossing(*sampled), atol=1e-12)


@pytest.mark.parametrize("label", [0, 1])
def test_of_one_class_alone_there_is_no_equal_error_rate(label: int) -> None:
    """Without positives, as without negatives, it is NaN, of samples and of bins: it was 1, in macro averages too."""
    sampled = np.full(3, label), np.array([0.1, 0.4, 0.9], np.float32)
    coarse = binned(*sampled, np.array([0.0, 0.5, 1.0], np.float32))
    for scores in (Scores.of_samples(*sampled), coarse):
        assert np.isnan([error_rates.equal_error_rate(scores), *error_rates.equal_error_rate_bounds(scores)]).all()


@given(sampled=samples(both=False), recall=shares, share=st.sampled_from([0.1, 0.3, 0.5, 1.0]), grid=grids)
def test_bounds_hold_the_value_of_the_samples(sampled: Sampled, recall: float, share: float, grid: np.ndarray) -> None:
    """What bins leave open has the exact value between its ends, and the ends in their order."""
    exact, coarse = Scores.of_samples(*sampled), binned(*sampled, grid)
    pairs = [
        (error_rates.fpr_at_tpr(exact, recall), error_rates.fpr_at_tpr_bounds(coarse, recall)),
        (error_rates.equal_error_rate(exact), error_rates.equal_error_rate_bounds(coarse)),
        (operating.gain(exact, share), operating.gain_bounds(coarse, share)),
    ]
    for value, (low, high) in pairs:
        assert np.isnan(value) == np.isnan(low) == np.isnan(high)
        assert np.isnan(value) or low - 1e-12 <= value <= high + 1e-12


@given(sampled=samples(), share=st.sampled_from([0.1, 0.25, 0.5, 1.0]))
def test_gain_is_the_mean_over_orders_of_ties(sampled: Sampled, share: float) -> None:
    """Of so many samples from the top, those that are positive, the last group of equal scores in proportion."""
    truth, scores = sampled
    room, found = share * len(truth), 0.0
    for score in np.unique(scores)[::-1]:
        group = truth[scores == score]
        found += group.sum() * min(room / len(group), 1)
        room = max(room - len(group), 0)
    expected = found / truth.sum() if truth.sum() else np.nan
    np.testing.assert_allclose(operating.gain(Scores.of_samples(truth, scores), share), expected, atol=1e-12)


@given(several=st.lists(samples(), min_size=1, max_size=4), recall=shares, grid=grids)
def test_rows_are_taken_each_by_itself(several: list[Sampled], recall: float, grid: np.ndarray) -> None:
    """Epochs or classes at once give what each alone gives; one class alone in one of them spoils no other."""
    each = [binned(*sampled, grid) for sampled in several]
    whole = replace(each[0], histogram=np.stack([one.histogram for one in each]))
    for ends in (lambda scores: error_rates.fpr_at_tpr_bounds(scores, recall), error_rates.equal_error_rate_bounds):
        np.testing.assert_array_equal(ends(whole), np.transpose([ends(one) for one in each]))


def test_what_is_no_share_is_refused() -> None:
    """The rule, then what came."""
    scores = Scores.of_samples([0, 1], [0.2, 0.4])
    with pytest.raises(ValueError, match=r"^recall must be in \[0, 1\]\. Received: 1\.5$"):
        error_rates.fpr_at_tpr(scores, 1.5)
    with pytest.raises(ValueError, match=r"^share must be in \(0, 1\]\. Received: 0$"):
        operating.gain(scores, 0)
