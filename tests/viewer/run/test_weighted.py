"""Formulas of sample weights: scikit-learn's, and bands that hold the truth as often as they say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

import viewer
from recorder import RunWriter
from viewer.formulas import FormulaError

EDGES = np.linspace(0, 1, 41, dtype=np.float32)
SCORES = {
    "precision": metrics.precision_score,
    "recall": metrics.recall_score,
    "f1": metrics.f1_score,
    "mcc": metrics.matthews_corrcoef,
    "accuracy": metrics.accuracy_score,
}


def record(root: Path, epochs: Any, **options: Any) -> viewer.Run:
    """A run of these (y_true, y_score, weights) of validation."""
    with RunWriter(root, thresholds=EDGES, max_samples=0, **options) as run:
        for number, arrays in enumerate(epochs):
            run.epoch(number, val=arrays)
    return viewer.open_run(run.folder)


def drawn(seed: int, *shape: int) -> tuple[np.ndarray, np.ndarray]:
    """Random scores, and weights that differ by a factor of a hundred."""
    rng = np.random.default_rng(seed)
    return rng.random(shape, np.float32), 10 ** rng.uniform(-1, 1, shape[0])


@settings(max_examples=15)
@given(seed=st.integers(0, 2**32 - 1), edge=st.integers(4, 36))
def test_weighted_formulas_are_scikit_learns(tmp_path_factory: pytest.TempPathFactory, seed: int, edge: int) -> None:
    """With `sample_weight`, at a recorded threshold; an epoch without weights is a gap."""
    score, weight = drawn(seed, 60)
    truth = (np.arange(60) % 3 == 0).astype(int)
    run = record(tmp_path_factory.mktemp("runs"), [(truth, score, weight), (truth, score)])
    for name, reference in SCORES.items():
        found = run.metric(name, threshold=float(EDGES[edge]), weights=True)
        np.testing.assert_allclose(found[0], reference(truth, score > EDGES[edge], sample_weight=weight), rtol=1e-6)
        assert np.isnan(found[1])


def test_each_label_has_the_weights_of_the_samples(tmp_path: Path) -> None:
    """Averages and single labels, as scikit-learn weighs the samples."""
    score, weight = drawn(3, 80, 3)
    truth = np.random.default_rng(4).integers(0, 2, (80, 3))
    run = record(tmp_path, [(truth, score, weight)], kind="multilabel")
    for average in ("macro", "micro"):
        expected = metrics.recall_score(truth, score > 0.5, average=average, sample_weight=weight)
        np.testing.assert_allclose(run.metric(f"recall@{average}", weights=True)[0], expected, rtol=1e-6)
    second = metrics.precision_score(truth[:, 1], score[:, 1] > 0.5, sample_weight=weight)
    np.testing.assert_allclose(run.metric("precision@1", weights=True)[0], second, rtol=1e-6)


def test_equal_weights_change_nothing_but_unequal_ones_widen_the_band(tmp_path: Path) -> None:
    """Weights of 1 have the band of the counts; the same counts with unequal weights a wider one."""
    score, _ = drawn(5, 400)
    truth = np.arange(400) % 4 == 0
    unequal = np.where(np.arange(400) % 5 == 0, 9.0, 0.1)
    run = record(tmp_path, [(truth, score, np.ones(400)), (truth, score, unequal)])
    plain, weighted = run.metric("accuracy", band=0.9), run.metric("accuracy", band=0.9, weights=True)
    np.testing.assert_allclose(weighted.loc[0], plain.loc[0], rtol=1e-6)
    width = weighted["high"] - weighted["low"]
    assert width[1] > 1.8 * width[0]  # 80 of 400 samples hold nearly all weight: some sqrt(5)


def test_a_band_of_weights_holds_the_truth_as_often_as_it_says(tmp_path: Path) -> None:
    """600 validation sets whose weights know nothing of the outcome: 90% bands hold the true recall 86% to 94%."""
    rng = np.random.default_rng(8)
    epochs = []
    for _ in range(600):
        truth = rng.random(300) < 0.4
        found = rng.random(300) < np.where(truth, 0.7, 0.2)
        epochs.append((truth, np.where(found, 0.9, 0.1), rng.gamma(1.0, size=300)))
    band = record(tmp_path, epochs).metric("recall", band=0.9, weights=True)
    held = ((band["low"] <= 0.7) & (band["high"] >= 0.7)).mean()
    assert 0.86 <= held <= 0.94


@pytest.mark.parametrize(
    ("question", "options", "sentence"),
    [
        ("roc_auc", {}, "weights are for formulas of tp, fp, tn and fn. Received: 'roc_auc'"),
        ("recall", {"split": "night"}, "sample weights must have been recorded .* Received: 'night' without"),
    ],
)
def test_what_weights_cannot_answer_is_said(tmp_path: Path, question: str, options: Any, sentence: str) -> None:
    """Which formulas they are for, and where there are none."""
    score, weight = drawn(6, 30)
    with RunWriter(tmp_path, thresholds=EDGES) as writer:
        writer.epoch(0, val=(np.arange(30) % 2, score, weight), night=(np.arange(30) % 2, score))
    with pytest.raises(FormulaError, match=sentence):
        viewer.open_run(writer.folder).metric(question, weights=True, **options)


def test_several_classes_need_a_threshold(tmp_path: Path) -> None:
    """Weights are summed over thresholds; at one, each class against the rest is scikit-learn's."""
    score, weight = drawn(7, 90, 3)
    score /= score.sum(axis=1, keepdims=True)
    truth = np.arange(90) % 3
    run = record(tmp_path, [(truth, score, weight)])
    with pytest.raises(FormulaError, match="need a threshold, as argmax has none"):
        run.metric("recall", weights=True)
    expected = metrics.recall_score(truth == 2, score[:, 2] > 0.4, sample_weight=weight)
    at = float(EDGES[16])
    np.testing.assert_allclose(run.metric("recall@2", threshold=at, weights=True)[0], expected, rtol=1e-6)
