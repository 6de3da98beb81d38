"""The chosen epoch and threshold against a search through all of them, sample by sample."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from viewer.formulas import FormulaError
from viewer.statistics.choice import choice_of
from viewer.statistics.goal import Goal
from viewer.statistics.picking import UnreachableGoalError, pick, preference

Counts = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
THRESHOLDS = np.float32([0, 0.1, 0.25, 0.4, 0.5, 0.6, 0.8, 0.95, 1])
FORMULAS: dict[str, Callable[..., float]] = {
    "f1": lambda tp, fp, tn, fn: 2 * tp / (2 * tp + fp + fn),
    "precision": lambda tp, fp, tn, fn: tp / (tp + fp),
    "fpr": lambda tp, fp, tn, fn: fp / (fp + tn),
    "tp - 2*fp": lambda tp, fp, tn, fn: tp - 2 * fp,
    "cost": lambda tp, fp, tn, fn: (3 * fp + 8 * fn) / (tp + fp + tn + fn),
}
BETTER_LOW = {"fpr", "cost"}


def scores(seed: int, *, samples: int = 40, epochs: int = 3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = np.concatenate([[0, 1], rng.random(samples - 2) < 0.3]).astype(int)
    noise = rng.normal(size=(epochs, samples))
    return truth, (1 / (1 + np.exp(-(2 * truth - 1.5 + noise)))).astype(np.float32)


def counted(truth: np.ndarray, score: np.ndarray) -> Counts:
    """tp, fp, tn, fn [epochs, thresholds]."""
    called = score[:, None, :] > THRESHOLDS[:, None]
    real = truth == 1
    return tuple(
        (side & mask).sum(axis=-1)
        for side, mask in ((called, real), (called, ~real), (~called, ~real), (~called, real))
    )  # type: ignore[return-value]


def at_prevalence(cells: tuple[float, ...], prevalence: float | None) -> tuple[float, ...]:
    tp, fp, tn, fn = cells
    if prevalence is None:
        return cells
    positives, negatives = prevalence * sum(cells) / (tp + fn), (1 - prevalence) * sum(cells) / (fp + tn)
    return tp * positives, fp * negatives, tn * negatives, fn * positives


def value_of(formula: Callable[..., float], cells: tuple[float, ...]) -> float:
    try:
        return formula(*cells)
    except ZeroDivisionError:
        return math.nan


def searched(goal: Goal, name: str, truth: np.ndarray, score: np.ndarray) -> list[tuple[float, int, float, float]]:
    """(value, epoch, distance from 1/2, threshold) of every place that meets the conditions, the best first."""
    found = []
    for epoch, row in enumerate(score):
        for threshold in THRESHOLDS:
            called = row > threshold
            cells = at_prevalence(
                (
                    float((called & (truth == 1)).sum()), float((called & (truth == 0)).sum()),
                    float((~called & (truth == 0)).sum()), float((~called & (truth == 1)).sum()),
                ),
                goal.prevalence,
            )  # fmt: skip
            tp, fp, _, fn = cells
            precision, recall = value_of(FORMULAS["precision"], cells), tp / (tp + fn)
            fine = (goal.precision is None or precision >= goal.precision - 1e-9) and (
                goal.recall is None or recall >= goal.recall - 1e-9
            )
            fine = fine and (goal.alerts is None or 10_000 * (tp + fp) <= (goal.alerts + 1e-5) * sum(cells))
            value = value_of(FORMULAS[name], cells)
            if fine and not math.isnan(value):
                signed = value if name in BETTER_LOW else -value
                found.append((round(signed, 9), epoch, abs(float(threshold) - 0.5), float(threshold)))
    return sorted(found)


goals = st.fixed_dictionaries(
    {},
    optional={
        "precision": st.sampled_from([0.3, 0.5, 0.75, 0.9]),
        "recall": st.sampled_from([0.2, 0.5, 0.8]),
        "alerts": st.sampled_from([500, 2500, 5000]),
        "prevalence": st.sampled_from([0.005, 0.2, 0.6]),
    },
)


@example(seed=6411, name="cost", conditions={"prevalence": 0.2})  # equal but for how numbers are rounded
@given(seed=st.integers(0, 10_000), name=st.sampled_from(list(FORMULAS)), conditions=goals)
def test_the_best_is_what_a_search_through_everything_finds(seed: int, name: str, conditions: dict[str, Any]) -> None:
    """Over all thresholds and epochs, none that meets the conditions is better, and ties go as they are said to."""
    goal = Goal(cost_fp=3, cost_fn=8, **conditions) if name == "cost" else Goal(formula=name, **conditions)
    truth, score = scores(seed)
    expected = searched(goal, name, truth, score)
    found = pick(goal, counted(truth, score), preference(THRESHOLDS, 0.5))
    if not expected:
        assert found.shortfall > 0 or math.isnan(found.value)
        return
    assert found.shortfall == 0
    signed, epoch, _, threshold = expected[0]
    assert found.value == pytest.approx(signed if name in BETTER_LOW else -signed)
    assume(len({one[0] for one in expected if abs(one[0] - signed) < 1e-8}) == 1)
    assert (found.epoch, float(THRESHOLDS[found.threshold])) == (epoch, threshold)


def test_many_epochs_are_searched_as_few_are() -> None:
    """With more epochs than are looked at at once, the best of all is found, and the earliest of equals."""
    truth, score = scores(1, epochs=3)
    best = pick(Goal(), counted(truth, score), preference(THRESHOLDS, 0.5))
    poor, good = np.zeros_like(score[0]), score[best.epoch]
    history = np.stack([good if epoch in (130, 140) else poor for epoch in range(150)])
    found = pick(Goal(), counted(truth, history), preference(THRESHOLDS, 0.5))
    assert (found.epoch, found.threshold, found.value) == (130, best.threshold, best.value)


def test_of_equal_thresholds_the_one_nearest_the_decision_is_chosen() -> None:
    """Where nothing lies between thresholds, the choice moves least from where decisions are made now."""
    truth, score = np.array([0, 1]), np.float32([[0.05, 0.99]])
    for near, expected in ((0.5, 0.5), (0.0, 0.1), (0.9, 0.95)):
        found = pick(Goal(), counted(truth, score), preference(THRESHOLDS, near))
        assert THRESHOLDS[found.threshold] == np.float32(expected)


def refusal(goal: Goal, *, epochs: list[int], score: np.ndarray, truth: np.ndarray) -> str:
    with pytest.raises(UnreachableGoalError) as refused:
        choice_of(goal, counted(truth, score), THRESHOLDS, np.array(epochs))
    return str(refused.value)


def test_a_goal_out_of_reach_is_one_sentence_with_the_nearest() -> None:
    """The sentence says what cannot be had, and where it is missed least, with what is there."""
    truth = np.array([1, 1, 0, 0, 0, 0])
    score = np.float32([[0.9, 0.3, 0.55, 0.2, 0.2, 0.2]])
    assert refusal(Goal(precision=0.9, recall=0.9), epochs=[7], score=score, truth=truth) == (
        "no threshold at epoch 7 gives precision of at least 0.9 and recall of at least 0.9; "
        "the nearest is 0.25 at epoch 7 with precision 0.6667, recall 1"
    )
    assert "of any epoch" in refusal(
        Goal(precision=0.9, recall=0.9), epochs=[0, 1], score=np.concatenate([score, score]), truth=truth
    )


def test_what_is_undefined_everywhere_is_refused() -> None:
    """Without positives, or for a condition that nothing defines, the sentence says so."""
    score = np.float32([[0.2, 0.4]])
    assert refusal(Goal(formula="recall"), epochs=[3], score=score, truth=np.array([0, 0])) == (
        "recall is undefined at every threshold at epoch 3 that could be chosen"
    )
    assert refusal(Goal(recall=0.5), epochs=[3], score=score, truth=np.array([0, 0])) == (
        "no threshold at epoch 3 gives recall of at least 0.5; it is undefined at all of them"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"precision": 0}, "precision must be in (0, 1]. Received: 0"),
        ({"recall": 1.7}, "recall must be in (0, 1]. Received: 1.7"),
        ({"alerts": 0}, "alerts must be in (0, 10000], of 10,000 samples. Received: 0"),
        ({"prevalence": 1}, "prevalence must be in (0, 1). Received: 1"),
        ({"cost_fp": 1}, "cost_fp and cost_fn must be given together, 0 or more, not both 0. Received: 1 and None"),
        (
            {"cost_fp": 0, "cost_fn": 0},
            "cost_fp and cost_fn must be given together, 0 or more, not both 0. Received: 0 and 0",
        ),
        (
            {"formula": "f1", "cost_fp": 1, "cost_fn": 1},
            "a goal must have a formula or costs, not both. Received: 'f1' and [1, 1]",
        ),
    ],
)
def test_a_goal_states_its_rules(arguments: dict[str, Any], message: str) -> None:
    """What cannot be wanted is refused with the rule and what came."""
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Goal(**arguments)


@pytest.mark.parametrize("formula", ["f1@0.3", "val_loss", "f1 - val_loss", "matrix"])
def test_a_formula_must_follow_the_threshold(formula: str) -> None:
    """A formula with a threshold of its own, or of logs, has no best threshold."""
    with pytest.raises(FormulaError, match="a threshold is chosen for a formula of tp, fp, tn and fn that has none"):
        _ = Goal(formula=formula).objective


@pytest.mark.parametrize(
    ("arguments", "objective"),
    [
        ({}, "F1"),
        ({"recall": 0.5}, "precision"),
        ({"precision": 0.5}, "recall"),
        ({"alerts": 5}, "recall"),
        ({"alerts": 5, "recall": 0.5}, "precision"),
        ({"alerts": 5, "precision": 0.5}, "recall"),
        ({"recall": 0.5, "precision": 0.5}, "F1"),
        ({"cost_fp": 1, "cost_fn": 2, "recall": 0.5}, "cost per sample"),
        ({"formula": "mcc", "recall": 0.5}, "MCC"),
    ],
)
def test_what_conditions_leave_open_is_to_be_best(arguments: dict[str, Any], objective: str) -> None:
    """Where nothing is named, what a condition would be traded for is looked for."""
    assert Goal(**arguments).objective.label == objective


def test_a_goal_says_what_it_is() -> None:
    """As a sentence: what is to be highest or lowest, and under which conditions."""
    assert str(Goal(cost_fp=1, cost_fn=2, alerts=1200)) == (
        "lowest cost per sample with alerts per 10,000 of at most 1,200"
    )
    assert str(Goal(formula="mcc", precision=0.5, recall=0.25)) == (
        "highest MCC with precision of at least 0.5 and recall of at least 0.25"
    )
