"""The reliability diagram: shares counted by hand, intervals from SciPy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn import metrics

from viewer.frame import Framer
from viewer.panels.calibration.numbers import GROUPS, LEVEL, calibration, wilson

Make = Callable[..., Framer]


def test_groups_are_those_of_the_samples(make_framer: Make, rng: np.random.Generator) -> None:
    """Counts, shares and mean scores by tenths; the mean lies where the bins allow."""
    scores = (rng.random(300) ** 2).astype(np.float32)
    truth = rng.random(300) < scores
    shown = calibration(make_framer([(truth, scores)]).frame())
    diagram = shown.diagrams[0]
    group = np.searchsorted(np.float32(np.arange(1, GROUPS) / GROUPS), scores)
    counts = np.bincount(group, minlength=GROUPS)
    np.testing.assert_array_equal(shown.counts, counts)
    there = np.unique(group)
    np.testing.assert_allclose(diagram.observed, [truth[group == g].mean() for g in there])
    means = np.array([scores[group == g].mean() for g in there])
    assert ((diagram.reach[0] <= means) & (means <= diagram.reach[1])).all()
    np.testing.assert_allclose(diagram.predicted, means, atol=0.01)
    assert diagram.brier == pytest.approx(metrics.brier_score_loss(truth, scores), rel=1e-6)
    assert diagram.ece == pytest.approx(np.abs(diagram.observed - means) @ counts[there] / 300, rel=1e-6)


@given(n=st.integers(1, 500), share=st.floats(0, 1))
def test_the_interval_is_wilsons(n: int, share: float) -> None:
    """As SciPy has it."""
    k = round(n * share)
    low, high = wilson(np.array(k / n), np.array(n), LEVEL)
    expected = binomtest(k, n).proportion_ci(LEVEL, method="wilson")
    np.testing.assert_allclose([low, high], [expected.low, expected.high], atol=1e-9)


def test_groups_without_samples_are_left_out_but_counted_as_none(make_framer: Make) -> None:
    """A gap, and no point at 0."""
    shown = calibration(make_framer([([0, 1], [0.05, 0.95])]).frame())
    np.testing.assert_array_equal(shown.diagrams[0].observed, [0, 1])
    assert shown.counts.tolist() == [1, 0, 0, 0, 0, 0, 0, 0, 0, 1]


def test_classes_each_pooled_or_one_in_view(make_framer: Make, rng: np.random.Generator) -> None:
    """A diagram a class up to eight; counts are of all that is shown."""
    pair = rng.integers(0, 3, 40), rng.dirichlet(np.ones(3), 40).astype(np.float32)
    framer = make_framer([pair], class_names=["cat", "dog", "owl"])
    shown = calibration(framer.frame())
    assert [diagram.name for diagram in shown.diagrams] == ["cat", "dog", "owl"]
    assert shown.counts.sum() == 3 * 40
    framer.turn(label=1)
    shown = calibration(framer.frame())
    assert (shown.subject, shown.counts.sum()) == ("dog", 40)
    many = rng.integers(0, 9, 40), rng.dirichlet(np.ones(9), 40).astype(np.float32)
    assert calibration(make_framer([many]).frame()).subject == "9 classes pooled"


def test_another_prevalence_has_no_interval(make_framer: Make) -> None:
    """Samples that were not seen say nothing of how sure one is."""
    framer = make_framer([([0, 1, 1], [0.2, 0.25, 0.7])])
    framer.turn(prevalence=0.1)
    assert calibration(framer.frame()).diagrams[0].interval is None


@pytest.mark.parametrize(("classes", "label"), [(1, None), (3, 2), (9, None)])
def test_over_epochs_it_is_the_same_measure(
    make_framer: Make, rng: np.random.Generator, classes: int, label: int | None
) -> None:
    """At the cursor the history has what the title has: of the positive class, the one in view, or all pooled."""
    scores = [rng.random(40) if classes == 1 else rng.dirichlet(np.ones(classes), 40) for _ in range(3)]
    framer = make_framer([(rng.integers(0, max(classes, 2), 40), each) for each in scores])
    framer.turn(label=label)
    shown = calibration(framer.frame(1))
    (diagram,) = shown.diagrams
    assert [each.now for each in shown.history] == pytest.approx([diagram.ece, diagram.brier])
    assert [each.values[2] for each in shown.history] == [each.now for each in calibration(framer.frame(2)).history]
