"""Numbers of the classes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import precision_recall_fscore_support

from recorder.runfile import counts_at
from viewer.formulas import parse_spec
from viewer.frame import Framer
from viewer.panels.classes.numbers import classes

Make = Callable[..., Framer]


def by_class(framer: Framer, *names: str) -> tuple[Any, dict[str, Any]]:
    """The numbers, and each formula's values in the order of the classes."""
    found = classes(framer.frame(), names)
    assert found is not None
    return found, {formula.label: formula.values[np.argsort(found.order)] for formula in found.formulas}


@pytest.mark.parametrize("threshold", [None, 0.25])
@pytest.mark.parametrize("kind", ["binary", "multiclass", "multilabel"])
def test_formulas_of_each_class_are_those_of_scikit_learn(
    make_framer: Make, rng: np.random.Generator, kind: str, threshold: float | None
) -> None:
    """By argmax or at a threshold, with the support."""
    if kind == "binary":
        truth, scores = rng.integers(0, 2, 150), rng.random(150).astype(np.float32)
        two = np.stack([1 - truth, truth], axis=1)
        decided = np.stack([scores <= (threshold or 0.5), scores > (threshold or 0.5)], axis=1)
    elif kind == "multiclass":
        truth, scores = rng.integers(0, 4, 150), rng.dirichlet(np.ones(4), 150).astype(np.float32)
        two = np.eye(4, dtype=int)[truth]
        decided = np.eye(4)[scores.argmax(axis=1)] if threshold is None else scores > threshold
    else:
        truth, scores = rng.integers(0, 2, (150, 4)), rng.random((150, 4)).astype(np.float32)
        two, decided = truth, scores > (threshold or 0.5)
    framer = make_framer([(truth, scores)], kind=kind)
    framer.turn(threshold=threshold)
    found, values = by_class(framer, "precision", "recall", "f1")
    precision, recall, f1, support = precision_recall_fscore_support(two, decided, average=None, zero_division=np.nan)
    for name, expected in {"precision": precision, "recall": recall, "F1": f1}.items():
        np.testing.assert_allclose(values[name], expected)
    np.testing.assert_array_equal(found.support[np.argsort(found.order)], support)


def test_the_worst_come_first_and_the_undefined_last(make_framer: Make) -> None:
    """A class without samples has no recall; of equals the first class is first; a high error is bad."""
    truth = np.array([0, 0, 1, 1, 2, 2])
    scores = np.eye(4, dtype=np.float32)[[0, 1, 1, 1, 0, 0]] * 0.9 + 0.025
    framer = make_framer([(truth, scores)])
    found, _ = by_class(framer, "recall")
    assert found.order.tolist() == [2, 0, 1, 3]
    assert found.undefined == 1
    assert by_class(framer, "fnr")[0].order.tolist() == [2, 0, 1, 3]


def test_the_formulas_are_the_frames_without_their_averages(runs: dict[str, Framer]) -> None:
    """In their colours; accuracy of the matrix is none of one class; the usual ones join where there is one alone."""
    framer = Framer(runs["multiclass"].run)
    framer.turn(metrics=tuple(map(parse_spec, ["accuracy", "f1@macro", "recall@0.3", "f1@micro"])))
    found = classes(framer.frame())
    assert found is not None
    assert [(formula.label, formula.style) for formula in found.formulas] == [("F1", 1), ("recall@0.3", 2)]
    framer.turn(metrics=(parse_spec("f1@macro"),))
    alone = classes(framer.frame())
    assert alone is not None
    assert [formula.label for formula in alone.formulas] == ["F1", "recall", "precision"]


def test_what_is_none_of_one_class_is_a_sentence(runs: dict[str, Framer]) -> None:
    """A log, or a formula that is unknown; the others stay."""
    found = classes(runs["multiclass"].frame(), ["loss", "f1"])
    assert found is not None
    assert [formula.label for formula in found.formulas] == ["F1"]
    assert found.faults == ("a formula of each class must take tp, fp, tn, fn. Received: 'loss'",)


@pytest.mark.parametrize("name", ["empty", "logs", "unscored"])
def test_there_are_none_without_counts(runs: dict[str, Framer], name: str) -> None:
    """Of no epoch, of logs, of scores that are all NaN."""
    assert classes(runs[name].frame()) is None


@given(arrays(np.float32, st.integers(1, 30), elements=st.floats(0, 1, width=32)), st.data())
def test_counts_at_an_edge_are_those_of_comparing_scores(scores: Any, data: st.DataObject) -> None:
    """Brute force: positive where score > threshold."""
    truth = data.draw(arrays(bool, len(scores)))
    edges = np.linspace(0, 1, 6, dtype=np.float32)
    bins = np.searchsorted(edges, scores, side="left")
    histogram = np.stack([np.bincount(bins[truth == side], minlength=7) for side in (False, True)])[None]
    for place, edge in enumerate(edges):
        positive = scores > edge
        expected = [
            (positive & truth).sum(), (positive & ~truth).sum(), (~positive & ~truth).sum(), (~positive & truth).sum()
        ]  # fmt: skip
        assert [int(count[0]) for count in counts_at(histogram, place)] == expected
