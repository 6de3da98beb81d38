"""A training says once where it is recorded, on standard error, unless it was asked to be silent."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from recorder import RunRecorder, announcing
from recorder.keras import callback

X, Y = np.zeros((4, 2), np.float32), np.array([0, 1, 0, 1], np.float32)


@pytest.fixture(scope="module")
def model() -> keras.Model:
    model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
    model.compile(loss="binary_crossentropy")
    return model


def train(model: keras.Model, recorder: RunRecorder, verbose: int = 2) -> str:
    model.fit(X, Y, callbacks=[recorder], verbose=verbose, epochs=1)
    return "" if recorder.folder is None else recorder.folder.name


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_it_is_one_line_with_the_command_to_watch(
    here: Path, model: keras.Model, capsys: pytest.CaptureFixture[str]
) -> None:
    """Once for each folder of runs, however many runs follow; below where one stands the path is short."""
    run = train(model, RunRecorder("my runs"))
    assert capsys.readouterr().err == f"epochreel records to my runs/{run}; watch it: epochreel watch 'my runs'\n"
    train(model, RunRecorder("my runs"))
    assert capsys.readouterr().err == ""
    elsewhere = here.parent / f"{here.name}-elsewhere"
    run = train(model, RunRecorder(elsewhere))
    assert capsys.readouterr().err == f"epochreel records to {elsewhere}/{run}; watch it: epochreel watch {elsewhere}\n"


@pytest.mark.parametrize(("options", "verbose"), [({"verbose": 0}, 2), ({}, 0)], ids=["recorder", "fit"])
def test_it_is_silent_where_silence_was_asked_for(
    here: Path, model: keras.Model, capsys: pytest.CaptureFixture[str], options: dict[str, int], verbose: int
) -> None:
    """`RunRecorder(verbose=0)`, or `fit(verbose=0)`; a later training that is not silent says it then."""
    train(model, RunRecorder("runs", **options), verbose)
    assert capsys.readouterr().err == ""
    train(model, RunRecorder("runs"))
    assert "epochreel records to runs/" in capsys.readouterr().err


def test_nobody_says_it_who_does_not_record(
    here: Path, model: keras.Model, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a distributed training the chief alone writes, and says so."""
    monkeypatch.setattr(callback, "is_chief", lambda model: False)
    train(model, RunRecorder("runs"))
    assert capsys.readouterr().err == ""


def test_without_standard_error_the_training_goes_on(
    here: Path, model: keras.Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program without a console has none."""
    monkeypatch.setattr(announcing.sys, "stderr", None)
    assert train(model, RunRecorder("runs"), verbose=2)
