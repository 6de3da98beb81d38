"""What Keras compiles of a training, it compiles as often as without a recorder: of a large model it takes minutes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from recorder import ConfusionTally, RunRecorder
from tests.conftest import later

from .trainings import TRAIN, VAL, model_with, records_of, totals

pytestmark = pytest.mark.skipif(keras.config.backend() == "torch", reason="PyTorch runs Python at every step")
ROWS = tf.data.Dataset.from_tensor_slices(VAL)


class Traced(keras.layers.Layer):
    """Hands on what it is given; counts how often Python runs it, which is once a step that is traced."""

    calls = 0

    def call(self, inputs: Any) -> Any:
        Traced.calls += 1
        return inputs


def traced(model: keras.Model, *callbacks: keras.callbacks.Callback, **options: Any) -> int:
    """How many steps were traced in a fit."""
    before = Traced.calls
    model.fit(*TRAIN, callbacks=list(callbacks), **{"epochs": 1, "verbose": 0, "validation_data": VAL} | options)
    return Traced.calls - before


def compiled() -> keras.Model:
    """A model with a tally."""
    model = keras.Sequential([Traced(), keras.layers.Dense(1, activation="sigmoid")])
    model.compile("sgd", "binary_crossentropy", metrics=[ConfusionTally()])
    return model


@pytest.mark.parametrize("validation", [VAL, *later(ROWS.batch(40))], ids=["arrays", "a data set"])
def test_recording_has_no_step_traced_twice(tmp_path: Path, validation: Any) -> None:
    """Where it is known how many samples come, and where it is not."""
    options = {"validation_data": validation, "epochs": 3}
    bare = traced(compiled(), **options)
    assert bare > 0
    assert traced(compiled(), RunRecorder(tmp_path, max_samples=30), **options) == bare


def test_another_fit_traces_nothing_anew(tmp_path: Path) -> None:
    """A loop around `fit` waits for one tracing, as without the recorder; its runs have their counts and samples."""
    model, calls = compiled(), []
    for _ in range(3):
        recorder = RunRecorder(tmp_path, max_samples=30)
        calls.append(traced(model, recorder))
        (record,) = records_of(recorder)
        (samples,) = record.samples
        assert totals(record) == {"train": 200, "val": 100}
        np.testing.assert_array_equal(samples.sample, np.arange(0, 100, 4))
        np.testing.assert_allclose(samples.y_score, model.predict(VAL[0], verbose=0)[::4], atol=1e-6)
    assert calls[0] > 0
    assert calls[1:] == [0, 0]


@pytest.mark.campaign
def test_steps_that_were_traced_while_nothing_was_kept_are_traced_anew(tmp_path: Path) -> None:
    """Somebody evaluates with batches of any size while a model trains; a later fit validates with such ones.

    The fit before had batches of one size, so that the steps of its validation do not serve them.
    """
    model = model_with([ConfusionTally()])
    fixed, any_size = ROWS.batch(50, drop_remainder=True), ROWS.batch(50)
    asks = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: model.evaluate(any_size, verbose=0))
    first, second = RunRecorder(tmp_path / "first"), RunRecorder(tmp_path / "second")
    model.fit(*TRAIN, epochs=2, verbose=0, callbacks=[first, asks], validation_data=fixed)
    model.fit(*TRAIN, epochs=2, verbose=0, callbacks=[second], validation_data=any_size)
    for record in records_of(second):
        (samples,) = record.samples
        np.testing.assert_array_equal(samples.sample, np.arange(100))
        np.testing.assert_array_equal(samples.y_true, VAL[1])
