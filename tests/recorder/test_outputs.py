"""What an output is, and what is kept of it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder import counters, counting, outputs
from recorder.remarks import Met, remarks
from recorder.runfile import KINDS, kind_of

RNG = np.random.default_rng(0)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.sampled_from(sorted(KINDS)), st.integers(1, 100_000), st.integers(1, 3_000), st.floats(0, 1, width=32))
def test_counters_stay_within_their_bound(kind: str, scores: int, thresholds: int, decision: float) -> None:
    """However many classes and thresholds: 64 MiB at most; the matrix goes first; ends and decision stay."""
    grid = counting.threshold_grid(np.linspace(0, 1, thresholds + 1, dtype=np.float32), decision)
    matrix, kept = outputs.within_bound(KINDS[kind], scores, grid, decision)
    histograms = scores * 2 * (len(kept) + 1) * 8
    assert histograms + matrix * 8 * scores**2 <= counting.BOUND
    assert {0.0, 1.0, float(np.float32(decision))} <= set(kept.tolist())
    assert np.isin(kept, grid).all()
    if len(kept) < len(grid):
        assert histograms > counting.BOUND * 0.9 - 2 * scores * 8 * 8, "no coarser than it must be"
        assert not matrix
    elif KINDS[kind].argmax and not matrix:
        assert histograms + 8 * scores**2 > counting.BOUND


def test_without_a_matrix_each_class_has_its_counts_by_argmax(monkeypatch: pytest.MonkeyPatch) -> None:
    """tp, fp, tn, fn of each class at the decision are the same with and without the matrix."""
    truth, scores = RNG.integers(-1, 9, 200), RNG.dirichlet(np.ones(8), 200)
    whole = outputs.output_for(scores, thresholds=[0.5])
    monkeypatch.setattr(counting, "BOUND", 500)
    small = outputs.output_for(scores, thresholds=[0.5])
    assert (whole.matrix, small.matrix) == (True, False)
    with_it, without = (counting.tally_arrays(truth, scores, output=output, split="val") for output in (whole, small))
    assert without.matrix is None
    for one, other in zip(kind_of(whole).decided(with_it, whole), kind_of(small).decided(without, small), strict=True):
        np.testing.assert_array_equal(one, other)
    (sentence,) = [text for key, text in remarks(small, without, Met()) if key == "bound"]
    assert sentence.startswith("of 8 classes no confusion matrix is kept")


def test_many_samples_of_many_classes_are_counted_in_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is counted in one go, the counts are the same."""
    truth, scores, weight = RNG.integers(0, 5, 101), RNG.dirichlet(np.ones(5), 101), RNG.random(101)
    output = outputs.output_for(scores)
    once = counting.tally_arrays(truth, scores, output=output, split="val", sample_weight=weight)
    monkeypatch.setattr(counters, "AT_ONCE", 37)
    often = counting.tally_arrays(truth, scores, output=output, split="val", sample_weight=weight)
    for name in ("histogram", "nan", "matrix", "ignored"):
        np.testing.assert_array_equal(getattr(once, name), getattr(often, name))
    np.testing.assert_allclose(once.weights, often.weights)


@pytest.mark.parametrize(
    ("truth", "scores", "told"),
    [
        ([0, 1], [0.2, 0.8], ("binary", True)),
        ([0, 1], [[0.2, 0.8], [0.6, 0.4]], ("binary", True)),
        ([[1, 0], [0, 1]], [[0.2, 0.8], [0.6, 0.4]], ("binary", True)),
        ([[1, 1], [0, 1]], [[0.2, 0.8], [0.6, 0.4]], ("multilabel", True)),
        ([0, 2], [[0.9, 0.8, 0.7], [0.1, 0.1, 0.2]], ("multiclass", True)),
        ([[1, 0, 0], [0, 0, 0]], [[0.9, 0.05, 0.05], [0.5, 0.25, 0.25]], ("multiclass", True)),
        ([[1, 0, 0], [0, 0, 0]], [[0.9, 0.8, 0.7], [0.1, 0.1, 0.2]], ("multilabel", True)),
        ([[1, 0, 0], [0, 1, 0]], [[0.9, 0.8, 0.7], [0.1, 0.1, 0.2]], ("multilabel", False)),
        ([[1, 0, 0], [0, 1, 0]], [[-3, 4, 0.5], [7, 1, 2]], ("multiclass", True)),
    ],
)
def test_labels_and_scores_tell_the_kind(truth: list, scores: list, told: tuple[str, bool]) -> None:
    """One score, two softmax units, class numbers, one-hot rows beside a softmax, several ones, sums that are no 1."""
    assert outputs.told_kind(np.array(truth), np.array(scores)) == told


@pytest.mark.parametrize(("beside", "told"), [(np.nan, 1), (-2.0, 1), (np.inf, 1), (0.0, 0)])
def test_sums_of_weights_tell_that_some_were_none(beside: float, told: int) -> None:
    """A sum that is NaN, infinite or negative has one sentence; sums of weights of 0 and more have none."""
    truth, scores = RNG.integers(0, 2, 50), RNG.random(50)
    output = outputs.output_for(scores, thresholds=[0.5])
    tally = counting.tally_arrays(truth, scores, output=output, split="val", sample_weight=np.zeros(50))
    assert tally.weights is not None
    tally.weights[0, 1, 0] += beside
    assert [key for key, _ in remarks(output, tally, Met())] == ["weights"] * told
