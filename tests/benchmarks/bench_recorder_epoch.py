"""What recording costs at the end of an epoch: in a real `fit` beside TensorBoard, and alone for 10,000 epochs.

1,000 thresholds, both splits, 2,000 samples. Printed are milliseconds by the clock; for the epochs that merge also by
the processor, which other processes of the machine do not slow down.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from recorder import ConfusionTally, RunRecorder, counting
from recorder.runfile import EpochRecord
from recorder.runfile.layout import merged_parts
from recorder.start import start_run

SAMPLES, FIT_EPOCHS, EPOCHS = 2_000, 200, 10_000
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
        print(f"{name + '.' + hook:40}{np.median(row):9.2f}{np.quantile(row, 0.95):9.2f}{max(row):9.2f}")


def records() -> list[EpochRecord]:
    """A few epochs of counts and samples, to be appended again and again."""
    output = counting.output_for(np.zeros((1, 1)), thresholds=GRID)
    made = []
    for _ in range(8):
        score = RNG.random((SAMPLES, 1), dtype=np.float32)
        tallies = tuple(counting.tally_arrays(Y, score, output=output, split=split) for split in ("train", "val"))
        samples = counting.samples_of(Y, score, output=output, split="val", max_samples=SAMPLES)
        made.append(EpochRecord(epoch=0, logs={"loss": 0.5}, tallies=tallies, samples=(samples,)))
    return made


def alone(folder: Path) -> None:
    """Appending, from the first epoch to the 10,000th."""
    writer, made = start_run(folder), records()
    writer.describe([counting.output_for(np.zeros((1, 1)), thresholds=GRID)])
    clock, processor, merged = [], [], []
    parts = 0
    for epoch in range(EPOCHS):
        again = made[epoch % len(made)]
        record = EpochRecord(epoch=epoch, logs=again.logs, tallies=again.tallies, samples=again.samples)
        start, busy = time.perf_counter(), time.process_time()
        writer.append(record)
        clock.append(1e3 * (time.perf_counter() - start))
        processor.append(1e3 * (time.process_time() - busy))
        before, parts = parts, sum(len(merged_parts(writer.folder, kind)) for kind in ("tallies", "samples"))
        merged.append(parts > before)
    report(np.array(clock), np.array(processor), np.array(merged))
    files = sum(path.is_file() for path in writer.folder.rglob("*"))
    print(f"{files} files, {sum(path.stat().st_size for path in writer.folder.rglob('*')) / 1e6:.0f} MB")


def report(clock: np.ndarray, processor: np.ndarray, merged: np.ndarray) -> None:
    """Prints the costs of stretches of epochs."""
    print(f"\n{'appending an epoch, ms':40}{'median':>9}{'95 %':>9}{'most':>9}")
    plain, at = ~merged, np.arange(EPOCHS)
    rows = {
        "epochs 10 to 500": (clock, plain & (at >= 10) & (at < 500)),
        "epochs 9,500 to 10,000": (clock, plain & (at >= EPOCHS - 500)),
        f"the {merged.sum()} epochs that merge, clock": (clock, merged),
        "the same, processor": (processor, merged),
    }
    for name, (values, chosen) in rows.items():
        row = values[chosen]
        print(f"{name:40}{np.median(row):9.2f}{np.quantile(row, 0.95):9.2f}{row.max():9.2f}")


def main() -> None:
    """Prints the tables."""
    with tempfile.TemporaryDirectory() as folder:
        in_fit(Path(folder))
        alone(Path(folder) / "alone")


if __name__ == "__main__":
    main()
