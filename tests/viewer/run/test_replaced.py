"""A run that is open while its folder is put in the place of another one's: one of them is shown, never a mixture."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

import viewer
from recorder import RunWriter
from viewer.dashboard.following import Fixed
from viewer.dashboard.session import Session
from viewer.frame import Knobs


def mean_score(y_true: np.ndarray, y_score: np.ndarray) -> float:
    """A formula of samples."""
    return float(y_score[y_true == 1].mean())


ASKED = ("f1@0.3", "average_precision", "loss", "tp", mean_score)


def record(root: Path, epochs: int, seed: int) -> Path:
    """A run with counts and samples that no other seed has."""
    rng = np.random.default_rng(seed)
    with RunWriter(root, name=f"run-{seed}", config={"seed": seed}, max_samples=50) as writer:
        for epoch in range(epochs):
            writer.epoch(epoch, logs={"loss": float(seed)}, val=(rng.random(50) < 0.4, rng.random(50)))
    assert writer.folder is not None
    return writer.folder


def put_in_place(new: Path, old: Path) -> None:
    """The folder of one run in that of another."""
    shutil.rmtree(old)
    shutil.copytree(new, old)


def values(run: viewer.Run) -> list[list[float]]:
    """What is computed of it, of lines, histograms and samples."""
    return [np.asarray(run.metric(formula)).tolist() for formula in ASKED]


@pytest.mark.parametrize("later", [1, 3, 6])
def test_what_is_read_after_it_is_all_of_the_new_run(tmp_path: Path, later: int) -> None:
    """With fewer, as many or more epochs: every number, name and setting is the new run's, and its growth is seen."""
    folder, other = record(tmp_path / "a", 3, seed=1), record(tmp_path / "b", later, seed=2)
    run = viewer.open_run(folder)
    before = values(run)
    put_in_place(other, folder)
    version = run.version
    assert run.refresh()
    assert run.version > version
    assert values(run) == values(viewer.open_run(other)) != before
    assert (run.name, run.config, run.faults) == ("run-2", {"seed": 2}, [])
    assert not run.refresh()
    with RunWriter(folder.parent, name="run-2", resume="must", max_samples=50) as writer:
        writer.epoch(later, val=([0, 1], [0.2, 0.9]))
    assert run.refresh()
    assert run.epoch_numbers.tolist() == list(range(later + 1))


def test_until_the_new_one_can_be_read_the_old_one_is_shown(tmp_path: Path) -> None:
    """Lines have come and no manifest: what was shown stays, and why it does not grow is said."""
    folder, other = record(tmp_path / "a", 3, seed=1), record(tmp_path / "b", 5, seed=2)
    run = viewer.open_run(folder)
    before = values(run)
    manifest = (other / "run.json").rename(tmp_path / "run.json")
    put_in_place(other, folder)
    run.refresh()
    assert run.name == "run-1"
    assert [len(run.epoch_numbers), before[2]] == [3, np.asarray(run.metric("loss")).tolist()]
    assert any("another run's lines" in fault for fault in run.faults)
    shutil.copy(manifest, folder / "run.json")
    assert run.refresh()
    assert (run.name, len(run.epoch_numbers), run.faults) == ("run-2", 5, [])


@pytest.mark.parametrize("later", [1, 6])
def test_a_picture_of_it_starts_anew(tmp_path: Path, later: int) -> None:
    """Whoever looks on, also at an epoch in the past, sees the new run at its newest epoch."""
    folder, other = record(tmp_path / "a", 4, seed=1), record(tmp_path / "b", later, seed=2)
    session = Session(Fixed([viewer.open_run(folder)], Knobs()))
    session.player.seek(2)
    assert session.frame().epoch == 2
    put_in_place(other, folder)
    assert session.look()
    assert session.frame().epoch == later - 1
    assert session.frame().run.name == "run-2"
