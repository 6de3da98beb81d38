"""Keras without `fit`: single batches, `evaluate` and `predict` on their own, and a loop that calls hooks by hand."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path

import keras
import numpy as np
from sklearn.metrics import matthews_corrcoef

from recorder import RunRecorder
from recorder.runfile import read_records

from .data import BATCH, INPUTS, LABELS, SAMPLES, TRAINED
from .models import compiled, functional


def decided_of(scores: np.ndarray) -> np.ndarray:
    """What is decided of each sample."""
    return scores.argmax(axis=1) if scores.shape[1] > 1 else (scores[:, 0] > np.float32(0.5)).astype(int)


def single_batches(output: str) -> None:
    """Keras sets the metrics to zero before each of these: what comes back, and what is counted, is of that batch."""
    model, x, y = compiled(functional, output), INPUTS[output], LABELS[output]
    decided = decided_of(model.predict(x, verbose=0))
    (tally,) = model._compile_metrics._user_metrics
    for step in (model.train_on_batch, model.test_on_batch):
        for first in range(0, SAMPLES, BATCH):
            part = slice(first, first + BATCH)
            logs = step(x[part], y[part], return_dict=True)
            np.testing.assert_allclose(np.nan_to_num(logs["mcc"]), matthews_corrcoef(y[part], decided[part]), atol=1e-6)
            assert tally.read("val").histogram[0].sum() == len(y[part])


def on_their_own(output: str) -> None:
    """`evaluate` gives what scikit-learn gives; it and `predict` start no run, not even with a recorder beside them."""
    model, x, y = compiled(functional, output), INPUTS[output], LABELS[output]
    with tempfile.TemporaryDirectory() as folder:
        recorder = RunRecorder(folder)
        logs = model.evaluate(x, y, batch_size=BATCH, verbose=0, return_dict=True, callbacks=[recorder])
        decided = decided_of(model.predict(x, verbose=0, callbacks=[recorder]))
        np.testing.assert_allclose(np.nan_to_num(logs["mcc"]), matthews_corrcoef(y, decided), atol=1e-6)
        assert recorder.folder is None
        assert not list(Path(folder).iterdir())


def loop_of_batches(output: str) -> None:
    """A loop that calls the recorder's hooks around single batches: validation is right; of training, nothing is told.

    What would be told of training is the last batch alone.
    """
    model, x, y = compiled(functional, output), INPUTS[output], LABELS[output]
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        recorder = RunRecorder(folder, verbose=0)
        hooks = keras.callbacks.CallbackList([recorder], model=model, epochs=2)
        hooks.on_train_begin()
        for epoch in range(2):
            hooks.on_epoch_begin(epoch)
            for first in range(0, TRAINED, BATCH):
                logs = model.train_on_batch(x[first : first + BATCH], y[first : first + BATCH], return_dict=True)
            if epoch == 1:
                model.evaluate(x[TRAINED:], y[TRAINED:], verbose=0, callbacks=hooks)
            hooks.on_epoch_end(epoch, logs)
        hooks.on_train_end()
        records = read_records(recorder.folder)
    assert [{tally.split for tally in record.tallies} for record in records] == [set(), {"val"}]
    assert records[1].tallies[0].histogram[0].sum() == SAMPLES - TRAINED
    assert sum("train_on_batch" in str(each.message) for each in said) == 1


CALLS = (single_batches, on_their_own, loop_of_batches)
