"""Numbers of the confusion matrix."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import confusion_matrix, multilabel_confusion_matrix

from viewer.frame import Framer
from viewer.panels.matrix.numbers import ConfusionNumbers, confusion

Make = Callable[..., Framer]
MATRICES = st.integers(2, 9).flatmap(lambda size: arrays(np.int64, (size, size), elements=st.integers(0, 5)))


def numbers(counts: Any) -> ConfusionNumbers:
    """A matrix with numbers for names."""
    return ConfusionNumbers(counts=counts, names=tuple(map(str, range(len(counts)))))


def test_binary_counts_are_those_of_scikit_learn(make_framer: Make, rng: np.random.Generator) -> None:
    """At the threshold of the knobs, which is named."""
    truth, scores = rng.integers(0, 2, 300), rng.random(300).astype(np.float32)
    framer = make_framer([(truth, scores)])
    framer.turn(threshold=0.25)
    found = confusion(framer.frame())
    assert found is not None
    np.testing.assert_array_equal(found.counts, confusion_matrix(truth, scores > 0.25))
    assert (found.threshold, found.of) == (0.25, "")


def test_several_classes_are_decided_by_argmax(make_framer: Make, rng: np.random.Generator) -> None:
    """Whatever the threshold."""
    truth, scores = rng.integers(0, 4, 200), rng.dirichlet(np.ones(4), 200).astype(np.float32)
    framer = make_framer([(truth, scores)])
    framer.turn(threshold=0.9)
    found = confusion(framer.frame())
    assert found is not None
    np.testing.assert_array_equal(found.counts, confusion_matrix(truth, scores.argmax(axis=1)))
    assert found.threshold is None


def test_labels_are_pooled_or_one_is_in_view(make_framer: Make, rng: np.random.Generator) -> None:
    """Each label is a matrix of its own; all together are their sum."""
    truth, scores = rng.integers(0, 2, (120, 3)), rng.random((120, 3)).astype(np.float32)
    framer = make_framer([(truth, scores)], kind="multilabel", class_names=["cat", "dog", "owl"])
    each = multilabel_confusion_matrix(truth, scores > 0.5)
    pooled = confusion(framer.frame())
    framer.turn(label=1)
    one = confusion(framer.frame())
    assert pooled is not None
    assert one is not None
    np.testing.assert_array_equal(pooled.counts, each.sum(axis=0))
    np.testing.assert_array_equal(one.counts, each[1])
    assert (one.names, one.of, pooled.of) == (("not dog", "dog"), "dog", "3 labels pooled")


@given(MATRICES)
def test_the_largest_confusions_are_the_largest(counts: Any) -> None:
    """Against sorting them all; of equals the first row and column."""
    every = [
        (-int(counts[row, column]), row, column)
        for row, column in np.ndindex(counts.shape)
        if row != column and counts[row, column]
    ]
    found = numbers(counts).largest(4)
    assert [(-it.count, it.true, it.predicted) for it in found] == sorted(every)[:4]
    for it in found:
        assert it.share == pytest.approx(it.count / counts[it.true].sum())


@given(MATRICES, st.integers(1, 9))
def test_blocks_are_shares_of_their_rows(counts: Any, most: int) -> None:
    """At most so many; each row adds up to 1, or is NaN where it has no sample."""
    shares = numbers(counts).shares_of_blocks(most)
    assert len(shares) == shares.shape[1] <= most or most >= len(counts)
    size = -(-len(counts) // min(most, len(counts)))
    for row, block in enumerate(shares):
        samples = counts[row * size : (row + 1) * size].sum()
        assert np.isnan(block).all() if not samples else block.sum() == pytest.approx(1)


@pytest.mark.parametrize("name", ["empty", "logs", "unscored"])
def test_there_is_none_without_counts(runs: dict[str, Framer], name: str) -> None:
    """Of no epoch, of logs, of scores that are all NaN."""
    assert confusion(runs[name].frame()) is None


def test_four_counts_make_one(runs: dict[str, Framer]) -> None:
    """A histogram is not needed."""
    found = confusion(runs["counts"].frame())
    assert found is not None
    assert found.counts.sum() == 300
