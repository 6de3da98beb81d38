"""One table of recorded trainings for every backend: `KERAS_BACKEND=jax python -m tests.recorder.keras.backend_cases`.

The learning rate is 0, so that what was counted while training and validating is what the model predicts afterwards:
everything that is recorded is compared with NumPy and scikit-learn on these predictions.
"""

from __future__ import annotations

import itertools
import tempfile
import warnings
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from sklearn.metrics import confusion_matrix, f1_score, matthews_corrcoef

from recorder import ConfusionTally, RunRecorder
from recorder.runfile import four_counts, read_manifest, read_records

from .trainings import mean_mcc

GRID = [0.25, 0.4, 0.5, 0.6]
TRAIN, VAL = slice(0, 60), slice(60, 100)
WIDTHS = {"sigmoid": 1, "logits": 1, "two units": 2, "softmax": 3, "one-hot": 3, "labels": 3}


@dataclass(frozen=True)
class Case:
    """One training.

    Args:
        output: a key of `WIDTHS`.
        weighted: whether the tally is a weighted metric, and weights come.
        masked: whether the model is one of sequences, some of whose positions are padding.
        validated: whether there are validation data.
    """

    output: str
    weighted: bool = False
    masked: bool = False
    validated: bool = True


EVERY = [
    Case(output, weighted, masked, validated)
    for output, weighted, masked, validated in itertools.product(WIDTHS, *[(False, True)] * 3)
]


def data(case: Case) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Inputs, labels as Keras gets them, and which positions count."""
    rng = np.random.default_rng(7)
    shape = (100, 5) if case.masked else (100,)
    x = rng.integers(1, 20, size=shape) if case.masked else rng.normal(size=(100, 4)).astype(np.float32)
    kept = np.ones(shape, bool)
    if case.masked:
        kept = np.arange(5) < rng.integers(1, 6, size=(100, 1))
        x = np.where(kept, x, 0)
    number = rng.integers(0, max(WIDTHS[case.output], 2), size=shape)
    labels = rng.integers(0, 2, size=(*shape, 3)) if case.output == "labels" else number
    y = np.eye(3, dtype=np.float32)[number] if case.output == "one-hot" else labels
    return x, y[..., None] if WIDTHS[case.output] == 1 and case.masked else y, kept


def model_of(case: Case) -> keras.Model:
    """A network of that output, which does not learn."""
    keras.utils.set_random_seed(3)
    several = case.output in ("two units", "softmax", "one-hot")
    activation = None if case.output == "logits" else "softmax" if several else "sigmoid"
    head = keras.layers.Dense(WIDTHS[case.output], activation, kernel_initializer="random_normal")
    first = keras.layers.Embedding(20, 8, mask_zero=True, embeddings_initializer="random_normal")
    model = keras.Sequential([first if case.masked else keras.layers.Dense(8, "tanh"), head])
    loss: Any = keras.losses.BinaryCrossentropy(from_logits=case.output == "logits")
    if several:
        kind = keras.losses.CategoricalCrossentropy if case.output == "one-hot" else "sparse_categorical_crossentropy"
        loss = kind() if isinstance(kind, type) else kind
    tally = ConfusionTally(GRID, kind="multilabel" if case.output == "labels" else None, from_logits=activation is None)
    model.compile(keras.optimizers.SGD(0.0), loss, **{"weighted_metrics" if case.weighted else "metrics": [tally]})
    return model


def scored(case: Case, model: keras.Model, x: np.ndarray) -> np.ndarray:
    """What the model predicts, as scores of a sample: float32 [..., classes], those of class 1 where there are two."""
    scores = model.predict(x, verbose=0)
    if case.output == "logits":
        scores = 1 / (1 + np.exp(-scores.astype(np.float64)))
    return (scores[..., 1:] if case.output == "two units" else scores).astype(np.float32)


def positive(case: Case, y: np.ndarray) -> np.ndarray:
    """bool [..., classes]: whether a label is of each class."""
    if case.output in ("one-hot", "labels"):
        return y == 1
    return y[..., None] == np.arange(3) if case.output == "softmax" else y.reshape(*y.shape[: y.ndim], -1) == 1


def check(case: Case, folder: Any, model: keras.Model, weight: np.ndarray | None) -> None:
    """Everything recorded is what NumPy and scikit-learn make of the predictions."""
    x, y, kept = data(case)
    (record,) = read_records(folder)
    (output,) = read_manifest(folder).outputs
    scores, truth = scored(case, model, x), positive(case, y)
    scores, truth = scores.reshape(*kept.shape, -1), truth.reshape(*kept.shape, -1)
    splits = {"train": TRAIN, "val": VAL} if case.validated else {"train": TRAIN}
    assert {tally.split for tally in record.tallies} == set(splits)
    for tally in record.tallies:
        part = splits[tally.split]
        # On JAX, Keras hands no mask to metrics, its own neither, while it trains.
        unmasked = keras.config.backend() == "jax" and tally.split == "train"
        kept = np.ones_like(kept) if unmasked else data(case)[2]
        s, t = scores[part][kept[part]], truth[part][kept[part]]
        tp, fp, tn, fn = four_counts(tally.histogram)
        for edge, threshold in enumerate(np.float32(output.thresholds)):
            said = s > threshold
            wanted = ((said & t), (said & ~t), (~said & ~t), (~said & t))
            got = tp[:, edge], fp[:, edge], tn[:, edge], fn[:, edge]
            np.testing.assert_array_equal(np.stack(got), np.stack([count.sum(axis=0) for count in wanted]))
        # On PyTorch, Keras's loss multiplies the weights of a masked batch in place, before metrics are given them.
        if weight is not None and not (case.masked and keras.config.backend() == "torch"):
            spread = weight[part][kept[part]]
            np.testing.assert_allclose(tally.weights[:, 1].sum(axis=1), (spread[:, None] * t).sum(axis=0), rtol=1e-5)
        if s.shape[1] == 3 and case.output != "labels":
            wanted_matrix = confusion_matrix(t.argmax(axis=1), s.argmax(axis=1), labels=range(3))
            np.testing.assert_array_equal(tally.matrix, wanted_matrix)
            f1 = f1_score(t.argmax(axis=1), s.argmax(axis=1), average="macro", zero_division=np.nan)
            mcc = matthews_corrcoef(t.argmax(axis=1), s.argmax(axis=1))
        else:
            mcc = mean_mcc(t, s > np.float32(0.5))
            each = [f1_score(t[:, k], s[:, k] > np.float32(0.5), zero_division=np.nan) for k in range(s.shape[1])]
            f1 = np.nanmean(each)
        prefix = "val_" if tally.split == "val" else ""
        np.testing.assert_allclose(record.logs[f"{prefix}f1"], f1, rtol=1e-6)
        np.testing.assert_allclose(record.logs[f"{prefix}mcc"], mcc, atol=1e-6)
    check_samples(record, scores[VAL], data(case)[2][VAL], validated=case.validated)


def check_samples(record: Any, scores: np.ndarray, kept: np.ndarray, *, validated: bool) -> None:
    """The samples of validation are the predictions, position by position."""
    assert len(record.samples) == int(validated)
    for samples in record.samples:
        np.testing.assert_array_equal(samples.sample, np.arange(kept.size))
        flat = scores.reshape(kept.size, -1)
        np.testing.assert_allclose(samples.y_score[kept.ravel()], flat[kept.ravel()], atol=1e-6)


def run(case: Case) -> None:
    """Trains and checks one case."""
    x, y, _ = data(case)
    size = (100, 5) if case.masked else (100,)  # where there is a mask, Keras wants a weight for each position
    weight = np.linspace(0.5, 2, np.prod(size), dtype=np.float32).reshape(size) if case.weighted else None
    f1 = {name: lambda tp, fp, fn: 2 * tp / (2 * tp + fp + fn) for name in ("f1", "val_f1")}
    model = model_of(case)
    val = (x[VAL], y[VAL]) if weight is None else (x[VAL], y[VAL], weight[VAL])
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.filterwarnings("error", "epochreel")
        recorder = RunRecorder(folder, derive=f1, config={"rate": np.float32(0.1), "case": case})
        model.fit(
            x[TRAIN], y[TRAIN], sample_weight=None if weight is None else weight[TRAIN],
            validation_data=val if case.validated else None, batch_size=32, epochs=1, verbose=0, callbacks=[recorder],
        )  # fmt: skip
        check(case, recorder.folder, model, weight)


def main() -> None:
    """Runs the cases; each that fails is named."""
    for case in EVERY:
        try:
            run(case)
        except Exception as error:
            error.add_note(f"{case} on {keras.config.backend()}")
            raise
    print(f"{len(EVERY)} cases hold on {keras.config.backend()}")


if __name__ == "__main__":
    main()
