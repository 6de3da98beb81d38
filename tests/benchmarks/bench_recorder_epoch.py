"""What an epoch's end costs: `RunRecorder` against `TensorBoard()`, appending early and late, and the longest wait.

python tests/benchmarks/bench_recorder_epoch.py
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import keras
import numpy as np

from recorder import ConfusionTally, RunRecorder
from recorder.runfile import EpochRecord, Manifest, Output, RunFileWriter, Samples, Tally, begin_line

SAMPLES, THRESHOLDS, FITTED = 2_000, 1_000, 60
APPENDED = 10_000


def timed(callback: keras.callbacks.Callback) -> list[float]:
    """Notes how long each `on_epoch_end` of a callback takes."""
    seconds: list[float] = []
    inner = callback.on_epoch_end

    def on_epoch_end(epoch: int, logs: object = None) -> None:
        began = time.perf_counter()
        inner(epoch, logs)
        seconds.append(time.perf_counter() - began)

    callback.on_epoch_end = on_epoch_end  # type: ignore[method-assign] # to measure it
    return seconds


def fitted(folder: Path) -> None:
    """Both callbacks in one fit: 1,000 thresholds, both splits, 2,000 validation samples."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(SAMPLES + 640, 15)).astype(np.float32)
    y = (x[:, 0] > 1).astype(np.float32)
    model = keras.Sequential([keras.layers.Dense(64, activation="relu"), keras.layers.Dense(1, activation="sigmoid")])
    tally = ConfusionTally(thresholds=np.linspace(0, 1, THRESHOLDS).tolist())
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=[tally])
    recorder, board = RunRecorder(folder / "runs"), keras.callbacks.TensorBoard(folder / "board")
    ours, theirs = timed(recorder), timed(board)
    model.fit(
        x[SAMPLES:], y[SAMPLES:], validation_data=(x[:SAMPLES], y[:SAMPLES]), epochs=FITTED, verbose=0,
        callbacks=[recorder, board],
    )  # fmt: skip
    say("RunRecorder.on_epoch_end", ours[1:])
    say("TensorBoard.on_epoch_end", theirs[1:])
    print(f"{'ratio of the medians':34} {np.median(ours[1:]) / np.median(theirs[1:]):8.2f}")


def appended(folder: Path) -> None:
    """10,000 epochs of 2,000 samples, appended one after the other."""
    rng = np.random.default_rng(0)
    grid = np.linspace(0, 1, THRESHOLDS).astype(np.float32).astype(float).tolist()
    manifest = Manifest(
        run_id="long", name="long", created="2026-01-01T00:00:00+00:00", outputs=[Output(thresholds=grid)]
    )
    writer = RunFileWriter.create(folder, manifest, begin_line())
    truth, score = (rng.random(SAMPLES) < 0.1).astype(np.int32), rng.random((SAMPLES, 1)).astype(np.float32)
    counts = rng.integers(0, 9, (1, 2, THRESHOLDS + 1))
    seconds = []
    for epoch in range(APPENDED):
        tallies = tuple(
            Tally(split=name, histogram=counts, nan=np.zeros((1, 2), np.int64)) for name in ("train", "val")
        )
        samples = Samples(split="val", sample=np.arange(SAMPLES), y_true=truth, y_score=score)
        record = EpochRecord(epoch=epoch, logs={"loss": 0.5}, time=1e9, tallies=tallies, samples=(samples,))
        began = time.perf_counter()
        writer.append(record)
        seconds.append(time.perf_counter() - began)
    say("append, epochs 10 to 500", seconds[10:500])
    say("append, the last 500 of 10,000", seconds[-500:])
    late = 1e3 * np.array(seconds[10:])
    over = int((late > 20).sum())
    print(f"{'epochs that waited over 20 ms':34} {over:8} of {len(late)}; the longest {late.max():.1f} ms")


def say(name: str, seconds: list[float]) -> None:
    """One row."""
    middle, high = np.quantile(seconds, [0.5, 0.99]) * 1e3
    print(f"{name:34} {middle:8.2f} ms at the median, {high:.2f} ms at the 99th percentile")


def main() -> None:
    """Measures."""
    with tempfile.TemporaryDirectory() as folder:
        fitted(Path(folder))
        appended(Path(folder))


if __name__ == "__main__":
    main()
