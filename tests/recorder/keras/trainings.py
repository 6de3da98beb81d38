"""Short real trainings that the tests of the recorder share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from sklearn.metrics import matthews_corrcoef

from recorder import ConfusionTally, RunRecorder
from recorder.runfile import EpochRecord, read_records

RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 4)).astype(np.float32)
Y = (X[:, 0] + RNG.normal(size=300) > 1).astype(np.float32)
CLASSES = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0)
TRAIN, VAL = (X[:200], Y[:200]), (X[200:], Y[200:])
ACTIVATIONS = {"binary": "sigmoid", "multiclass": "softmax", "multilabel": "sigmoid", None: None}
LOSSES = {"binary": "binary_crossentropy", "multiclass": "sparse_categorical_crossentropy"}


def model_with(metrics: list[Any], *, width: int = 1, kind: str | None = "binary", **options: Any) -> keras.Model:
    """A small network with dropout; `kind` None gives logits of a binary output."""
    keras.utils.set_random_seed(0)
    layers = keras.layers
    head = layers.Dense(width, activation=ACTIVATIONS[kind])
    model = keras.Sequential([layers.Dense(8, activation="relu"), layers.Dropout(0.2), head])
    loss = LOSSES.get(kind, keras.losses.BinaryCrossentropy(from_logits=kind is None))
    model.compile(optimizer="sgd", loss=loss, **{"metrics": metrics} | options)
    return model


def fit(
    recorder: RunRecorder, *others: keras.callbacks.Callback, metrics: list[Any] | None = None, **options: Any
) -> list[EpochRecord]:
    """A short training of a binary classifier; its records."""
    model = model_with([ConfusionTally()] if metrics is None else metrics)
    options = {"validation_data": VAL, "epochs": 3, "verbose": 0} | options
    model.fit(*TRAIN, callbacks=[recorder, *others], **options)
    return records_of(recorder)


def records_of(recorder: RunRecorder) -> list[EpochRecord]:
    """What is on disk."""
    assert recorder.folder is not None
    return read_records(recorder.folder)


def totals(record: EpochRecord) -> dict[str, int]:
    """Samples counted in each split."""
    return {tally.split: int(tally.histogram[0].sum()) for tally in record.tallies}


class At(keras.callbacks.Callback):
    """Calls a function at the end of each epoch."""

    def __init__(self, function: Callable[[keras.Model, int], Any]) -> None:
        super().__init__()
        self._function = function

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._function(self.model, epoch)


class Predictions(keras.callbacks.Callback):
    """What the model of each epoch's end predicts."""

    def __init__(self, x: np.ndarray = VAL[0]) -> None:
        super().__init__()
        self.x, self.found = x, []

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.found.append(self.model.predict(self.x, verbose=0))


def mean_mcc(truth: np.ndarray, called: np.ndarray) -> float:
    """scikit-learn's MCC of each of several labels, the mean of those that are defined (it calls the others 0)."""
    pairs = [pair for pair in zip(truth.T, called.T, strict=True) if all(len(np.unique(side)) == 2 for side in pair)]
    return float(np.mean([matthews_corrcoef(*pair) for pair in pairs])) if pairs else float("nan")
