"""Confident learning against its definition and against cleanlab."""

from __future__ import annotations

import numpy as np
import pytest
from cleanlab.count import compute_confident_joint
from hypothesis import given
from hypothesis import strategies as st

from recorder.counting import samples_of
from recorder.outputs import output_for
from viewer.statistics.suspects import confident_class, suspects_of


def noisy(seed: int, classes: int, samples: int = 200) -> tuple[np.ndarray, np.ndarray]:
    """Labels, a tenth of them wrong, and probabilities that mostly know the right class."""
    rng = np.random.default_rng(seed)
    truth = np.concatenate([np.arange(classes), rng.integers(0, classes, samples - classes)])
    logits = rng.normal(size=(samples, classes))
    logits[np.arange(samples), truth] += 2.5
    scores = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    wrong = rng.random(samples) < 0.1
    wrong[:classes] = False
    return np.where(wrong, rng.integers(0, classes, samples), truth), scores


@given(seed=st.integers(0, 10_000), classes=st.integers(2, 5))
def test_the_confident_class_is_the_papers(seed: int, classes: int) -> None:
    """Equations 1 and 2 of Northcutt et al., written as loops, choose the same class for every sample."""
    labels, scores = noisy(seed, classes, samples=30)
    thresholds = [
        np.mean([scores[at, k] for at in range(30) if labels[at] == k]) if (labels == k).any() else np.inf
        for k in range(classes)
    ]
    for at, found in enumerate(confident_class(labels, scores).tolist()):
        reached = [k for k in range(classes) if scores[at, k] >= thresholds[k]]
        assert found == (max(reached, key=lambda k: scores[at, k]) if reached else -1)


@pytest.mark.parametrize("classes", [2, 3, 10])
@pytest.mark.parametrize("seed", range(5))
def test_suspects_are_cleanlabs(classes: int, seed: int) -> None:
    """The off-diagonals of cleanlab's confident joint are our suspects.

    Except where the most probable class of all misses its threshold and two others reach theirs: there the paper takes
    the more probable of these two, cleanlab the one that missed.
    """
    labels, scores = noisy(seed, classes)
    _, theirs = compute_confident_joint(labels, scores, return_indices_of_off_diagonals=True)
    found = confident_class(labels, scores)
    ours = np.flatnonzero((found != -1) & (found != labels))
    missed = np.flatnonzero((found != -1) & (found != scores.argmax(axis=1)))
    assert set(ours) - set(missed) == set(theirs) - set(missed)
    assert len(ours) > 2


@pytest.mark.parametrize("classes", [3, 16, 40])
def test_suspects_of_recorded_samples(classes: int) -> None:
    """What was recorded gives the classes and margins of the whole matrix, or nearly so where six scores were kept."""
    labels, scores = noisy(3, classes, samples=400)
    output = output_for(scores)
    found = suspects_of(samples_of(labels, scores, output=output, split="val", max_samples=1000), output)
    expected = confident_class(labels, scores.astype(np.float32).astype(float))
    same = found.suggested == expected
    assert same.all() if classes <= 16 else same.mean() > 0.99
    rows = np.flatnonzero(found.suggested != -1)
    margin = scores[rows, found.suggested[rows]] - scores[rows, labels[rows]]
    np.testing.assert_allclose(found.margin[rows], margin, atol=1e-6)
    assert np.isnan(np.delete(found.margin, rows)).all()
    assert found.suspect.sum() > 5


def test_every_label_has_thresholds_of_its_own() -> None:
    """Of a multi-label output each label is a binary problem, and its suspects are those of that problem alone."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, (60, 3))
    scores = np.clip(truth * np.array([0.3, 0.5, 0.7]) + rng.random((60, 3)) * 0.5, 0, 1)
    output = output_for(scores, kind="multilabel")
    found = suspects_of(samples_of(truth, scores, output=output, split="val", max_samples=100), output)
    assert found.label is not None
    for label in range(3):
        alone = output_for(scores[:, label])
        binary = samples_of(truth[:, label], scores[:, label], output=alone, split="val", max_samples=100)
        mine = found.label == label
        assert found.sample[mine].tolist() == list(range(60))
        assert found.suggested[mine].tolist() == suspects_of(binary, alone).suggested.tolist()


def test_ignored_and_undefined_samples_are_no_suspects() -> None:
    """A sample whose label does not count is not there; one whose score is NaN has no suggested class."""
    scores = np.array([0.9, 0.8, 0.1, np.nan, 0.95, 0.2], np.float32)
    output = output_for(scores, ignore_label=-1)
    found = suspects_of(
        samples_of(np.array([1, 1, 0, 0, 0, -1]), scores, output=output, split="val", max_samples=9), output
    )
    assert found.sample.tolist() == [0, 1, 2, 3, 4]
    assert found.sample[found.suspect].tolist() == [4]
    assert found.suggested[3] == -1
