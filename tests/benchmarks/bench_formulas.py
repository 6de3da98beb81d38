"""Formulas and bands over 1,000 epochs, against one plain pass over the same histograms; and what a new epoch costs.

python tests/benchmarks/bench_formulas.py
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from kept import QUICK, keep

import viewer
from recorder import RunWriter
from viewer.formulas import FORMULAS

EPOCHS, SAMPLES = 50 if QUICK else 1_000, 2_000
COUNTS = ("precision", "recall", "f1", "mcc")


def append(writer: RunWriter, epoch: int) -> None:
    """One epoch of a rare class that is told ever better."""
    rng = np.random.default_rng(epoch)
    truth = rng.random(SAMPLES) < 0.1
    score = 1 / (1 + np.exp(3 - (2 + epoch / 500) * truth - rng.normal(size=SAMPLES)))
    writer.epoch(epoch, logs={"loss": 1 / (1 + epoch)}, val=(truth, score.astype(np.float32)))


def seconds(step: Callable[[], Any]) -> float:
    """Of one call."""
    began = time.perf_counter()
    step()
    return time.perf_counter() - began


def say(name: str, took: float, plain: float) -> None:
    """One row."""
    keep(name, took)
    print(f"{name:42} {took * 1e3:8.1f} ms {took / plain:8.2f} x the plain pass")


def main() -> None:
    """Measures."""
    with tempfile.TemporaryDirectory() as folder, RunWriter(Path(folder)) as writer:
        for epoch in range(EPOCHS):
            append(writer, epoch)
        run = viewer.open_run(writer.folder)
        histograms = run.histograms("val", range(EPOCHS)).astype(np.float64)
        plain = min(seconds(lambda: np.cumsum(histograms, axis=-1)) for _ in range(5))
        say("plain pass: cumulative counts", plain, plain)
        curves = [name for name in FORMULAS if FORMULAS[name].needs == ("scores",)]
        for name in curves:
            say(name, seconds(lambda name=name: run.values(name)), plain)
        say(f"bands of {', '.join(COUNTS)}", seconds(lambda: [run.band(name) for name in COUNTS]), plain)
        say("the same again", seconds(lambda: [run.band(name) for name in COUNTS]), plain)
        moved = seconds(lambda: [run.band(name, threshold=0.3) for name in COUNTS])
        say("the same at another threshold", moved, plain)
        append(writer, EPOCHS)
        run.refresh()
        run.histogram("val", -1)
        say("a new epoch: the four bands", seconds(lambda: [run.band(name) for name in COUNTS]), plain)
        say(f"a new epoch: {len(curves)} formulas of scores", seconds(lambda: list(map(run.values, curves))), plain)


if __name__ == "__main__":
    main()
