"""A clock that is set while a training runs: nothing is told wrong that need not be."""

from __future__ import annotations

import itertools
import time
from pathlib import Path

import keras
import numpy as np
import pytest

from recorder import RunRecorder
from viewer.comparison.axis import seconds
from viewer.run import Run

from .trainings import At, fit, records_of

DAY = 86_400.0


@pytest.mark.parametrize("jumps", [[DAY, 0, -DAY, DAY], pytest.param([0, -DAY], marks=pytest.mark.campaign)], ids=str)
def test_a_clock_that_jumps_changes_no_duration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jumps: list[float]
) -> None:
    """At each epoch another time: durations are those that passed, the run runs, ends, and goes on with `resume`."""
    began, clock, now = time.perf_counter(), time.time, itertools.cycle(jumps)
    shift = [0.0]
    monkeypatch.setattr(time, "time", lambda: clock() + shift[0])
    states = []

    def jump(model: keras.Model, epoch: int) -> None:
        shift[0] = next(now)
        states.append(Run(recorder.folder).status)

    recorder = RunRecorder(tmp_path, name="clock", verbose=0)
    fit(recorder, At(jump), epochs=4)
    run, passed = Run(recorder.folder), time.perf_counter() - began
    assert states == ["running"] * 4
    assert run.status == "finished"
    durations = run.seconds["epoch"]
    assert (durations > 0).all()
    assert durations.sum() < passed
    assert (np.diff(seconds(run)) >= 0).all(), "an axis of time goes one way"
    again = RunRecorder(tmp_path, name="clock", resume="must", verbose=0)
    fit(again, epochs=5, initial_epoch=4)
    assert again.folder == recorder.folder
    assert [record.epoch for record in records_of(again)] == [0, 1, 2, 3, 4]
