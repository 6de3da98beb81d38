"""Precision-recall and ROC curves: scikit-learn's decisions at every threshold."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from sklearn import metrics

from viewer.frame import Framer
from viewer.panels.pr_roc.numbers import precision_recall, roc

Make = Callable[..., Framer]
GRID = np.float32(np.arange(21) / 20)


def sampled(rng: np.random.Generator, samples: int = 70) -> tuple[np.ndarray, np.ndarray]:
    """Labels, and scores that know something of them."""
    truth = rng.random(samples) < 0.4
    return truth, np.clip(rng.random(samples) * 0.7 + 0.3 * truth, 0, 1).astype(np.float32)


def binned_by(grid: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """As they are drawn."""
    return np.searchsorted(grid, scores)


def test_points_areas_and_the_decision_are_those_of_the_samples(make_framer: Make, rng: np.random.Generator) -> None:
    """Every threshold is a point, the operating point is the decision's, and the area that of every score."""
    truth, scores = sampled(rng)
    framer = make_framer([(truth, scores)], thresholds=GRID)
    framer.turn(threshold=0.45)
    pr, fall_out = precision_recall(framer.frame()), roc(framer.frame())
    assert pr is not None
    assert fall_out is not None
    for edge in GRID[1:-3]:
        called = scores > edge
        recall, precision = metrics.recall_score(truth, called), metrics.precision_score(truth, called)
        assert pr.curves[0].at(edge) == pytest.approx((recall, precision))
        assert fall_out.curves[0].at(edge) == pytest.approx((1 - metrics.recall_score(~truth, ~called), recall))
    assert pr.decision == "threshold 0.450"
    assert pr.marks[0] == pr.curves[0].at(0.45)
    x, y = pr.curves[0].line
    assert np.sum(np.diff(x) * y[1:]) == pytest.approx(metrics.average_precision_score(truth, binned_by(GRID, scores)))
    assert pr.curves[0].area == pytest.approx(metrics.average_precision_score(truth, scores))
    assert fall_out.curves[0].area == pytest.approx(metrics.roc_auc_score(truth, scores))
    assert fall_out.curves[0].bounds == pytest.approx((fall_out.curves[0].area,) * 2)
    assert pr.curves[0].baseline == pytest.approx(truth.mean())


def test_a_click_finds_the_nearest_threshold(make_framer: Make, rng: np.random.Generator) -> None:
    """Of the place of a threshold, that threshold."""
    shown = roc(make_framer([sampled(rng)], thresholds=GRID).frame())
    curve = shown.curves[0]
    found = curve.nearest(*curve.at(0.6))
    assert curve.at(found) == curve.at(0.6)


def test_ghosts_are_the_lines_of_earlier_epochs(make_framer: Make, rng: np.random.Generator) -> None:
    """Of 8 and 20 epochs before the cursor's, as they were then."""
    framer = make_framer([sampled(rng) for _ in range(22)], thresholds=GRID)
    shown = precision_recall(framer.frame(21))
    assert [ago for ago, _ in shown.ghosts] == [20, 8]
    for ago, line in shown.ghosts:
        np.testing.assert_array_equal(line, precision_recall(framer.frame(21 - ago)).curves[0].line)
    assert precision_recall(framer.frame(7)).ghosts == ()


def test_argmax_is_marked_where_its_own_counts_are(make_framer: Make, rng: np.random.Generator) -> None:
    """Beside the curves, which are of thresholds: the recall and precision of scikit-learn for the argmax."""
    truth, scores = rng.integers(0, 3, 60), rng.dirichlet(np.ones(3), 60).astype(np.float32)
    framer = make_framer([(truth, scores)])
    called, labels = scores.argmax(axis=1), [0, 1, 2]
    recall = metrics.recall_score(truth, called, average=None, labels=labels)
    precision = metrics.precision_score(truth, called, average=None, labels=labels)
    shown = precision_recall(framer.frame())
    np.testing.assert_allclose(shown.marks, np.column_stack([recall, precision]))
    assert (shown.decision, [curve.style for curve in shown.curves], shown.subject) == ("argmax", [0, 1, 2], "")
    framer.turn(label=1)
    shown = precision_recall(framer.frame())
    np.testing.assert_allclose(shown.marks, [(recall[1], precision[1])])
    assert (shown.subject, len(shown.curves)) == ("1", 1)


def test_many_classes_are_one_pooled_curve(make_framer: Make, rng: np.random.Generator) -> None:
    """The micro-average: every score of every class is one decision."""
    truth, scores = rng.integers(0, 10, 40), rng.dirichlet(np.ones(10), 40).astype(np.float32)
    shown = roc(make_framer([(truth, scores)], thresholds=GRID).frame())
    one_hot = np.eye(10, dtype=bool)[truth].ravel()
    assert shown.curves[0].area == pytest.approx(metrics.roc_auc_score(one_hot, scores.ravel()))
    assert shown.subject == "10 classes pooled"
    assert shown.marks[0][1] == pytest.approx(metrics.accuracy_score(truth, scores.argmax(axis=1)))


def test_another_prevalence_moves_precision_and_its_baseline_only(make_framer: Make, rng: np.random.Generator) -> None:
    """The ROC curve is the same."""
    framer = make_framer([sampled(rng)], thresholds=GRID)
    before = roc(framer.frame()).curves[0]
    framer.turn(prevalence=0.01)
    after, pr = roc(framer.frame()).curves[0], precision_recall(framer.frame()).curves[0]
    np.testing.assert_allclose(after.y, before.y)
    assert pr.baseline == pytest.approx(0.01)
    recall, fpr = after.at(0.5)[::-1]
    assert pr.at(0.5)[1] == pytest.approx(0.01 * recall / (0.01 * recall + 0.99 * fpr))


@pytest.mark.parametrize("truth", [[0, 0, 0], [1, 1, 1]])
def test_a_class_that_does_not_occur_has_no_roc_curve(make_framer: Make, truth: list[int]) -> None:
    """Undefined is not drawn."""
    assert roc(make_framer([(truth, [0.1, 0.4, 0.8])]).frame()) is None


def test_with_an_edge_at_every_score_nothing_is_lost(make_framer: Make, rng: np.random.Generator) -> None:
    """The area from bins is then the samples' average precision, ties or not."""
    truth, scores = sampled(rng, 30)
    shown = precision_recall(make_framer([(truth, scores)], thresholds=np.unique(np.append(scores, [0, 1]))).frame())
    assert shown.curves[0].area == pytest.approx(metrics.average_precision_score(truth, scores))
