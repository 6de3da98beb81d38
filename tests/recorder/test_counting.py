"""Counting arrays with NumPy: grids, shapes and what is kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix, multilabel_confusion_matrix

from recorder import Counts, RunWriter, counters, counting, outputs
from recorder.runfile import four_counts, read_records

RNG = np.random.default_rng(0)


def test_the_default_grid_is_as_designed() -> None:
    """float32, increasing, symmetric in its fine part, with 0, 1/2, 1 and every hundredth."""
    grid = counting.default_thresholds()
    assert grid.dtype == np.float32
    assert (np.diff(grid) > 0).all()
    assert np.isin(np.float32([0, 0.5, 1, *(np.arange(101) / 100)]), grid).all()
    fine = np.float32([2.0**-k * (1 + j / 32) for k in range(2, 18) for j in range(32)])
    assert np.isin(fine, grid).all()
    assert np.isin(np.float32(1 - fine.astype(float)), grid).all()
    assert 1_000 < len(grid) < 1_200


@pytest.mark.parametrize("kind", ["binary", "multiclass", "multilabel"])
def test_many_scores_are_counted_as_few_are(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their bins come from a table: edges, their neighbours, NaN, infinities and denormals lie as before."""
    grid = counting.default_thresholds()
    edgy = np.r_[
        grid, np.nextafter(grid, np.float32(-1)), np.nextafter(grid, np.float32(2)), -0.0, 1e-40, np.nan, np.inf
    ]
    scores = np.random.default_rng(1).choice(edgy.astype(np.float32), (9_000, 1 if kind == "binary" else 4))
    truth = RNG.integers(-1, 4, 9_000) if kind == "multiclass" else RNG.integers(0, 2, scores.shape)
    output = outputs.output_for(np.zeros_like(scores), kind=kind)
    assert scores.size >= counters.MANY
    monkeypatch.setattr(counters, "IN_CACHE", 1_000)
    found = counting.tally_arrays(truth, scores, output=output, split="val")
    monkeypatch.setattr(counters, "MANY", scores.size + 1)
    wanted = counting.tally_arrays(truth, scores, output=output, split="val")
    assert found.histogram.sum() > 8_000
    for name in ("histogram", "nan", "ignored", "matrix", "top_k", "exact_matches", "ranking_sums"):
        np.testing.assert_array_equal(getattr(found, name), getattr(wanted, name), err_msg=name)


@given(st.lists(st.floats(0, 1, width=32), min_size=1, max_size=9, unique=True), st.floats(0, 1))
def test_a_grid_holds_what_was_asked_and_the_decision(values: list[float], decision: float) -> None:
    """A grid of the user's own is kept as it is, with the decision threshold in its place."""
    values = sorted({float(np.float32(value)) for value in values})
    grid = counting.threshold_grid(values, decision)
    assert set(grid.tolist()) == {*np.float32(values).tolist(), float(np.float32(decision))}
    assert (np.diff(grid) > 0).all()


@pytest.mark.parametrize(
    "values", [[], [0.5, 0.5], [0.6, 0.5], [-0.1], [1.1], [[0.1]], [float("nan")], [0.5, 0.5 + 1e-12]]
)
def test_a_grid_that_is_none_names_the_rule(values: list) -> None:
    """Empty, falling, repeated (in float32), out of range, NaN: refused with the rule."""
    with pytest.raises(ValueError, match=r"^thresholds must increase, each in \[0, 1\] and distinct in float32\."):
        counting.threshold_grid(values)


def test_multi_class_equals_scikit_learn() -> None:
    """The matrix, and one-vs-rest counts at each threshold, equal scikit-learn's."""
    truth, score = RNG.integers(0, 4, 60), RNG.dirichlet(np.ones(4), 60).astype(np.float32)
    output = outputs.output_for(score, thresholds=[0.1, 0.25, 0.5, 0.9])
    tally = counting.tally_arrays(truth, score, output=output, split="val")
    np.testing.assert_array_equal(tally.matrix, confusion_matrix(truth, score.argmax(1)))
    for at, threshold in enumerate(output.thresholds):
        wanted = multilabel_confusion_matrix(np.eye(4)[truth], score > np.float32(threshold))
        tp, fp, tn, fn = (count[:, at] for count in four_counts(tally.histogram))
        np.testing.assert_array_equal(np.stack([tn, fp, fn, tp], axis=1).reshape(4, 2, 2), wanted)


@pytest.mark.parametrize(("n", "most", "stride"), [(10, 10, 1), (11, 10, 2), (100, 10, 16), (1, 1, 1), (5, 0, None)])
def test_the_regular_subset(n: int, most: int, stride: int | None) -> None:
    """Every 2^k-th position, k as small as fits; none when none are wanted."""
    wanted = [] if stride is None else list(range(0, n, stride))
    assert counting.regular_subset(n, most).tolist() == wanted
    assert len(wanted) <= most


def test_outside_allows_for_rounding() -> None:
    """Scores off by a rounding error are probabilities; others and NaN are told apart."""
    assert counting.outside([0, 1, 1 + 5e-6, -5e-6, 0.5, np.nan]) == 0
    assert counting.outside([1.0001, -0.0001, np.inf, -np.inf]) == 4


def test_names_must_be_one_a_class() -> None:
    """Class names of another number are refused with what came."""
    with pytest.raises(ValueError, match=r"^class_names must be 2, one a class\. Received: \['a'\]$"):
        outputs.output_for(np.zeros((3, 1)), class_names=["a"])


def test_too_many_thresholds_are_refused_early(tmp_path: Path) -> None:
    """Before anything is made of them, by number; the most there may be give a run that can be read."""
    many = np.linspace(0, 1, 10**7)
    for make in (counting.threshold_grid, lambda given: RunWriter(tmp_path, thresholds=given)):
        with pytest.raises(ValueError, match=r"^thresholds must be at most 65,536\. Received: 10,000,000$"):
            make(many)
    assert not list(tmp_path.iterdir())
    with RunWriter(tmp_path, thresholds=many[:: len(many) // 2**16 + 1]) as run:
        run.epoch(0, val=(np.arange(40) % 2, np.linspace(0, 1, 40)))
    assert run.folder is not None
    (record,) = read_records(run.folder)
    assert record.tallies[0].histogram.sum() == 40


@pytest.mark.parametrize("dtype", ["boolean", "Int64", "object"])
def test_what_pandas_calls_missing_is_no_label(dtype: str) -> None:
    """Whatever the column is."""
    counts = Counts("binary")
    counts.update(pd.Series([None, 1, 0, pd.NA], dtype=dtype), np.float32([0.1, 0.9, 0.2, 0.3]))
    tally = counts.counted("val").tally
    assert (tally.ignored, int(tally.histogram.sum())) == (2, 2)


def test_the_highest_epoch_that_there_may_be(tmp_path: Path) -> None:
    """Its part is like any other, in the second place, where the next ones are prepared."""
    most = 2**31 - 1
    with RunWriter(tmp_path) as run:
        for epoch in (0, most):
            run.epoch(epoch, val=(np.array([0, 1]), np.float32([0.2, 0.7])))
    assert run.folder is not None
    assert [record.epoch for record in read_records(run.folder)] == [0, most]
    assert all(record.tallies for record in read_records(run.folder))
