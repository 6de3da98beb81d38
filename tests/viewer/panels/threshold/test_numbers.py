"""Formulas against the threshold: scikit-learn at every recorded threshold."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from sklearn import metrics

from viewer.formulas import parse_spec
from viewer.frame import Framer
from viewer.panels.threshold.numbers import against_threshold

Make = Callable[..., Framer]
GRID = np.float32([0, 0.05, 0.2, 0.35, 0.5, 0.6, 0.85, 1])


def test_every_threshold_is_what_scikit_learn_makes_of_the_decisions(
    make_framer: Make, rng: np.random.Generator
) -> None:
    """Score > threshold in float32, at the cursor's epoch."""
    truth = rng.random(60) < 0.4
    scores = [rng.random(60).astype(np.float32) for _ in range(2)]
    frame = make_framer([(truth, each) for each in scores], thresholds=GRID).frame(1)
    shown = against_threshold(frame, ["recall", "f1", "mcc"])
    assert shown is not None
    assert not shown.faults
    for curve, oracle in zip(
        shown.curves, (metrics.recall_score, metrics.f1_score, metrics.matthews_corrcoef), strict=True
    ):
        expected = [oracle(truth, scores[1] > edge) for edge in GRID]
        defined = np.isfinite(curve.values)
        np.testing.assert_allclose(curve.values[defined], np.array(expected)[defined], atol=1e-12)
        assert defined[:-1].all() or curve.label == "MCC"


def test_the_best_threshold_is_the_one_of_equals_that_moves_least(make_framer: Make) -> None:
    """Recall is 1 at three thresholds, and the highest of them is nearest to the decision."""
    framer = make_framer([([0, 1, 1], [0.1, 0.4, 0.9])], thresholds=GRID)
    recall, f1 = against_threshold(framer.frame(), ["recall", "f1"]).curves
    assert recall.best == (float(GRID[3]), 1.0)
    assert f1.best == (float(GRID[3]), 1.0)


def test_what_is_the_same_everywhere_or_good_at_neither_end_has_no_best(make_framer: Make) -> None:
    """No star tells nothing."""
    framer = make_framer([([0, 0, 0], [0.1, 0.4, 0.9])], thresholds=GRID)
    shown = against_threshold(framer.frame(), ["precision", "prevalence", "predicted_positive_rate"])
    assert [curve.best for curve in shown.curves] == [None, None, None]


def test_a_threshold_of_its_own_is_taken_off_a_formula_and_its_colour_stays(make_framer: Make) -> None:
    """`f1@0.3` moves here like `f1`; a metric that does not follow is left out, and named it is a fault."""
    framer = make_framer([([0, 1], [0.2, 0.7])], thresholds=GRID)
    framer.turn(metrics=tuple(map(parse_spec, ("loss", "f1@0.35", "recall"))))
    shown = against_threshold(framer.frame())
    assert [(curve.label, curve.style) for curve in shown.curves] == [("F1", 1), ("recall", 2)]
    shown = against_threshold(framer.frame(), ["loss", "f1", "nonsense"])
    assert [curve.label for curve in shown.curves] == ["F1"]
    assert shown.faults[0] == "a formula must follow the threshold: use tp, fp, tn or fn. Received: 'loss'"
    assert "nonsense" in shown.faults[1]


def test_of_the_class_in_view(make_framer: Make, rng: np.random.Generator) -> None:
    """One against the rest, where a class is in view; the mean of all else."""
    truth, scores = rng.integers(0, 3, 40), rng.dirichlet(np.ones(3), 40).astype(np.float32)
    framer = make_framer([(truth, scores)], thresholds=GRID, class_names=["cat", "dog", "owl"])
    each = np.array([[metrics.recall_score(truth == k, scores[:, k] > edge) for edge in GRID] for k in range(3)])
    shown = against_threshold(framer.frame(), ["recall"])
    np.testing.assert_allclose(shown.curves[0].values, each.mean(axis=0))
    assert shown.scope == "one vs rest"
    framer.turn(label=2)
    shown = against_threshold(framer.frame(), ["recall"])
    np.testing.assert_allclose(shown.curves[0].values, each[2])
    assert shown.scope == "owl"


def test_another_prevalence_is_another_precision(make_framer: Make, rng: np.random.Generator) -> None:
    """Bayes' rule from recall and false positive rate."""
    truth, scores = rng.random(50) < 0.5, rng.random(50).astype(np.float32)
    framer = make_framer([(truth, scores)], thresholds=GRID)
    framer.turn(prevalence=0.1)
    shown = against_threshold(framer.frame(), ["recall", "fpr", "precision"])
    recall, fpr, precision = (curve.values[:-1] for curve in shown.curves)  # at 1 nothing is positive
    np.testing.assert_allclose(precision, 0.1 * recall / (0.1 * recall + 0.9 * fpr))


@pytest.mark.parametrize("thresholds", [[0.5], [0.2, 0.5]])
def test_one_or_two_thresholds_are_no_curve(make_framer: Make, thresholds: list[float]) -> None:
    """Nothing is drawn through two points."""
    assert against_threshold(make_framer([([0, 1], [0.2, 0.7])], thresholds=thresholds).frame()) is None
