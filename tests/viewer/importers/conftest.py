"""Logs that the real Keras, TensorFlow and TensorBoard wrote."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

EPOCHS = 3


@dataclass(frozen=True)
class Training:
    """A fit with the callbacks TensorBoard and CSVLogger, and what Keras itself says of it."""

    logs: Path
    csv: Path
    history: dict[str, list[float]]
    scores: list[Any] = field(default_factory=list)


@pytest.fixture(scope="session")
def truth() -> Any:
    """Labels [80], 0 or 1."""
    return (np.random.default_rng(3).random(80) < 0.4).astype(np.float32)


@pytest.fixture(scope="session")
def training(tmp_path_factory: pytest.TempPathFactory, truth: Any) -> Training:
    """Three epochs; TensorBoard writes batches too, and the PR-curve plugin the scores of validation."""
    import keras
    import tensorflow as tf
    from tensorboard.plugins.pr_curve import summary

    keras.utils.set_random_seed(0)
    folder = tmp_path_factory.mktemp("keras")
    x = np.random.default_rng(4).normal(size=(80, 3)).astype(np.float32) + truth[:, None]
    counts = [
        getattr(keras.metrics, f"{kind}{side}")(name=f"{kind[0]}{side[0]}".lower())
        for kind in ("True", "False")
        for side in ("Positives", "Negatives")
    ]
    model = keras.Sequential([keras.layers.Dense(4, activation="relu"), keras.layers.Dense(1, activation="sigmoid")])
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy", *counts])
    writer, scores = tf.summary.create_file_writer(str(folder / "logs" / "fit" / "validation")), []

    class Curves(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            scores.append(model(x).numpy()[:, 0])
            curve = summary.pb("pr", truth.astype(bool), scores[-1], num_thresholds=21)
            with writer.as_default():
                tf.summary.experimental.write_raw_pb(curve.SerializeToString(), step=epoch)

    callbacks = [
        keras.callbacks.TensorBoard(folder / "logs" / "fit", update_freq=1, write_graph=False),
        keras.callbacks.CSVLogger(folder / "training.log", separator=";"),
        Curves(),
    ]
    fitted = model.fit(x, truth, validation_data=(x, truth), epochs=EPOCHS, batch_size=40, verbose=0,
                       callbacks=callbacks)  # fmt: skip
    writer.close()
    return Training(folder / "logs", folder / "training.log", fitted.history, scores)
