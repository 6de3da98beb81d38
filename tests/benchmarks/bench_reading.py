"""What reading costs: a list of 1,000 runs, a threshold of 1,000 epochs, a new epoch, a run of a hundred classes.

python tests/benchmarks/bench_reading.py
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from kept import QUICK, keep
from many_runs import EPOCHS, RUNS, command, many_runs, processed, read, warm_and_cold

import viewer
from recorder import RunWriter
from recorder.runfile import EpochRecord, Output, RunFileWriter, Tally
from recorder.runfile.codec import iso_time
from recorder.runfile.schema import BeginLine, Manifest

LIST = ("-m", "f1", "-m", "recall@macro", "-m", "tn / (tn + fn)", "--sort", "val:mcc")
BARE = "import viewer.cli, viewer.run"


def main() -> None:
    """Prints medians, and ratios within this run."""
    with tempfile.TemporaryDirectory() as place:
        a_list_of_many(Path(place) / "many")
        a_threshold_and_a_new_epoch(Path(place) / "long")
        a_hundred_classes(Path(place) / "wide")


def a_list_of_many(root: Path) -> None:
    """Three formulas of each run, with the page cache warm and cold."""
    files = many_runs(root)
    processed(BARE)
    start, *_ = processed(BARE)
    plain = read(files)
    for name, (seconds, busy, peak) in warm_and_cold(command("list", root, *LIST), files).items():
        keep(f"list of {RUNS} runs, {name}", seconds)
        keep(f"list of {RUNS} runs, memory, {name}", peak * 2**20, "byte")
        print(
            f"list of {RUNS} runs of {EPOCHS} epochs, {name}: {seconds:.2f} s ({busy:.2f} s of a processor), "
            f"{peak:.0f} MB; {seconds / start:.1f} x an empty viewer process, {seconds / plain:.0f} x reading the bytes"
        )


def a_threshold_and_a_new_epoch(root: Path) -> None:
    """Of binary runs of 10, 1,000 and 10,000 epochs: both splits, about 1,100 thresholds."""
    rng = np.random.default_rng(0)
    taken = {}
    for epochs in (10, 100, 200) if QUICK else (10, 1_000, 10_000):
        writer, output = tallied(root / str(epochs), epochs, rng, classes=2)
        opened = timed(viewer.Run, writer.folder)
        run = viewer.Run(writer.folder)
        decided, first = timed(run.values, "mcc"), timed(run.values, "mcc@0.3")
        moves = [timed(run.values, "mcc", threshold=edge) for edge in rng.choice(output.thresholds, 200)]
        late = []
        for epoch in range(epochs, epochs + 100):
            writer.append(record(epoch, output, rng))
            late.append(timed(run.refresh) + timed(run.values, "mcc") + timed(run.values, "mcc@0.3"))
        taken[epochs] = statistics.median(late)
        keep(f"{epochs} epochs, open", opened)
        keep(f"{epochs} epochs, a move of the threshold", moves)
        keep(f"{epochs} epochs, a new one", late)
        print(
            f"{epochs} epochs: open {ms(opened)}, mcc at the decision {ms(decided)}, first at another threshold "
            f"{ms(first)}, a move of the threshold {ms(statistics.median(moves))}, a new epoch {ms(taken[epochs])}"
        )
    print(f"a new epoch at {max(taken):,} costs {taken[max(taken)] / taken[10]:.1f} x one at 10")


def a_hundred_classes(root: Path) -> None:
    """1,000 epochs: all default formulas, two of which need matrices; one epoch's histograms; another threshold."""
    epochs = 20 if QUICK else 1_000
    writer, _ = tallied(root, epochs, np.random.default_rng(0), classes=100)
    questions = {
        "open, accuracy, f1@macro, mcc": "for f in ('accuracy', 'f1@macro', 'mcc'): run.values(f)",
        "and one epoch's histograms": f"run.histogram('val', {epochs // 2})",
        "and f1@macro@0.3": "run.values('f1@macro@0.3')",
    }
    so_far = ""
    for name, code in questions.items():
        so_far += code + "\n"
        wall, busy, peak = processed(
            f"import viewer; run = viewer.open_run({str(writer.folder)!r})\n{so_far}assert not run.faults"
        )
        keep(f"100 classes, {name}", wall)
        print(f"100 classes, {epochs:,} epochs, {name}: {wall:.2f} s ({busy:.2f} s of a processor), {peak:.0f} MB")


def tallied(root: Path, epochs: int, rng: np.random.Generator, *, classes: int) -> tuple[RunFileWriter, Output]:
    """A run still open, of counts alone."""
    with RunWriter(root / "grid") as plain:
        plain.epoch(0, val=(np.array([0, 1]), np.array([0.1, 0.9])))
    (grid,) = viewer.open_run(plain.folder).manifest.outputs
    output = grid if classes == 2 else Output(
        kind="multiclass", classes=[str(label) for label in range(classes)], thresholds=grid.thresholds
    )  # fmt: skip
    now = iso_time(time.time())
    manifest = Manifest(run_id="run", name="run", created=now, outputs=[output])
    writer = RunFileWriter.create(
        root, manifest, BeginLine(attempt=0, time=now, host=os.uname().nodename, pid=os.getpid())
    )
    for epoch in range(epochs):
        writer.append(record(epoch, output, rng))
    return writer, output


def record(epoch: int, output: Output, rng: np.random.Generator) -> EpochRecord:
    """An epoch of 2,000 samples in each split, in bins at random."""
    classes = 1 if output.kind == "binary" else len(output.classes)
    shape = (classes, 2, len(output.thresholds) + 1)
    tallies = []
    for split in ("train", "val"):
        histogram = np.zeros(shape, np.int64)
        np.add.at(histogram, tuple(rng.integers(0, shape, (2_000 * classes, 3)).T), 1)
        matrix = rng.multinomial(2_000, np.full(classes**2, 1 / classes**2)).reshape(classes, classes)
        nan = np.zeros((classes, 2), np.int64)
        tallies.append(Tally(split=split, histogram=histogram, nan=nan, matrix=matrix if classes > 1 else None))
    logs = {name: float(rng.random()) for name in ("loss", "accuracy", "val_loss", "val_accuracy")}
    return EpochRecord(epoch=epoch, logs=logs, seconds={"epoch": 1.0}, time=time.time(), tallies=tuple(tallies))


def timed(call: Callable[..., object], *arguments: Any, **options: Any) -> float:
    """Seconds of a call."""
    start = time.perf_counter()
    call(*arguments, **options)
    return time.perf_counter() - start


def ms(seconds: float) -> str:
    """As milliseconds."""
    return f"{seconds * 1e3:.2g} ms"


if __name__ == "__main__":
    main()
