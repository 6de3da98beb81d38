"""The table of what was aimed at."""

from __future__ import annotations

import pytest

from tests.benchmarks.goals import GOALS, Goal, goals, is_met
from tests.benchmarks.measured import Measured

FOUND = {
    "a": Measured((0.001, 0.003, 0.002)),
    "b": Measured((0.0005,)),
    "h": Measured((0.00025,)),
    "m": Measured((2e8,), "byte"),
    "rate": Measured((0.01, 0.01, 0.02)),
}


@pytest.mark.parametrize(
    ("goal", "met"),
    [
        (Goal("x", "a", 2, "ms"), True),
        (Goal("x", "a", 1.9, "ms"), False),
        (Goal("x", "a", 1.5, "ms", minus="b"), True),
        (Goal("x", "a", 2.9, "ms", share=1.0), False),
        (Goal("x", "m", 200, "MB"), True),
        (Goal("x", "rate", 100, "a second"), True),
        (Goal("x", "rate", 101, "a second"), False),
        (Goal("x", "a", 4, "x", over="b"), True),
        (Goal("x", "a", 3.9, "x", over="b"), False),
        (Goal("x", "a", 4, "times", over="b"), True),
        (Goal("x", "a", 4.1, "times", over="b"), False),
    ],
)
def test_a_goal_is_the_most_that_there_may_be_and_of_rates_the_least(goal: Goal, met: bool) -> None:
    """In its own unit, by the median or another quantile, less what it is measured beyond or divided by it."""
    assert is_met(goal, FOUND) is met


def test_a_floor_is_said_where_a_goal_was_not_reached() -> None:
    """And only there; what was not measured is no row."""
    aimed = [
        Goal("hooks", "a", 1, "ms", floor=("b", "reading alone")),
        Goal("more", "a", 3, "ms", floor=("b", "reading alone")),
        Goal("lost", "c", 1, "s"),
        Goal("beside", "a", 1, "x", over="b", floor=("h", "half")),
        Goal("gain", "a", 5, "times", over="b", floor=("h", "half")),
        Goal("beside what is lost", "a", 1, "x", over="c"),
    ]
    assert goals(FOUND, aimed)[2:] == [
        "| hooks | 1 ms | 2.00 ms | **not met** | 0.50 ms: reading alone |",
        "| more | 3 ms | 2.00 ms | met |  |",
        "| beside | 1 x | 4.00 x | **not met** | 0.50 x: half |",
        "| gain | at least 5 times | 4.00 times | **not met** | 8.00 times: half |",
    ]
    assert goals({}, aimed) == []


def test_each_goal_is_one_row_of_its_own() -> None:
    """No two have the same words."""
    assert len({goal.what for goal in GOALS}) == len(GOALS)
