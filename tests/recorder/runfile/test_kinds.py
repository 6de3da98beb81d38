"""What a kind of output says about itself equals scikit-learn, whatever the kind."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, f1_score, multilabel_confusion_matrix

from recorder import counting, outputs
from recorder.runfile import KINDS, NO_LABEL, Output, kind_of

RNG = np.random.default_rng(0)


def example(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Labels and scores of 200 samples."""
    if name == "binary":
        return RNG.integers(0, 2, 200), RNG.random((200, 1)).astype(np.float32)
    scores = RNG.dirichlet(np.ones(4), 200).astype(np.float32)
    return (RNG.integers(0, 4, 200) if name == "multiclass" else RNG.integers(0, 2, (200, 4))), scores


def decisions(name: str, scores: np.ndarray) -> np.ndarray:
    """As a person would decide."""
    if name == "multiclass":
        return scores.argmax(axis=1)
    return (scores > np.float32(0.25)) if name == "multilabel" else scores[:, 0] > np.float32(0.25)


@pytest.mark.parametrize("name", KINDS)
def test_counts_at_the_decision_equal_scikit_learn(name: str) -> None:
    """tp, fp, tn, fn of each class at the decision, and summed for "micro", are scikit-learn's."""
    truth, scores = example(name)
    output = outputs.output_for(scores, kind=name, decision_threshold=0.25)
    kind, tally = kind_of(output), counting.tally_arrays(truth, scores, output=output, split="val")
    counts = kind.decided(tally, output)
    decided = decisions(name, scores)
    wanted = multilabel_confusion_matrix(truth, decided)
    np.testing.assert_array_equal(np.stack(kind.each_class(*counts), axis=1), wanted[:, [1, 0, 0, 1], [1, 1, 0, 0]])
    tp, fp, _, fn = (float(count[0]) for count in kind.pooled(*counts))
    assert 2 * tp / (2 * tp + fp + fn) == pytest.approx(f1_score(truth, decided, average="micro"))
    matrix = kind.confusion(*counts)
    assert (matrix is None) == (name != "binary")
    if matrix is not None:
        np.testing.assert_array_equal(matrix, confusion_matrix(truth, decided))


@pytest.mark.parametrize(("name", "classes"), [("binary", 2), ("multiclass", 4), ("multilabel", 4)])
def test_scores_histograms_and_labels_of_a_sample(name: str, classes: int) -> None:
    """A binary output has one histogram, that of its positive class; others one for each; labels stand apart or not."""
    kind, names = KINDS[name], [f"c{number}" for number in range(classes)]
    assert kind.scores(classes) == len(kind.scored(names)) == len(kind.line_labels(kind.scores(classes)))
    assert [kind.histogram_of(number) for number in range(classes)] == (
        [None, 0] if name == "binary" else list(range(classes))
    )
    assert kind.labels(classes) == (classes if name == "multilabel" else 1)
    assert [number for number in range(5) if kind.fits(number)] == (
        {"binary": [2], "multiclass": [2, 3, 4], "multilabel": [1, 2, 3, 4]}[name]
    )


@pytest.mark.parametrize("name", KINDS)
def test_labels_that_count(name: str) -> None:
    """What is no label does not count, nor what the user ignores; against the rest, all other labels are 0."""
    classes = 4 if name == "multiclass" else 2
    truth = np.array([NO_LABEL, 0, 1, 7]) if name != "multilabel" else np.array([[NO_LABEL, 0], [1, 7]])
    plain, ignoring = (Output(kind=name, classes=["x"] * classes, ignore_label=ignored) for ignored in (None, 1))
    assert KINDS[name].kept(truth, plain).ravel().tolist() == [False, True, True, False]
    assert KINDS[name].kept(truth, ignoring).ravel().tolist() == [False, True, False, False]
    positive = KINDS[name].one_vs_rest(truth, classes)
    assert positive.sum() == (2 if name == "multiclass" else 1)
