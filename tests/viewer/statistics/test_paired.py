"""Cells of truth x A x B: they say all that the samples say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, confusion_matrix, multilabel_confusion_matrix, roc_auc_score

from recorder.runfile import KINDS
from viewer.counts.curves import average_precision
from viewer.formulas import evaluate, parse_spec
from viewer.statistics.paired import Cells, Scheme, ScoreScheme, cells_of, totals

BINARY = Scheme(kind=KINDS["binary"], classes=("no", "yes"), argmax=False)
seeds = st.integers(0, 10_000)


def pair(scheme: Scheme, truth: Any, a: Any, b: Any) -> Cells:
    return cells_of(scheme.outcome(truth, a), scheme.outcome(truth, b), scheme.outcomes)


@given(seed=seeds, n=st.integers(0, 60))
def test_eight_cells_hold_both_confusion_matrices(seed: int, n: int) -> None:
    """Of two classes the totals of either run are scikit-learn's confusion matrix of it."""
    truth, a, b = np.random.default_rng(seed).integers(0, 2, (3, n, 1))
    cells = pair(BINARY, truth, a, b)
    assert len(cells.counts) == 8
    assert cells.complete
    assert cells.samples == n
    for total, decided in zip(cells.totals(), (a, b), strict=True):
        expected = confusion_matrix(truth[:, 0], decided[:, 0], labels=[0, 1]) if n else np.zeros((2, 2))
        np.testing.assert_array_equal(total[0].reshape(2, 2), expected)


@given(seed=seeds, n=st.integers(1, 60), k=st.integers(3, 6))
def test_cells_of_several_classes_hold_both_matrices(seed: int, n: int, k: int) -> None:
    """Where argmax decides, the totals of either run are its K x K matrix."""
    truth, a, b = np.random.default_rng(seed).integers(0, k, (3, n))
    scheme = Scheme(kind=KINDS["multiclass"], classes=tuple(map(str, range(k))), argmax=True)
    for total, decided in zip(pair(scheme, truth, a, b).totals(), (a, b), strict=True):
        inputs = scheme.inputs(total, {})
        np.testing.assert_array_equal(inputs.matrix[0], confusion_matrix(truth, decided, labels=range(k)))


@given(seed=seeds, n=st.integers(1, 40), labels=st.integers(1, 5))
def test_cells_of_labels_hold_the_counts_of_each(seed: int, n: int, labels: int) -> None:
    """Where each label is decided on its own, the totals are scikit-learn's counts of each."""
    truth, a, b = np.random.default_rng(seed).integers(0, 2, (3, n, labels))
    scheme = Scheme(kind=KINDS["multilabel"], classes=tuple(map(str, range(labels))), argmax=False)
    for total, decided in zip(pair(scheme, truth, a, b).totals(), (a, b), strict=True):
        inputs = scheme.inputs(total, {})
        for label in range(labels):
            (tn, fp), (fn, tp) = confusion_matrix(truth[:, label], decided[:, label], labels=[0, 1])
            assert [inputs.tp[label, 0], inputs.fp[label, 0], inputs.tn[label, 0], inputs.fn[label, 0]] == [
                tp,
                fp,
                tn,
                fn,
            ]
        if labels > 1:
            expected = multilabel_confusion_matrix(truth, decided)
            np.testing.assert_array_equal(np.stack([inputs.fn, inputs.tp])[:, :, 0], expected[:, 1].T)


@given(seed=seeds)
def test_drawn_samples_and_weighted_cells_have_the_same_totals(seed: int) -> None:
    """Samples drawn one by one, and the cells that they fell into counted as often, give the same totals."""
    rng = np.random.default_rng(seed)
    truth, a, b = rng.integers(0, 3, (3, 30))
    scheme = Scheme(kind=KINDS["multiclass"], classes=("x", "y", "z"), argmax=True)
    cells, drawn = pair(scheme, truth, a, b), rng.integers(0, 30, 50)
    rows = np.hstack([scheme.outcome(truth, a), scheme.outcome(truth, b)])
    of_sample = [int(np.flatnonzero((np.hstack([cells.a, cells.b]) == row).all(axis=1))[0]) for row in rows]
    weights = np.bincount(np.array(of_sample)[drawn], minlength=len(cells.counts))[None]
    expected = pair(scheme, truth[drawn], a[drawn], b[drawn])
    for outcome, total in zip((cells.a, cells.b), expected.totals(), strict=True):
        np.testing.assert_array_equal(totals(weights, outcome, cells.outcomes), total)


def test_a_formula_takes_totals_of_many_draws_at_once() -> None:
    """One vectorised call over draws is what one call each gives."""
    draws = np.random.default_rng(0).integers(0, 50, (20, 4))
    together = evaluate(parse_spec("mcc"), BINARY.inputs(draws, {}))
    alone = [evaluate(parse_spec("mcc"), BINARY.inputs(draw[None], {}))[0] for draw in draws]
    np.testing.assert_array_equal(together, alone)


@pytest.mark.campaign
@given(seed=seeds, n=st.integers(4, 60), k=st.integers(1, 3))
def test_cells_of_scores_hold_both_distributions(seed: int, n: int, k: int) -> None:
    """Of scores that lie on bin edges the areas of either run and class are those of scikit-learn."""
    rng, grid = np.random.default_rng(seed), np.linspace(0, 1, 9).astype(np.float32)
    scheme = ScoreScheme(kind=KINDS["multilabel"], classes=tuple(map(str, range(k))), thresholds=grid)
    truth, scores = rng.integers(0, 2, (n, k)), rng.choice(grid, (2, n, k))
    truth[:2] = [[0], [1]]
    cells = cells_of(scheme.outcome(truth, scores[0]), scheme.outcome(truth, scores[1]), scheme.outcomes)
    assert cells.samples == n
    for total, score in zip(cells.totals(), scores, strict=True):
        for label in range(k):
            inputs = scheme.inputs(total, {})
            found = evaluate(parse_spec(f"roc_auc@{label}"), inputs)
            np.testing.assert_allclose(found[0], roc_auc_score(truth[:, label], score[:, label]))
            assert inputs.scores is not None
            tied = average_precision(inputs.scores)[label]  # as these scores do on their edges; a bin does not say so
            np.testing.assert_allclose(tied[0], average_precision_score(truth[:, label], score[:, label]))
