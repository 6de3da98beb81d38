"""Distributions of scores: every bin counted by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from viewer.frame import Framer
from viewer.frame.views import missing, views
from viewer.panels.scores.numbers import distribution

Make = Callable[..., Framer]


def by_hand(scores: np.ndarray, edges: np.ndarray) -> list[int]:
    """Scores in (low, high] for each pair of edges; the first bin holds 0 too."""
    edges = np.float32(edges)
    low = np.concatenate([[-1], edges[1:-1]])
    return [int(((scores > a) & (scores <= b)).sum()) for a, b in zip(low, edges[1:], strict=True)]


def test_both_sides_and_ghosts_are_the_samples_of_their_epochs(make_framer: Make, rng: np.random.Generator) -> None:
    """Of the cursor's epoch and of those 8 and 20 before it, by true class."""
    truth = rng.random(80) < 0.3
    scores = [rng.random(80).astype(np.float32) for _ in range(23)]
    frame = make_framer([(truth, each) for each in scores]).frame(21)
    shown = distribution(frame)
    assert shown is not None
    assert [(side.name, side.style) for side in shown.sides] == [("negative", 0), ("positive", 1)]
    assert [ago for ago, _ in shown.ghosts] == [20, 8]
    for ago, counts in [(0, [side.counts for side in shown.sides]), *shown.ghosts]:
        expected = [by_hand(scores[21 - ago][truth == side], shown.edges) for side in (False, True)]
        np.testing.assert_array_equal(counts, expected)


def test_several_classes_show_each_its_own_score_and_one_in_view_is_set_against_the_rest(make_framer: Make) -> None:
    """Nothing is pooled up to eight classes; a class in view has a colour, the rest has none."""
    scores = np.float32([[0.7, 0.2, 0.1], [0.1, 0.6, 0.3], [0.1, 0.5, 0.4]])
    framer = make_framer([([0, 1, 2], scores)], class_names=["cat", "dog", "owl"])
    shown = distribution(framer.frame())
    assert shown is not None
    assert [side.name for side in shown.sides] == ["cat", "dog", "owl"]
    np.testing.assert_array_equal(
        [side.counts for side in shown.sides], [by_hand(scores[[i], i], shown.edges) for i in range(3)]
    )
    framer.turn(label=1)
    shown = distribution(framer.frame())
    assert shown is not None
    assert [(side.name, side.style, side.rest) for side in shown.sides] == [("not dog", None, True), ("dog", 1, False)]
    assert shown.meaning == "predicted probability of dog"
    np.testing.assert_array_equal(
        [side.counts for side in shown.sides],
        [by_hand(scores[[0, 2], 1], shown.edges), by_hand(scores[[1], 1], shown.edges)],
    )


def test_more_than_eight_classes_are_pooled(make_framer: Make, rng: np.random.Generator) -> None:
    """Each sample counts once for its own class, and once for each of the others."""
    scores = rng.dirichlet(np.ones(9), 30).astype(np.float32)
    shown = distribution(make_framer([(rng.integers(0, 9, 30), scores)]).frame())
    assert shown is not None
    assert [int(side.counts.sum()) for side in shown.sides] == [8 * 30, 30]
    (view,) = views(make_framer([(rng.integers(0, 9, 30), scores)]).frame())
    assert (view.name, view.style) == ("9 classes pooled", None)


@pytest.mark.filterwarnings("ignore:epochreel.*NaN")
@pytest.mark.parametrize(
    ("epochs", "options", "why"),
    [
        ([], {}, "no epoch yet"),
        ([None], {}, "no counts were recorded, only logs"),
        (
            [([0, 1], [0.2, 0.7])],
            {"thresholds": [0.5]},
            "the counts are known at one threshold only, the scores are not",
        ),
        ([([0, 1], [np.nan, np.nan])], {}, "no scores at this epoch: none came, or all were NaN"),
    ],
)
def test_where_there_are_no_scores_a_sentence_says_why(
    make_framer: Make, epochs: list, options: dict, why: str
) -> None:
    """Four ways of having none."""
    frame = make_framer(epochs, **options).frame()
    assert distribution(frame) is None
    assert missing(frame) == why
