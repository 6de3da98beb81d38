"""What recording costs at the end of an epoch: in a real `fit` beside TensorBoard, and alone for 10,000 epochs.

1,000 thresholds, both splits, 2,000 samples. Printed are milliseconds by the clock; for the epochs that merge also by
the processor, which other processes of the machine do not slow down.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
from kept import QUICK, keep

from recorder import ConfusionTally, RunRecorder, counting, outputs
from recorder.runfile import EpochRecord
from recorder.runfile.layout import KINDS, merged_parts
from recorder.starting import start_run

SAMPLES, FIT_EPOCHS, EPOCHS, TURNS = (2_000, 20, 200, 50) if QUICK else (2_000, 200, 10_000, 500)
GRID = np.linspace(0, 1, 1_000, dtype=np.float32)
RNG = np.random.default_rng(0)
X = RNG.normal(size=(SAMPLES, 15)).astype(np.float32)
Y = (X[:, 0] > 1).astype(np.float32)


def timed(callback: keras.callbacks.Callback, hook: str) -> list[float]:
    """Milliseconds of each call of a hook, as they come."""
    found: list[float] = []
    method: Callable[..., None] = getattr(callback, hook)

    def measured(*arguments: Any, **named: Any) -> None:
        start = time.perf_counter()
        method(*arguments, **named)
        found.append(1e3 * (time.perf_counter() - start))

    setattr(callback, hook, measured)
    return found


def in_fit(folder: Path) -> None:
    """Hooks of the recorder and of TensorBoard in one training."""
    recorder, board = RunRecorder(folder / "runs"), keras.callbacks.TensorBoard(str(folder / "board"))
    hooks = ("on_test_begin", "on_test_end", "on_epoch_end")
    times = {
        (name, hook): timed(each, hook)
        for name, each in (("RunRecorder", recorder), ("TensorBoard", board))
        for hook in hooks
    }
    model = keras.Sequential([keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=[ConfusionTally(GRID)])
    options = {"validation_data": (X, Y), "batch_size": SAMPLES, "epochs": FIT_EPOCHS, "verbose": 0}
    model.fit(X, Y, callbacks=[recorder, board], **options)
    print(f"{'in a fit of ' + str(FIT_EPOCHS) + ' epochs, ms':40}{'median':>9}{'95 %':>9}{'most':>9}")
    for (name, hook), values in times.items():
        row = values[1:]  # the first one opens the tap
        keep(f"{name}.{hook}", 1e-3 * np.array(row))
        print(f"{name + '.' + hook:40}{np.median(row):9.2f}{np.quantile(row, 0.95):9.2f}{max(row):9.2f}")


def records() -> list[EpochRecord]:
    """A few epochs of counts and samples, to be appended again and again."""
    output = outputs.output_for(np.zeros((1, 1)), thresholds=GRID)
    made = []
    for _ in range(8):
        score = RNG.random((SAMPLES, 1), dtype=np.float32)
        tallies = tuple(counting.tally_arrays(Y, score, output=output, split=split) for split in ("train", "val"))
        samples = counting.samples_of(Y, score, output=output, split="val", max_samples=SAMPLES)
        made.append(EpochRecord(epoch=0, logs={"loss": 0.5}, tallies=tallies, samples=(samples,)))
    return made


class Appending:
    """A run that takes epochs, and what each of them cost."""

    def __init__(self, folder: Path, made: list[EpochRecord]) -> None:
        self.writer, self._made = start_run(folder), made
        self.writer.describe([outputs.output_for(np.zeros((1, 1)), thresholds=GRID)])
        self.clock: list[float] = []
        self.processor: list[float] = []
        self.merged: list[bool] = []
        self._parts = 0

    def append(self) -> None:
        """One more epoch."""
        epoch = len(self.clock)
        record = replace(self._made[epoch % len(self._made)], epoch=epoch)
        start, busy = time.perf_counter(), time.process_time()
        self.writer.append(record)
        self.clock.append(1e3 * (time.perf_counter() - start))
        self.processor.append(1e3 * (time.process_time() - busy))
        before, self._parts = self._parts, sum(len(merged_parts(self.writer.folder, kind)) for kind in KINDS)
        self.merged.append(self._parts > before)


def alone(folder: Path) -> None:
    """Appending to a run of 10,000 epochs and to a young one, in turns."""
    made = records()
    old, young = Appending(folder / "old", made), Appending(folder / "young", made)
    for _ in range(EPOCHS):
        old.append()
    for _ in range(10 + TURNS):
        young.append()
        old.append()
    merged = np.array(old.merged)
    rows = {
        "from epoch 10 on": np.array(young.clock[10:])[~np.array(young.merged[10:])],
        f"from epoch {EPOCHS:,} on, in turns with it": np.array(old.clock[-TURNS:])[~merged[-TURNS:]],
        f"the {merged.sum()} epochs that merge, clock": np.array(old.clock)[merged],
        "the same, processor": np.array(old.processor)[merged],
    }
    print(f"\n{'appending an epoch, ms':40}{'median':>9}{'95 %':>9}{'most':>9}")
    for name, row in rows.items():
        keep(name, 1e-3 * row)
        print(f"{name:40}{np.median(row):9.2f}{np.quantile(row, 0.95):9.2f}{row.max():9.2f}")
    files = [path for path in old.writer.folder.rglob("*") if path.is_file()]
    print(f"{len(files)} files, {sum(path.stat().st_size for path in files) / 1e6:.0f} MB")


def main() -> None:
    """Prints the tables."""
    with tempfile.TemporaryDirectory() as folder:
        in_fit(Path(folder))
        alone(Path(folder) / "alone")


if __name__ == "__main__":
    main()
