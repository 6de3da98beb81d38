"""Epochs, steps and time of runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import viewer
from recorder import RunWriter
from recorder.runfile import from_iso
from viewer.comparison.axis import steps, why_not, x_of
from viewer.comparison.picture import Reel
from viewer.run import Run

from .conftest import Record

TRUTH = np.array([0, 1, 1, 0])
SCORES = [np.array([0.2, 0.7, 0.4, 0.1])] * 3


def test_a_log_of_steps_goes_before_the_configuration(record: Record) -> None:
    """What was recorded is taken as it is; the config is only asked where there is none."""
    logs = [{"step": 10.0}, {"step": 25.0}, {"step": 31.0}]
    assert steps(Run(record("a", SCORES, TRUTH, logs=logs, config={"steps_per_epoch": 4}))).tolist() == [10, 25, 31]
    assert steps(Run(record("b", SCORES, TRUTH, config={"steps_per_epoch": 4}))).tolist() == [4, 8, 12]


def test_steps_follow_from_batch_size_and_counted_training_samples(record: Record) -> None:
    """Ten samples in batches of four are three steps an epoch: the last batch is smaller."""
    train = (np.zeros(10, int), np.full(10, 0.3))
    assert steps(Run(record("a", SCORES, TRUTH, train=train, config={"batch_size": 4}))).tolist() == [3, 6, 9]


def test_of_unknown_steps_it_is_said_where_they_would_come_from(record: Record) -> None:
    """Nothing is guessed: such a run has no place on an axis of steps."""
    unknown = x_of(Run(record("a", SCORES, TRUTH, config={"batch_size": 4})), "step")
    assert np.isnan(unknown).all()
    assert why_not(unknown, "step").startswith("its steps are not known, from the recorder, a log named step, ")


def test_time_is_that_of_the_lines(binary: Record) -> None:
    """Without a resume, seconds since the start are the lines' times less the run's creation."""
    run = Run(binary("a", 1))
    expected = [from_iso(run.line(at).time) - from_iso(run.manifest.created) for at in range(4)]
    np.testing.assert_allclose(x_of(run, "time"), expected, atol=1e-5)


def test_the_pause_before_a_resumed_attempt_is_no_training_time(record: Record, tmp_path: Path) -> None:
    """The first epoch after a resume counts with its own seconds, however long nothing ran."""
    folder = record("a", SCORES, TRUTH)
    before = x_of(Run(folder), "time")
    with RunWriter(tmp_path / "runs", name="a", resume="must", thresholds=np.linspace(0, 1, 21)) as run:
        run.epoch(3, seconds={"epoch": 7.5}, val=(TRUTH, SCORES[0]))
    np.testing.assert_allclose(x_of(Run(folder), "time"), [*before, before[-1] + 7.5], atol=1e-5)


def test_epochs_are_their_numbers(binary: Record) -> None:
    """The axis of epochs is what the run says."""
    assert x_of(Run(binary("a", 1)), "epoch").tolist() == [0, 1, 2, 3]


def test_steps_that_were_recorded_go_before_all_else(tmp_path: Path) -> None:
    """Beside epochs, and as the unit; a log of that name is then only a log."""
    for name, at in (("epochs", {"epoch": 0, "step": 40}), ("steps", {"step": 40})):
        with RunWriter(tmp_path, name=name, unit="step" if name == "steps" else "epoch") as run:
            run.epoch(**at, logs={"step": 7.0})
        assert run.folder is not None
        assert steps(Run(run.folder)).tolist() == [40]


def test_runs_run_over_what_they_count_in(tmp_path: Path) -> None:
    """Of different units over steps where all know them, else over epochs; `align` says it otherwise."""
    made = {
        "both": [{"epoch": n, "step": 40 * (n + 1)} for n in range(3)],
        "epochs": [{"epoch": n} for n in range(3)],
        "steps": [{"step": 20 * (n + 1), "epoch": n // 2} for n in range(6)],
        "bare": [{"step": 20 * (n + 1)} for n in range(6)],
    }
    runs = {}
    for name, points in made.items():
        with RunWriter(tmp_path, name=name, unit="epoch" if name in ("both", "epochs") else "step") as run:
            for point in points:
                run.epoch(**point, logs={"loss": 1.0 / (1 + len(runs))})
        assert run.folder is not None
        runs[name] = Run(run.folder)

    def align(*names: str) -> str:
        return viewer.compare([runs[name] for name in names], ["loss"]).query.align

    assert [align("both", "epochs"), align("steps", "bare"), align("both", "bare")] == ["epoch", "step", "step"]
    assert [align("epochs", "steps"), align("epochs", "bare")] == ["epoch", "step"]
    assert x_of(runs["steps"], "epoch").tolist() == [-0.5, 0, 0.5, 1, 1.5, 2]


def test_a_run_that_has_no_place_on_the_axis_is_in_the_tables_and_told_of(tmp_path: Path) -> None:
    """A sentence says why; its value and its file are there; where no run has a place, that is an error."""
    folders = []
    for name, at in (("a", {"step": 40}), ("b", {"epoch": 0}), ("c", {"epoch": 0})):
        with RunWriter(tmp_path, name=name) as run:
            run.epoch(**at, logs={"loss": 0.5})
        folders.append(run.folder)
    found = viewer.compare(folders[:2], ["loss"], align="step")
    assert any(
        note.startswith("b: no curve along steps: its steps are not known, from the recorder") for note in found.notes
    )
    assert found.summary.loc[("b", "last"), "loss"] == 0.5
    assert found.summary["step"].isna().tolist() == [False] * 3 + [True] * 3
    assert [len(curve.epochs) for curve in Reel(found).still.overlays[0].named] == [1, 0]
    found.save(tmp_path / "picture.png", size=(640, 400))
    with pytest.raises(
        ValueError, match=r"^curves along steps need a run that knows them\. Received: none; b: its steps"
    ):
        viewer.compare(folders[1:], ["loss"], align="step")
