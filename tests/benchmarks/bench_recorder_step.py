"""What counting adds to a training step and a validation step, inside a real `fit`, as ratios of one run.

Prints microseconds a step above a bare model, and what that is in units of Keras's own four count metrics.
The variants take turns epoch by epoch, so that whatever else the machine does falls on all of them alike.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable

import keras
import numpy as np

from recorder import ConfusionTally, RunRecorder

STEPS, BATCH, ROUNDS = 200, 32, 21
RNG = np.random.default_rng(0)
X = RNG.normal(size=(STEPS * BATCH, 15)).astype(np.float32)
Y = (X[:, 0] > 1).astype(np.float32)


class Clock(keras.callbacks.Callback):
    """Seconds of the training steps and of the validation steps of the last epoch."""

    def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
        self._start = time.perf_counter()

    def on_test_begin(self, logs: object = None) -> None:
        now = time.perf_counter()
        self.train, self._start = now - self._start, now

    def on_test_end(self, logs: object = None) -> None:
        self.val = time.perf_counter() - self._start


def four_counts() -> list[keras.metrics.Metric]:
    """Keras's own four."""
    m = keras.metrics
    return [
        m.TruePositives(name="tp"),
        m.TrueNegatives(name="tn"),
        m.FalseNegatives(name="fn"),
        m.FalsePositives(name="fp"),
    ]


def network(metrics: list[keras.metrics.Metric]) -> keras.Model:
    """The MLP of examples/imbalanced.py."""
    layers = keras.layers
    stack = [
        layers.Dense(64, activation="relu"),
        layers.Dropout(0.1),
        layers.Dense(64, activation="relu"),
        layers.Dense(1, activation="sigmoid"),
    ]
    model = keras.Sequential(stack)
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=metrics)
    return model


def variant(
    metrics: list[keras.metrics.Metric], *callbacks: keras.callbacks.Callback, retrace: bool = False
) -> Callable[[], tuple[float, float]]:
    """A function that trains for an epoch and returns microseconds a training step and a validation step."""
    model, clock = network(metrics), Clock()
    # Validation has the size of training, so that each second is of as many steps.
    options = {"validation_data": (X, Y), "batch_size": BATCH, "verbose": 0, "shuffle": False}

    def epoch() -> tuple[float, float]:
        model.fit(X, Y, epochs=1, callbacks=[clock, *callbacks], **options)
        return 1e6 * clock.train / STEPS, 1e6 * clock.val / STEPS

    epoch()  # traces, and opens the tap
    if retrace:
        model.make_train_function(force=True)
        epoch()
    return epoch


def main() -> None:
    """Prints the table."""
    with tempfile.TemporaryDirectory() as folder:
        variants = {
            "bare fit": variant([]),
            "Keras's four counts": variant(four_counts()),
            "ConfusionTally": variant([ConfusionTally()]),
            "ConfusionTally and RunRecorder": variant([ConfusionTally()], RunRecorder(f"{folder}/a")),
            "the same, traced with its tap": variant([ConfusionTally()], RunRecorder(f"{folder}/b"), retrace=True),
            "TensorBoard": variant([], keras.callbacks.TensorBoard(f"{folder}/board")),
        }
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in variants}
        for _ in range(ROUNDS):
            for name, epoch in variants.items():
                times[name].append(epoch())
    report(times)


def report(times: dict[str, list[tuple[float, float]]]) -> None:
    """Medians, and medians of the differences within a round."""
    print(f"{'':34}{'train us':>10}{'above bare':>12}{'/ four':>8}{'val us':>10}{'above bare':>12}{'/ four':>8}")
    bare = np.array(times["bare fit"])
    four = np.median(np.array(times["Keras's four counts"]) - bare, axis=0)
    for name, rows in times.items():
        middle = [statistics.median(column) for column in zip(*rows, strict=True)]
        above = np.median(np.array(rows) - bare, axis=0)
        cells = "".join(f"{m:10.0f}{a:12.0f}{a / f:8.2f}" for m, a, f in zip(middle, above, four, strict=True))
        print(f"{name:34}{cells}")


if __name__ == "__main__":
    main()
