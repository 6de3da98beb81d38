"""Steps and samples a second and the share of validation, of runs of epochs and of steps, held against plain sums."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recorder import RunWriter
from viewer.frame import Framer
from viewer.listing.column import parse_column
from viewer.panels.status.artists import facts_of
from viewer.panels.status.numbers import rate, standing
from viewer.run import Run
from viewer.run.pace import UNKNOWN, lately, pace, seconds_each

TRUTH, SCORES = np.array([0, 1, 1, 0, 1]), np.array([0.2, 0.8, 0.6, 0.4, 0.3], np.float32)
Record = Callable[..., Run]


@pytest.fixture
def record(tmp_path: Path) -> Record:
    """Records points: each is what `RunWriter.epoch` takes; None begins another attempt."""

    def make(*points: dict[str, Any] | None, **options: Any) -> Run:
        writer = RunWriter(tmp_path, name="a", **options)
        for point in points:
            if point is None:
                writer.close()
                writer = RunWriter(tmp_path, name="a", resume="must", **options)
            else:
                writer.epoch(**{"logs": {"loss": 1.0}, **point})
        writer.close()
        assert writer.folder is not None
        return Run(writer.folder)

    return make


def test_of_steps_the_seconds_of_a_point_are_those_since_the_one_before(record: Record) -> None:
    """300 steps in 2 s of training and 5 s in all."""
    run = record(
        {"step": 100, "seconds": {"epoch": 1.0, "train": 0.5, "val": 0.25}, "train": (TRUTH, SCORES)},
        {"step": 400, "seconds": {"epoch": 5.0, "train": 2.0, "val": 3.0}, "train": (TRUTH, SCORES)},
    )
    np.testing.assert_allclose(run.step_rate, [200, 150])
    np.testing.assert_allclose(run.example_rate, [10, 2.5])
    np.testing.assert_allclose(run.validation_share, [0.25, 0.6])
    np.testing.assert_allclose(seconds_each(run), [0.01, 5 / 300])
    assert pace(run).step_rate == 175


def test_of_epochs_that_are_not_all_recorded_the_seconds_are_of_one(record: Record) -> None:
    """Every fifth epoch, of 40 steps in 2 s: 20 steps a second."""
    run = record(
        *({"epoch": epoch, "step": 40 * (epoch + 1), "seconds": {"epoch": 3.0, "train": 2.0}} for epoch in (4, 9, 14)),
        unit="epoch",
    )
    np.testing.assert_allclose(run.step_rate, [20, 20, 20])
    np.testing.assert_allclose(seconds_each(run), [3, 3, 3])
    assert np.isnan(run.validation_share).all()
    assert np.isnan(run.example_rate).all()


def test_from_which_step_a_resumed_attempt_went_on_is_not_known(record: Record) -> None:
    """Its first point has no rate; what it hides does not count; all points are in order."""
    seconds = {"epoch": 1.0, "train": 1.0}
    run = record(
        *({"step": step, "seconds": seconds} for step in (100, 200, 300)),
        None,
        *({"step": step, "seconds": seconds} for step in (250, 350)),
    )
    assert run.steps.tolist() == [100, 200, 250, 350]
    assert run.attempts.tolist() == [0, 0, 1, 1]
    np.testing.assert_allclose(run.step_rate, [100, 100, np.nan, 100])
    assert [run.position(at) for at in ("step:250", 350)] == [2, 3]
    with pytest.raises(ValueError, match=r"step must be a recorded one \(100 to 350; nearest: 250 and 350\)"):
        run.position(300)
    assert run.metric("loss").index.tolist() == [100, 200, 250, 350]


def test_without_seconds_or_steps_nothing_is_said(record: Record) -> None:
    """NaN, an empty column, and no fact."""
    run = record({"epoch": 0}, {"epoch": 1})
    assert pace(run) == UNKNOWN
    assert [parse_column(name).value(run) for name in ("step_rate", "example_rate", "validation_share", "steps")] == [
        None
    ] * 4
    assert facts_of(standing(Framer(run).frame())) == ["2 epochs"]
    assert "step" not in run.epochs


def test_what_is_known_of_steps_stands_beside_the_epochs_of_a_table(record: Record) -> None:
    """A column of whole numbers, with a gap where one is not known; a log of that name stays what it is."""
    run = record({"epoch": 0, "step": 40}, {"epoch": 1}, unit="epoch")
    assert run.epochs["step"].tolist()[0] == 40
    assert run.epochs["step"].isna().tolist() == [False, True]
    assert run.with_both(run.metric("loss").to_frame()).columns.tolist() == ["step", "loss"]


def test_a_log_called_step_is_not_taken_for_the_step(record: Record) -> None:
    """Nothing that was a column before is another one now."""
    run = record({"epoch": 0, "step": 40, "logs": {"step": 7.0}}, unit="epoch")
    assert run.epochs["step"].tolist() == [7.0]


def test_the_status_says_how_fast_it_is(record: Record) -> None:
    """Of a running training too, with the end that is expected from it."""
    points = [
        {"step": 1000 * n, "epoch": n, "seconds": {"epoch": 2.0, "train": 1.0, "val": 0.5}, "train": (TRUTH, SCORES)}
        for n in (1, 2, 3)
    ]
    run = record(*points, epochs=5000)
    at = standing(Framer(run).frame())
    assert facts_of(at)[:5] == [
        "3,000 of 5,000 steps", "3 points recorded", "1k steps a second", "5 samples a second", "25% of it validation",
    ]  # fmt: skip
    assert (at.done, at.elapsed, at.seconds) == (3000, 6.0, 0.002)


def test_rates_have_three_digits() -> None:
    """Small and large ones."""
    assert [rate(value) for value in (0.0414, 41.4, 812, 999.6, 52_340, 3.1e6)] == [
        "0.0414",
        "41.4",
        "812",
        "1k",
        "52.3k",
        "3.1M",
    ]
    assert lately(np.array([np.nan, 1, 3])) == 2
    assert lately(np.full(3, np.nan)) is None
