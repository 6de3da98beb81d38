"""Where a run stands, and its best values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

import viewer
from recorder import RunWriter
from viewer.frame import Framer
from viewer.panels.status.artists import facts_of
from viewer.panels.status.bests import bests
from viewer.panels.status.numbers import brief, clock, duration, in_words, standing

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
Runs = dict[str, Framer]


def test_a_running_run_ends_after_its_epochs_at_the_recent_pace(tmp_path: Path) -> None:
    """The median of the last twenty, times what is left."""
    with RunWriter(tmp_path, epochs=100) as writer:
        for epoch in range(30):
            writer.epoch(epoch, logs={"loss": 1.0}, seconds={"epoch": 60.0 if epoch < 10 else 2.0 + epoch % 3})
        at = standing(Framer(viewer.open_run(writer.folder)).frame(4), now=NOON)
    assert (at.epoch, at.done, at.planned, at.seconds, at.state) == (4, 30, 100, 3.0, "running")
    assert at.remaining == 210.0
    assert at.end == NOON + timedelta(seconds=210)
    assert at.elapsed == pytest.approx(10 * 60 + sum(2 + epoch % 3 for epoch in range(10, 30)))


def test_progress_goes_by_the_number_of_the_epoch_where_few_are_recorded(tmp_path: Path) -> None:
    """Every twentieth of 100: after epoch 59 it is 60 of 100, and 40 are left at the pace of one."""
    with RunWriter(tmp_path, epochs=100) as writer:
        for epoch in (19, 39, 59):
            writer.epoch(epoch, logs={"loss": 1.0}, seconds={"epoch": 3.0})
        at = standing(Framer(viewer.open_run(writer.folder)).frame(), now=NOON)
    assert (at.done, at.recorded, at.planned, at.remaining, at.elapsed) == (60, 3, 100, 120.0, 180.0)
    assert in_words(at).startswith("epoch 59 · 60 of 100 done · 3.00 s an epoch")
    assert facts_of(at)[:2] == ["60 of 100 epochs", "3 recorded"]


def test_a_finished_run_has_no_end_to_expect(runs: Runs) -> None:
    """Nor has one without an epoch a pace."""
    assert standing(runs["binary"].frame()).end is None
    at = standing(runs["empty"].frame())
    assert (at.epoch, at.done, at.seconds, at.elapsed) == (None, 0, None, None)
    assert in_words(at) == "finished · no epoch yet"


def test_words_get_fewer_and_the_state_stays(runs: Runs) -> None:
    """For a header with little room."""
    words = brief(standing(runs["binary"].frame(3)))
    assert words[0] == "epoch 3 · 30 of 30 done · 0.40 s an epoch · finished"
    assert [len(line) for line in words] == sorted((len(line) for line in words), reverse=True)
    assert all(line.endswith("finished") for line in words)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.041, "41 ms"), (0.0994, "99 ms"), (0.0996, "0.10 s"), (0.41, "0.41 s"), (9.996, "10.0 s"), (12.34, "12.3 s"),
        (59.97, "1 min 0 s"), (250, "4 min 10 s"), (3599.6, "1 h 0 min"), (11_100, "3 h 5 min"), (187_200, "2 d 4 h"),
    ],
)  # fmt: skip
def test_durations_have_sensible_units(seconds: float, words: str) -> None:
    """Also where rounding reaches the next one."""
    assert duration(seconds) == words


def test_a_time_of_another_day_has_its_date() -> None:
    """Of today the hour is enough."""
    assert clock(NOON, now=NOON) == "12:00"
    assert clock(NOON + timedelta(days=2), now=NOON) == "26 Nov 12:00"


def test_bests_are_of_the_loss_and_the_formulas_of_the_frame(runs: Runs) -> None:
    """Each with its value at the best epoch of the run, and under the cursor."""
    framer = runs["binary"]
    found = {best.label: best for best in bests(framer.frame(5))}
    assert list(found) == ["loss", "precision", "recall", "F1", "MCC"]
    recall = framer.run.values("recall")
    best = framer.run.logs["val_loss"].argmin()
    assert (found["recall"].now, found["recall"].value, found["recall"].epoch) == (recall[5], recall[best], best)
    assert found["loss"].value == framer.run.logs["val_loss"].min()


def test_where_neither_end_is_good_there_is_no_best(runs: Runs) -> None:
    """The learning rate has a value and no best one."""
    (rate,) = bests(runs["binary"].frame(), ["learning_rate"])
    assert rate.epoch is None
    assert np.isnan(rate.value)
    assert rate.now == 1e-3


@pytest.mark.filterwarnings("ignore:epochreel")
def test_what_a_resume_was_given_otherwise_is_told(tmp_path: Path) -> None:
    """The settings that differ from those the run began with; of a resume with the same, or without, nothing."""
    for config, told in (({"lr": 0.1, "seed": 1}, ()), (None, ()), ({"lr": 0.2, "seed": 1}, ("lr 0.2",))):
        with RunWriter(tmp_path, name="a", config=config, resume="allow") as writer:
            writer.epoch(0, logs={"loss": 1.0})
        at = standing(Framer(viewer.open_run(writer.folder)).frame())
        assert at.changed == told
    assert "resumed with lr 0.2" in facts_of(at)
