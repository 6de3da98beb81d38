"""Bands that take long are computed some epochs a picture, and come out as if they had been computed at once."""

from __future__ import annotations

from functools import partialmethod
from pathlib import Path

import numpy as np
import pytest

import viewer
from recorder import RunWriter
from viewer.dashboard.following import Fixed
from viewer.dashboard.session import Session
from viewer.formulas import parse_spec
from viewer.frame import Framer
from viewer.run.patience import Patience

CLASSES, EPOCHS = 12, 40


class Clock:
    """Goes on by so many seconds whenever it is looked at."""

    def __init__(self, each: float) -> None:
        self.now, self.each = 0.0, each

    def __call__(self) -> float:
        self.now += self.each
        return self.now


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = np.random.default_rng(0)
    with RunWriter(tmp_path_factory.mktemp("runs"), thresholds=[0.25, 0.5]) as writer:
        for epoch in range(EPOCHS):
            truth = rng.integers(0, CLASSES, 300)
            scores = np.stack([rng.dirichlet(row) for row in 1 + (1 + epoch / 4) * np.eye(CLASSES)[truth]])
            writer.epoch(epoch, val=(truth, scores))
    return writer.folder


def test_steps_fit_the_time_and_begin_at_the_cursor() -> None:
    """The first question takes steps until half the time is over, the others the same ones; what is left is known."""
    clock = Clock(0.0)
    patience = Patience(1.0, clock=clock)
    patience.begin(near=10)
    taken = []
    for some in patience.portions(np.arange(20)):
        taken.append(some.tolist())
        clock.now += 0.2
    assert taken == [[10], [9], [11]]
    assert (patience.waiting, patience.done) == (True, False)
    assert [some.tolist() for some in patience.portions(np.arange(5))] == [[4], [3], [2]]
    patience.begin(near=0)
    assert not patience.waiting
    grown = []
    for some in patience.portions(np.arange(40)):
        grown.append(len(some))
        clock.now += 0.01
    assert grown == [1, 2, 4, 8, 16, 9]
    assert not patience.waiting


@pytest.mark.parametrize("each", [0.001, 0.004, 1.0])
def test_bands_of_many_pictures_are_those_of_one(run_folder: Path, each: float) -> None:
    """To the last bit, whatever time there is; until then NaN where they are still to come, and never elsewhere."""
    whole = viewer.open_run(run_folder)
    formulas = ("accuracy", "f1@macro", "1 - accuracy")
    expected = {name: np.stack(whole.band(name) or ()) for name in formulas}
    framer = Framer(viewer.open_run(run_folder))
    framer.patience = Patience(0.02, clock=Clock(each))
    for _ in range(10 * EPOCHS):
        framer.patience.begin(near=20)
        frame = framer.frame(20)
        found = {name: np.stack(frame.band(name) or ()) for name in formulas}
        for name, ends in found.items():
            known = ~np.isnan(ends)
            np.testing.assert_array_equal(ends[known], expected[name][known])
        if not framer.patience.waiting:
            break
    np.testing.assert_array_equal(np.stack(list(found.values())), np.stack(list(expected.values())))
    assert frame.band("accuracy") is framer.frame(3).band("accuracy")  # kept: nothing is drawn again for it


def test_an_epoch_that_comes_later_is_computed_and_no_other(tmp_path: Path) -> None:
    """The others are kept."""
    truth, scores = np.arange(6) % 2, np.linspace(0.1, 0.9, 6)
    with RunWriter(tmp_path) as writer:
        writer.epoch(0, val=(truth, scores))
        framer = Framer(viewer.open_run(writer.folder))
        first = framer.frame().band("recall")
        writer.epoch(1, val=(truth, scores[::-1]))
        framer.refresh()
        framer.patience = Patience()
        later = framer.frame().band("recall")
    assert first is not None
    assert later is not None
    assert (later[0][0], later[1][0]) == (first[0][0], first[1][0])
    assert np.isfinite(later).all()


def test_a_session_asks_for_pictures_until_the_bands_are_whole(
    run_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each tick wants another one, and then none; the surface is busy meanwhile, and does not sleep."""
    monkeypatch.setattr(Patience, "__init__", partialmethod(Patience.__init__, clock=Clock(1.0)))
    session = Session(Fixed([viewer.open_run(run_folder)]))
    band = session.frame().band("accuracy")
    assert band is not None
    assert np.isnan(band[0]).any()
    assert session.busy
    pictures = 0
    while session.busy:
        session.dirty = False
        session.tick(0.0)
        assert session.dirty
        band, pictures = session.frame().band("accuracy"), pictures + 1
    assert pictures > 2
    session.dirty = False
    session.tick(0.0)
    assert not session.dirty
    np.testing.assert_array_equal(band, session.framer.run.band("accuracy"))


@pytest.mark.parametrize("key", ["left", "home", "s", "c", "+"])
def test_a_hand_waits_for_no_band(run_folder: Path, key: str) -> None:
    """A picture of what a key has moved has the bands that are known; the pictures after it bring the others."""
    session = Session(Fixed([viewer.open_run(run_folder)]))
    session.turn(metrics=(parse_spec("accuracy"),))
    session.frame()
    session.turn(metrics=(parse_spec("f1@macro"),))
    session.press(key, 0.0)
    assert session.wanted.run is session.framer.run  # surfaces ask first which layout it wants
    band = session.frame().band("f1@macro")
    assert band is not None
    assert np.isnan(band).all()
    assert session.wanted.run is session.framer.run  # and then what stands in the controls
    assert session.busy
    session.tick(0.0)
    while session.dirty:
        session.dirty = False
        band = session.frame().band("f1@macro")
        session.tick(0.0)
    np.testing.assert_array_equal(band, session.framer.run.band("f1@macro"))
    session.press(key, 0.0)
    np.testing.assert_array_equal(session.frame().band("f1@macro"), band)  # which are known now, wherever the hand is


def test_a_new_epoch_comes_with_its_band(tmp_path: Path) -> None:
    """A training that is watched makes one picture an epoch, not one without a band and then one with it."""
    truth, scores = np.arange(6) % 2, np.linspace(0.1, 0.9, 6)
    with RunWriter(tmp_path) as writer:
        writer.epoch(0, val=(truth, scores))
        session = Session(Fixed([viewer.open_run(writer.folder)]))
        session.frame().band("recall")
        writer.epoch(1, val=(truth, scores[::-1]))
        session.look()
        assert session.dirty
        band = session.frame().band("recall")
        assert band is not None
        assert np.isfinite(band).all()
        assert not session.busy
