"""Top-k ranks, exact matches and label ranking are counted as scikit-learn computes them, ties and gaps included."""

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

from recorder import Counts, counting, outputs, whole_samples
from recorder.runfile import MOST_RANKED, Output, Tally, counted_ks

GRID = [0.0, 0.125, 0.25, 0.5, 0.75, 1.0]
SEEDS = st.integers(0, 2**32 - 1)


def tally(y_true: Any, y_score: Any, kind: Any, **more: Any) -> tuple[Tally, Output]:
    """The counts of arrays, and what they are of."""
    output = outputs.output_for(y_score, kind=kind, thresholds=GRID, ignore_label=more.pop("ignore_label", None))
    return counting.tally_arrays(y_true, y_score, output=output, split="val", **more), output


def coarse(rng: Any, shape: tuple[int, ...]) -> Any:
    """Scores of which many are equal: multiples of 1/8."""
    return (rng.integers(0, 9, shape) / 8).astype(np.float32)


def label_sets(seed: int) -> tuple[Any, Any]:
    """Labels and scores of some samples with 2 to 12 labels, some with all labels true or none."""
    rng = np.random.default_rng(seed)
    labels = int(rng.integers(2, 13))
    true = (rng.random((40, labels)) < rng.random((40, 1)) * 1.4 - 0.2).astype(int)
    return true, coarse(rng, true.shape) if seed % 2 else rng.random(true.shape).astype(np.float32)


@given(SEEDS)
def test_top_k(seed: int) -> None:
    """For each k it is scikit-learn's, which has the higher of two equal classes first: classes are turned round."""
    rng = np.random.default_rng(seed)
    classes = int(rng.integers(3, 16))
    true, score = rng.integers(0, classes, 50), coarse(rng, (50, classes))
    found, _ = tally(true, score, "multiclass")
    assert found.top_k is not None
    assert found.top_k.shape == (classes, len(counted_ks(classes)))
    for place, k in enumerate(counted_ks(classes)[:-1]):
        turned = classes - 1 - true, score[:, ::-1]
        wanted = top_k_accuracy_score(*turned, k=k, labels=np.arange(classes), normalize=False)
        assert found.top_k[:, place].sum() == wanted
    np.testing.assert_array_equal(found.top_k[:, -1], np.bincount(true, minlength=classes))
    np.testing.assert_array_equal(found.top_k[:, 0], np.diagonal(found.matrix), "top 1 is argmax")


@given(SEEDS)
def test_exact_matches(seed: int) -> None:
    """At each threshold they are scikit-learn's accuracy of whole rows."""
    true, score = label_sets(seed)
    found, output = tally(true, score, "multilabel")
    called = [score > np.float32(threshold) for threshold in output.thresholds]
    wanted = [accuracy_score(true, each, normalize=False) for each in called]
    np.testing.assert_array_equal(found.exact_matches, [*wanted, len(true)])


@given(SEEDS)
def test_label_ranking(seed: int) -> None:
    """Label ranking average precision, ranking loss and coverage are scikit-learn's, ties too."""
    true, score = label_sets(seed)
    found, _ = tally(true, score, "multilabel")
    wanted = [
        each(true, score) * len(true)
        for each in (label_ranking_average_precision_score, label_ranking_loss, coverage_error)
    ]
    np.testing.assert_allclose(found.ranking_sums, wanted, rtol=1e-12)


@given(SEEDS)
def test_labels_that_are_left_out(seed: int) -> None:
    """A sample counts by its labels that count: each by itself, with only these, gives the same sums."""
    rng = np.random.default_rng(seed)
    true, score = label_sets(seed)
    true = np.where(rng.random(true.shape) < 0.3, -1, true)
    score = np.where(rng.random(score.shape) < 0.02, np.float32(np.nan), score)
    found, output = tally(true, score, "multilabel", ignore_label=-1)
    matches, sums = np.zeros(len(output.thresholds) + 1), np.zeros(3)
    for own, scores in zip(true, score, strict=True):
        kept = own >= 0
        if not kept.any() or np.isnan(scores[kept]).any():
            continue
        alone, _ = tally(own[kept][None], scores[kept][None], "multilabel")
        matches += alone.exact_matches
        pair = own[kept][None], scores[kept][None]
        if kept.sum() > 1:
            sums += alone.ranking_sums
        else:  # of one label scikit-learn knows no ranking; it is first, and there is no pair
            sums += [1, 0, pair[0].sum()]
    np.testing.assert_array_equal(found.exact_matches, matches)
    np.testing.assert_allclose(found.ranking_sums, sums, rtol=1e-12, atol=1e-12)


def test_nan_scores_are_no_sample() -> None:
    """Of a multi-class sample with a NaN no class has a rank, as none is in the matrix."""
    score = np.array([[0.2, np.nan, 0.5], [0.1, 0.2, 0.7]], np.float32)
    found, _ = tally([0, 2], score, "multiclass")
    assert found.top_k is not None
    assert found.top_k.tolist() == [[0, 0, 0], [0, 0, 0], [1, 1, 1]]


def test_weights_change_nothing() -> None:
    """Samples are counted, whatever they weigh."""
    true, score = label_sets(3)
    plain, _ = tally(true, score, "multilabel")
    weighted, _ = tally(true, score, "multilabel", sample_weight=np.linspace(0, 2, len(true)))
    np.testing.assert_array_equal(plain.exact_matches, weighted.exact_matches)
    np.testing.assert_array_equal(plain.ranking_sums, weighted.ranking_sums)


def test_parts_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counts in batches, merged, and in small pieces, equal those of all samples at once."""
    monkeypatch.setattr(whole_samples, "AT_ONCE", 300)
    true, score = label_sets(5)
    wanted, _ = tally(true, score, "multilabel")
    one, other = (Counts("multilabel", thresholds=GRID) for _ in range(2))
    one.update(true[:7], score[:7])
    other.update(true[7:], score[7:])
    one.merge(other)
    found = one.counted("val").tally
    np.testing.assert_array_equal(found.exact_matches, wanted.exact_matches)
    np.testing.assert_array_equal(found.ranking_sums, wanted.ranking_sums)


@pytest.mark.parametrize("labels", [1, MOST_RANKED, MOST_RANKED + 1])
def test_how_many_labels_are_ranked(labels: int) -> None:
    """One label has no ranking, and of very many it is not counted; exact matches always are."""
    rng = np.random.default_rng(0)
    true, score = rng.integers(0, 2, (20, labels)), rng.random((20, labels))
    found, _ = tally(true, score, "multilabel")
    assert (found.ranking_sums is not None) == (labels == MOST_RANKED)
    assert found.exact_matches is not None
    assert found.exact_matches[-1] == 20
