"""Where validation takes most of an epoch a training says once what would help, and never as a warning."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from recorder import RunRecorder, announcing
from recorder.epoch import EpochState
from recorder.keras import validation_hint
from recorder.keras.validation_hint import LARGE, ValidationHint, way_out

X, Y = np.zeros((64, 2), np.float32), np.tile(np.array([0, 1], np.float32), 32)


@pytest.fixture(autouse=True)
def nothing_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a process that has just begun."""
    monkeypatch.setattr(validation_hint, "_told", False)
    monkeypatch.setattr(announcing, "_told", set())


class Ways(keras.callbacks.Callback):
    """Asks at the end of each epoch what would help."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.found.append(way_out(self.model))


def trained(model: keras.Model, *callbacks: keras.callbacks.Callback, validation: Any, **options: Any) -> None:
    """Two epochs, of which validation has far more batches."""
    model.fit(X[:2], Y[:2], epochs=2, verbose=2, validation_data=validation, callbacks=list(callbacks), **options)


@pytest.fixture(scope="module")
def model() -> keras.Model:
    model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
    model.compile(loss="binary_crossentropy")
    return model


def told(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [line for line in capsys.readouterr().err.splitlines() if "validation takes" in line]


def test_the_sentence_names_the_argument_and_is_said_once(
    tmp_path: Path, model: keras.Model, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two trainings whose validation takes more of an epoch than it may, even where warnings are errors."""
    monkeypatch.setattr(validation_hint, "MOST", 0.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(2):
            trained(model, RunRecorder(tmp_path), validation=(X, Y), batch_size=1)
    (line,) = told(capsys)
    share, rest = line.removeprefix("epochreel: validation takes ").split("%", 1)
    assert 0 <= int(share) <= 100
    assert rest == (
        f" of an epoch. It runs in batches of 1; fit(validation_batch_size={LARGE}) would be quicker, or as many as "
        "memory allows."
    )


@pytest.mark.parametrize(("recorder", "fit"), [(0, 2), (1, 0)])
def test_who_asks_for_silence_gets_it(
    tmp_path: Path,
    model: keras.Model,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    recorder: int,
    fit: int,
) -> None:
    """`RunRecorder(verbose=0)` and `fit(verbose=0)`."""
    monkeypatch.setattr(validation_hint, "MOST", 0.0)
    options = {"validation_data": (X, Y), "batch_size": 1, "epochs": 2, "verbose": fit}
    model.fit(X[:2], Y[:2], callbacks=[RunRecorder(tmp_path, verbose=recorder)], **options)
    assert told(capsys) == []


@pytest.mark.campaign
def test_a_data_set_has_its_batches_elsewhere(model: keras.Model) -> None:
    """Of arrays an argument of `fit` helps, of a data set its own batches; of large ones, or none, nothing does."""
    data = tf.data.Dataset.from_tensor_slices((X, Y)).batch(4, drop_remainder=True)
    cases = {"validation_batch_size": (X, Y), "batches of 2,048 in validation_data": data}
    for words, validation in cases.items():
        ways = Ways()
        trained(model, ways, validation=validation)
        assert all(words in found for found in ways.found)
    ways = Ways()
    trained(model, ways, validation=(X, Y), validation_batch_size=LARGE)
    trained(model, ways, validation=None)
    assert ways.found == [""] * 4


def test_a_short_validation_and_the_first_epoch_say_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exactly half of an epoch is not most of it; in the first one the model is traced."""
    monkeypatch.setattr(validation_hint, "way_out", lambda model: "That.")
    states = [EpochState() for _ in range(3)]
    for state, seconds in zip(states, [9.0, 5.0, 5.1], strict=True):
        start = state.restart(0.0)
        assert start
        state.train_ended, state.val_ended, state.ended = 10.0 - seconds, 10.0, 10.0
    hint = ValidationHint(None)
    hint.look(states[0])
    hint.look(states[1])
    assert told(capsys) == []
    hint.look(states[2])
    assert told(capsys) == ["epochreel: validation takes 51% of an epoch. That."]
