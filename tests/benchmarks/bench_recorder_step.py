"""What counting adds to a training step and to a validation step, inside a real `fit`, as ratios of one run.

Every variant is one long `fit` in a thread of its own; they take turns, an epoch each, so that whatever else the
machine does falls on all of them alike. Printed are medians of microseconds a step, by the clock and by the processor,
above the bare model in the same round; and what that is in units of Keras's own four count metrics.
"""

from __future__ import annotations

import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np
from kept import QUICK, keep

from recorder import ConfusionTally, RunRecorder
from recorder.keras.keras_metrics import find_tallies

STEPS, BATCH, ROUNDS, WARM_UP = 200, 32, 2 if QUICK else 20, 2 if QUICK else 3
RNG = np.random.default_rng(0)
X = RNG.normal(size=(STEPS * BATCH, 15)).astype(np.float32)
Y = (X[:, 0] > 1).astype(np.float32)
m = keras.metrics


class Turn(keras.callbacks.Callback):
    """First of the callbacks: waits for its turn before an epoch, and stops the clock before the others."""

    def __init__(self, mine: threading.Semaphore, next_one: threading.Semaphore) -> None:
        super().__init__()
        self._mine = mine
        self.marks: list[tuple[float, float]] = []
        self.seconds: list[list[float]] = []  # of an epoch: training and validation, by the clock and the processor
        self.last = HandOn(self, next_one)

    def mark(self) -> None:
        self.marks.append((time.perf_counter(), time.process_time()))

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._mine.acquire()

    def on_test_begin(self, logs: Any = None) -> None:
        self.mark()

    def on_test_end(self, logs: Any = None) -> None:
        self.mark()


class HandOn(keras.callbacks.Callback):
    """Last of the callbacks: starts the clock of the steps after the others, and hands on after an epoch."""

    def __init__(self, first: Turn, next_one: threading.Semaphore) -> None:
        super().__init__()
        self._first, self._next = first, next_one

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._first.marks.clear()
        self._first.mark()

    def on_test_begin(self, logs: Any = None) -> None:
        self._first.mark()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._first.seconds.append(np.diff(self._first.marks, axis=0)[::2].T.ravel().tolist())
        self._next.release()


class WithItsTap(keras.callbacks.Callback):
    """Has the training step traced anew once the tap is there: it must not get in."""

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        if epoch == 1:
            assert find_tallies(self.model)[0][0].tap is not None
            self.model.make_train_function(force=True)


def four_counts() -> list[keras.metrics.Metric]:
    """Keras's own four."""
    kinds = {"tp": m.TruePositives, "tn": m.TrueNegatives, "fn": m.FalseNegatives, "fp": m.FalsePositives}
    return [kind(name=name) for name, kind in kinds.items()]


def network(metrics: list[keras.metrics.Metric]) -> keras.Model:
    """The network of examples/imbalanced.py."""
    layers = keras.layers
    hidden = [layers.Dense(64, activation="relu"), layers.Dropout(0.1), layers.Dense(64, activation="relu")]
    model = keras.Sequential([*hidden, layers.Dense(1, activation="sigmoid")])
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=metrics)
    return model


def fit(model: keras.Model, turn: Turn, others: list[keras.callbacks.Callback]) -> threading.Thread:
    """Starts a training that waits for its turns; validation has as many steps as training."""

    def train() -> None:
        options = {"validation_data": (X, Y), "batch_size": BATCH, "verbose": 0, "shuffle": False}
        model.fit(X, Y, epochs=ROUNDS + WARM_UP, callbacks=[turn, *others, turn.last], **options)

    thread = threading.Thread(target=train)
    thread.start()
    return thread


def main() -> None:
    """Trains and prints the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        variants: dict[str, tuple[list[Any], list[Any]]] = {
            "bare fit": ([], []),
            "Keras's four counts": (four_counts(), []),
            "AUC": ([m.AUC()], []),
            "ConfusionTally": ([ConfusionTally()], []),
            "ConfusionTally, RunRecorder": ([ConfusionTally()], [RunRecorder(folder / "a")]),
            "the same, traced anew": ([ConfusionTally()], [RunRecorder(folder / "b"), WithItsTap()]),
            "TensorBoard": ([], [keras.callbacks.TensorBoard(str(folder / "board"))]),
        }
        gates = [threading.Semaphore(0) for _ in variants]
        turns = [Turn(gate, gates[(at + 1) % len(gates)]) for at, gate in enumerate(gates)]
        trainings = [
            fit(network(metrics), turn, others)
            for turn, (metrics, others) in zip(turns, variants.values(), strict=True)
        ]
        gates[0].release()
        for training in trainings:
            training.join()
    report({name: turn.seconds for name, turn in zip(variants, turns, strict=True)})


def report(seconds: dict[str, list[list[float]]]) -> None:
    """Prints medians over rounds."""
    micro = {name: 1e6 * np.array(rows[WARM_UP:]) / STEPS for name, rows in seconds.items()}
    above = {name: np.median(rows - micro["bare fit"], axis=0) for name, rows in micro.items()}
    print(f"{'microseconds a step':30}{'training':>28}{'validation':>28}")
    print(f"{'':30}" + 2 * f"{'clock':>8}{'above':>7}{'/ four':>7}{'cpu /4':>6}")
    for name, rows in micro.items():
        keep(f"{name}, training and validation step", 1e-6 * rows[:, :2].sum(axis=1))
        cells = ""
        for clock, processor in ((0, 2), (1, 3)):
            ratios = [above[name][at] / above["Keras's four counts"][at] for at in (clock, processor)]
            cells += f"{np.median(rows[:, clock]):8.0f}{above[name][clock]:7.0f}{ratios[0]:7.2f}{ratios[1]:6.2f}"
        print(f"{name:30}{cells}")


if __name__ == "__main__":
    main()
