"""Pairs of runs by formulas of all labels of a sample together."""

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
)

import viewer
from viewer.comparison.label_sets import sample_numbers

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
