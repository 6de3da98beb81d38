"""What a point of a run is called and how it is asked for, of runs of epochs and of steps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewer.points import Point, Timeline, along, named, numbers, parse_point, point_of, points, progress

NAN = float("nan")
STEPS = Timeline("step", np.array([500.0, 1000, 1500, 2000]), np.array([0.0, 0, 1, 1]))
BARE = Timeline("step", np.array([500.0, 1000]), np.full(2, NAN))
EPOCHS = Timeline("epoch", np.array([400.0, 800, NAN]), np.array([0.0, 1, 2]))


def test_the_word_is_that_of_the_unit() -> None:
    """A number of an epoch or a step has thousands set apart; not each step is a recorded point."""
    assert [named("epoch", 3), named("step", 20_000)] == ["epoch 3", "step 20,000"]
    assert [points("epoch", 1), points("step", 1), points("step", 1200)] == ["1 epoch", "1 point", "1,200 points"]
    assert [numbers("epoch", 2), numbers("step", 1)] == ["2 epochs", "1 step"]
    assert [progress("epoch", 2, 40), progress("step", 20, 4000), progress("", None, 3)] == [
        "2 / 40",
        "20 / 4,000 steps",
        "",
    ]


@given(st.integers(0, 2**40), st.sampled_from([None, "step", "epoch"]))
def test_what_is_written_is_read_again(number: int, unit: str | None) -> None:
    """A point as it is printed, also with its thousands, is the one that was meant."""
    point = Point(number, unit)  # type: ignore[arg-type]
    assert parse_point(str(point)) == point
    assert parse_point(f"{f'{unit}:' if unit else ''}{number:,}") == point


@pytest.mark.parametrize(
    "words", ["best", "-1", "1.5", "step", "step:", "batch:3", "epoch:-1", "", "step:1e3", True, None, 1.5]
)
def test_what_is_no_point_is_none(words: object) -> None:
    """Words that other questions take, and what is mistyped."""
    assert parse_point(words) is None  # type: ignore[arg-type]
    with pytest.raises(
        ValueError, match=r"^a point of a run must be a number, step:NUMBER or epoch:NUMBER\. Received: "
    ):
        point_of(words)  # type: ignore[arg-type]


def test_a_point_is_found_in_either_unit() -> None:
    """A number alone is in the run's unit; of the points in one epoch it is the last, or the first."""
    assert [STEPS.position(point_of(one)) for one in ("500", "step:1500", "epoch:0", "epoch:1")] == [0, 2, 1, 3]
    assert [STEPS.position(point_of(one), first=True) for one in ("epoch:0", "epoch:1")] == [0, 2]
    assert [EPOCHS.position(point_of(one)) for one in (2, "epoch:1", "step:400")] == [2, 1, 0]


@pytest.mark.parametrize(
    ("line", "asked", "told"),
    [
        (STEPS, "1200", r"step must be a recorded one \(500 to 2000; nearest: 1000 and 1500\)\. Received: 1200"),
        (STEPS, "9000", r"step must be a recorded one \(500 to 2000; nearest: 2000\)\. Received: 9000"),
        (STEPS, "epoch:7", r"epoch must be a recorded one \(0 to 1; nearest: 1\)\. Received: epoch:7"),
        (BARE, "epoch:0", r"the epochs of a run must be recorded .*; this run has steps alone\. Received: epoch:0"),
        (EPOCHS, "step:500", r"step must be a recorded one \(400 to 800; nearest: 400 and 800\)\. Received: step:500"),
        (Timeline("step", np.zeros(0), np.zeros(0)), "3", r"step must be a recorded one \(none yet\)\. Received: 3"),
    ],
)  # fmt: skip
def test_of_a_point_that_was_not_recorded_the_nearest_are_said(line: Timeline, asked: str, told: str) -> None:
    """The rule, what there is near it, and what came."""
    with pytest.raises(ValueError, match=f"^{told}$"):
        line.position(point_of(asked))


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=20, unique=True).map(sorted), st.integers(0, 2 * 10**6))
def test_the_nearest_point_is_no_further_than_any_other(steps: list[int], asked: int) -> None:
    """Held against all of them, one by one."""
    line = Timeline("step", np.array(steps, float), np.full(len(steps), NAN))
    far = [abs(step - asked) for step in steps]
    assert far[line.nearest(Point(asked))] == min(far)


@given(st.integers(1, 500), st.lists(st.integers(1, 20_000), min_size=1, max_size=50, unique=True).map(sorted))
def test_points_of_steps_lie_within_their_epoch(each: int, steps: list[int]) -> None:
    """On an axis of epochs a point is behind the end of the epoch before and not behind that of its own, in order."""
    done = np.array(steps, float)
    epochs = (done - 1) // each
    x = along(Timeline("step", done, epochs), "epoch")
    assert ((x > epochs - 1 - 1e-9) & (x <= epochs + 1e-9)).all()
    assert (np.diff(x) >= 0).all()


def test_a_point_at_the_end_of_each_epoch_stands_where_that_epoch_does() -> None:
    """So runs of both kinds fit over one another."""
    x = along(Timeline("step", np.array([250.0, 500, 750, 1000]), np.array([0.0, 0, 1, 1])), "epoch")
    np.testing.assert_allclose(x, [-0.5, 0, 0.5, 1])
    assert np.isnan(along(BARE, "epoch")).all()
    assert along(EPOCHS, "step") is EPOCHS.steps
