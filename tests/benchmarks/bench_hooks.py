"""What every hook of the recorder takes in a real `fit`, beside those of TensorBoard's callback and of CSVLogger.

A small MLP on TensorFlow, 1,000 thresholds, both splits, 2,000 samples. The variants take turns, a `fit` of 40 epochs
each, so that whatever else the machine does falls on all of them alike. Printed are milliseconds an epoch: the least
and the median, by the clock and by the processor, of the training thread and of the whole process. The floor reads the
counts and writes as many bytes, and does nothing else.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
from kept import QUICK, keep

from recorder import ConfusionTally, RunRecorder
from recorder.keras.variables import on_host

SAMPLES, EPOCHS, WARM_UP = 2_000, 10 if QUICK else 40, 3
GRID = np.linspace(0, 1, 1_000, dtype=np.float32)
RNG = np.random.default_rng(0)
X = RNG.normal(size=(SAMPLES, 15)).astype(np.float32)
Y = (X[:, 0] > 1).astype(np.float32)
HOOKS = ("on_epoch_begin", "on_test_begin", "on_test_end", "on_epoch_end")
CLOCKS: tuple[Callable[[], float], ...] = (time.perf_counter, time.thread_time, time.process_time)
Spent = dict[str, list[list[float]]]  # by hook: of each call, milliseconds by each of the clocks


def timed(callback: keras.callbacks.Callback, hook: str, found: list[list[float]]) -> None:
    """Has each call of a hook leave what it took."""
    method: Callable[..., None] = getattr(callback, hook)

    def measured(*arguments: Any, **named: Any) -> None:
        before = [clock() for clock in CLOCKS]
        method(*arguments, **named)
        found.append([1e3 * (clock() - start) for clock, start in zip(CLOCKS, before, strict=True)])

    setattr(callback, hook, measured)


class Least(keras.callbacks.Callback):
    """The floor of any recorder: reads the counts of both splits from the device, and writes as many bytes as ours.

    Args:
        folder: for the files.
        tally: whose counters are read.
        sizes: bytes of an epoch's part, and of its line.
    """

    def __init__(self, folder: Path, tally: ConfusionTally, sizes: tuple[int, int] = (5_000, 700)) -> None:
        super().__init__()
        self._folder, self._tally = folder, tally
        self._part, self._line = (b"." * size for size in sizes)

    def on_test_begin(self, logs: dict[str, float] | None = None) -> None:
        self._read()

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self._read()
        self._folder.mkdir(exist_ok=True)
        part, lines = self._folder / "part", self._folder / "lines"
        for path, data, flags in ((part, self._part, os.O_TRUNC), (lines, self._line, os.O_APPEND)):
            file = os.open(path, os.O_WRONLY | os.O_CREAT | flags)
            os.write(file, data)
            os.close(file)

    def _read(self) -> None:
        on_host([self._tally._counters["histograms"]])


class Variant:
    """A model of its own, trained again and again with new callbacks of one sort."""

    def __init__(self, metrics: list[keras.metrics.Metric], callback: Callable[[], keras.callbacks.Callback]) -> None:
        layers = keras.layers
        self.model = keras.Sequential([layers.Dense(64, activation="relu"), layers.Dense(1, activation="sigmoid")])
        self.model.compile("adam", "binary_crossentropy", metrics=metrics)
        self.callback = callback
        self.spent: Spent = defaultdict(list)

    def train(self) -> None:
        """One `fit`; what its first epochs took is left out."""
        callback, spent = self.callback(), {hook: [] for hook in HOOKS}
        for hook in HOOKS:
            timed(callback, hook, spent[hook])
        options = {"validation_data": (X, Y), "batch_size": 500, "epochs": EPOCHS, "verbose": 0}
        self.model.fit(X, Y, callbacks=[callback], **options)
        for hook, calls in spent.items():
            self.spent[hook] += calls[WARM_UP:]


def report(variants: dict[str, Variant]) -> None:
    """Prints the table."""
    print(f"{'ms an epoch':42}{'clock':>8}{'median':>8}{'thread':>8}{'median':>8}{'process':>9}{'median':>8}")
    for name, variant in variants.items():
        rows = {hook: np.array(calls) for hook, calls in variant.spent.items()}
        rows["all hooks"] = np.sum(list(rows.values()), axis=0)
        keep(f"{name}, all hooks", 1e-3 * rows["all hooks"][:, 0])
        for hook, row in rows.items():
            cells = "".join(
                f"{least:8.2f}{median:8.2f}"
                for least, median in zip(row.min(axis=0), np.median(row, axis=0), strict=True)
            )
            print(f"{name + ' ' + hook:42}{cells}")


def main() -> None:
    """Trains in turns and prints the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=1 if QUICK else 8)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        variants = {
            "RunRecorder": Variant([ConfusionTally(GRID)], lambda: RunRecorder(folder / "a", verbose=0)),
            "RunRecorder(max_samples=0)": Variant(
                [ConfusionTally(GRID)], lambda: RunRecorder(folder / "b", max_samples=0, verbose=0)
            ),
            "the floor": Variant([tally := ConfusionTally(GRID)], lambda: Least(folder / "c", tally)),
            "TensorBoard": Variant([], lambda: keras.callbacks.TensorBoard(str(folder / "board"))),
            "CSVLogger": Variant([], lambda: keras.callbacks.CSVLogger(str(folder / "log.csv"))),
        }
        for _ in range(rounds):
            for variant in variants.values():
                variant.train()
        report(variants)


if __name__ == "__main__":
    main()
