"""A Keras training that records to an address; run as a process of its own.

    python -m tests.campaigns.object_storage_training URL EPOCHS [SECONDS between epochs]

It prints a line for each epoch whose `on_epoch_end` has returned, and at the end the run's folder.
"""

from __future__ import annotations

import os
import sys
import time
from typing import Any

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np

from recorder import ConfusionTally, RunRecorder


class Told(keras.callbacks.Callback):
    """Says which epochs are over."""

    def __init__(self, pause: float) -> None:
        super().__init__()
        self._pause = pause

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """The recorder, which is first among the callbacks, has returned."""
        print("epoch", epoch, flush=True)
        time.sleep(self._pause)  # as long as a larger model takes


def main(url: str, epochs: int, pause: float) -> None:
    """Trains a small imbalanced classifier."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(600, 5)).astype("float32")
    y = (x[:, 0] + rng.normal(size=600) > 1.5).astype("float32")
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(4, "relu"), keras.layers.Dense(1, "sigmoid")])
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=[ConfusionTally()])
    recorder = RunRecorder(url, max_samples=200)
    model.fit(
        x[:400], y[:400], validation_data=(x[400:], y[400:]), epochs=epochs, batch_size=100, verbose=2,
        callbacks=[recorder, Told(pause)],
    )  # fmt: skip
    print("folder", recorder.folder, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]) if len(sys.argv) > 3 else 0.0)
