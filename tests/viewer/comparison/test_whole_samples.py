"""Pairs of runs by formulas of samples taken whole: of all labels together, and of the true class's rank."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import (
    accuracy_score,
    coverage_error,
    label_ranking_average_precision_score,
    label_ranking_loss,
    top_k_accuracy_score,
)

import viewer
from viewer.comparison.whole_samples import sample_numbers

from .conftest import Record

FORMULAS = ["subset_accuracy@0.4", "lrap", "ranking_loss", "coverage_error"]
SAMPLES, LABELS = 240, 5


def data(seed: int) -> tuple[Any, Any]:
    """Labels, and scores of two runs, of which the second is the better one."""
    rng = np.random.default_rng(seed)
    true = rng.random((SAMPLES, LABELS)) < 0.4
    scores = [np.clip(0.3 + 0.3 * true + rng.normal(0, spread, true.shape), 0, 1).round(2) for spread in (0.3, 0.2)]
    return true.astype(int), np.asarray(scores, np.float32)


def compared(record: Record, true: Any, scores: Any, **options: Any) -> viewer.Comparison:
    runs = [
        record(name, [score], true, kind="multilabel", thresholds=[0.4, 0.5], **options)
        for name, score in zip("ab", scores, strict=True)
    ]
    return viewer.compare(runs, FORMULAS, draws=1_500)


@given(st.integers(0, 2**32 - 1))
def test_the_numbers_of_samples_are_scikit_learns(seed: int) -> None:
    """Their means, ties, samples with all labels true and with none included."""
    rng = np.random.default_rng(seed)
    true = rng.random((30, LABELS)) < rng.random((30, 1)) * 1.6 - 0.3
    scores = (rng.integers(0, 5, true.shape) / 4).astype(np.float32)
    found = sample_numbers(true, scores, 0.5).mean(axis=0)
    wanted = [
        each(true, scores) for each in (label_ranking_average_precision_score, label_ranking_loss, coverage_error)
    ]
    np.testing.assert_allclose(found, [accuracy_score(true, scores > 0.5), *wanted], rtol=1e-12)


def test_intervals_are_those_of_samples_that_are_drawn_again(record: Record) -> None:
    """Percentiles of a plain bootstrap, sample by sample, of the numbers of each; p is small."""
    true, scores = data(1)
    found = compared(record, true, scores)
    table = found.paired
    assert table["method"].tolist() == ["paired bootstrap"] * 4
    each = [sample_numbers(true == 1, one, 0.4) for one in scores]
    rng = np.random.default_rng(0)
    drawn = np.array([(each[1] - each[0])[rng.integers(0, SAMPLES, SAMPLES)].mean(axis=0) for _ in range(4_000)])
    low, high = np.percentile(drawn, [2.5, 97.5], axis=0)
    for column, wanted in (("low", low), ("high", high)):
        np.testing.assert_allclose(table[column], wanted, atol=0.12 * (high - low).max(), rtol=0.12)
    np.testing.assert_allclose(table["difference"], (each[1] - each[0]).mean(axis=0), rtol=1e-6)
    assert (table["p"] < 0.01).all()
    assert not any("No interval" in note for note in found.notes)


def test_runs_that_are_alike_have_no_difference(record: Record) -> None:
    """All of it is 0, and p is 1."""
    true, scores = data(2)
    table = compared(record, true, [scores[0], scores[0]]).paired
    assert (table[["difference", "low", "high"]] == 0).all(axis=None)
    assert (table["p"] == 1).all()


def test_groups_are_drawn_again(record: Record) -> None:
    """Samples that are the same within a group make the interval wider, about as far as fewer of them would."""
    true, scores = data(3)
    groups = np.repeat(np.arange(SAMPLES // 6), 6)
    true, scores = true[::6].repeat(6, axis=0), scores[:, ::6].repeat(6, axis=1)
    tables = [compared(record, true, scores, groups=given).paired for given in (groups, None)]
    assert tables[0]["method"].tolist() == ["paired bootstrap of groups"] * 4
    width = [(table["high"] - table["low"]).to_numpy() for table in tables]
    assert np.all((width[0] / width[1] > 1.9) & (width[0] / width[1] < 3.2)), "the root of 6, and Student's t"


@pytest.mark.parametrize("why", ["samples", "none kept"])
def test_where_there_is_no_interval_it_is_said(record: Record, why: str) -> None:
    """Of other samples, and of none that were kept."""
    true, scores = data(4)
    runs = [record("a", [scores[0]], true, kind="multilabel", thresholds=[0.4, 0.5])]
    other = (true[::-1], scores[1][::-1]) if why == "samples" else (true, scores[1])
    options = {"max_samples": 0} if why == "none kept" else {}
    runs.append(record("b", [other[1]], other[0], kind="multilabel", thresholds=[0.4, 0.5], **options))
    found = viewer.compare(runs, FORMULAS, draws=100)
    assert found.paired["method"].tolist() == ["no interval"] * 4
    assert any(note.startswith("No interval of label ranking AP, which takes the same") for note in found.notes)


def ranked(record: Record, classes: int, seed: int, places: int = 9, **options: Any) -> tuple[list[Any], Any, Any]:
    """Two runs of one class of several, their labels, and scores of both, of which the second is the better one."""
    rng = np.random.default_rng(seed)
    true = rng.integers(0, classes, SAMPLES)
    heat = [rng.normal(0, 1, (SAMPLES, classes)) + tilt * np.eye(classes)[true] for tilt in (0.5, 1.2)]
    scores = [(np.exp(one) / np.exp(one).sum(axis=1, keepdims=True)).round(places).astype(np.float32) for one in heat]
    runs = [record(name, [one], true, kind="multiclass", **options) for name, one in zip("ab", scores, strict=True)]
    return runs, true, scores


@pytest.mark.parametrize("classes", [3, 6, 12])
def test_intervals_of_top_k_accuracy_are_those_of_samples_that_are_drawn_again(record: Record, classes: int) -> None:
    """Values are scikit-learn's, and percentiles those of a plain bootstrap of the samples that are right."""
    runs, true, scores = ranked(record, classes, 5)
    found = viewer.compare(runs, ["top2_accuracy"], draws=1_500)
    (row,) = found.paired.to_dict("records")
    assert row["method"] == "paired bootstrap"
    right = [(np.argsort(-one, axis=1)[:, :2] == true[:, None]).any(axis=1).astype(float) for one in scores]
    wanted = [top_k_accuracy_score(true, one, k=2, labels=range(classes)) for one in scores]
    assert row["difference"] == pytest.approx(wanted[1] - wanted[0])
    rng = np.random.default_rng(0)
    drawn = [(right[1] - right[0])[rng.integers(0, SAMPLES, SAMPLES)].mean() for _ in range(4_000)]
    low, high = np.percentile(drawn, [2.5, 97.5])
    np.testing.assert_allclose([row["low"], row["high"]], [low, high], atol=0.12 * (high - low))
    assert row["p"] < 0.1


def test_top_k_values_are_those_of_the_run_with_ties_and_averages(record: Record) -> None:
    """Of coarse scores, many of them equal, of the mean over classes and of one class."""
    runs, _, _ = ranked(record, 6, 6, places=1, groups=np.arange(SAMPLES) // 4)
    formulas = ["top_k_accuracy(k=1)", "top3_accuracy", "top3_accuracy@macro", "top2_accuracy@4", "1 - top5_accuracy"]
    table = viewer.compare(runs, formulas, draws=200).paired
    assert table["method"].tolist() == ["paired bootstrap of groups"] * 5
    one, other = (viewer.open_run(run) for run in runs)
    wanted = [float(other.metric(each).iloc[0] - one.metric(each).iloc[0]) for each in formulas]
    np.testing.assert_allclose(table["difference"], wanted, atol=1e-12)


def test_of_many_classes_top_k_has_no_interval_and_it_is_said(record: Record) -> None:
    """Of 17 classes the largest scores alone are kept, which rank no other class."""
    runs, _, _ = ranked(record, 17, 7)
    found = viewer.compare(runs, ["top5_accuracy"], draws=100)
    assert found.paired["method"].tolist() == ["no interval"]
    assert any(note.startswith("No interval of top-5 accuracy, which takes the same") for note in found.notes)
