"""Many classes: CPU seconds to the first picture, of a key, and until all credible bands are drawn.

python tests/benchmarks/bench_many_classes.py            # 10, 100 and 1,000 classes
python tests/benchmarks/bench_many_classes.py 100
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from kept import QUICK, keep

import viewer
from recorder import RunWriter
from viewer.dashboard.following import Fixed
from viewer.dashboard.session import Session
from viewer.export.look import Look, drawn

EPOCHS, SAMPLES = 20, 5_000
KEYS = ("left", "left", "shift+left", "c", "s", "right", "home", "end", "b")


def main() -> None:
    """Measures."""
    for classes in [int(words) for words in sys.argv[1:]] or ((10,) if QUICK else (10, 100, 1_000)):
        with tempfile.TemporaryDirectory() as folder:
            measure(record(Path(folder), classes), classes)


def record(folder: Path, classes: int) -> Path:
    """A run that gets better, with confusions everywhere: of a hundred classes half of the cells are not empty."""
    rng = np.random.default_rng(0)
    with RunWriter(folder, max_samples=500) as writer:
        for epoch in range(EPOCHS):
            truth = rng.integers(0, classes, SAMPLES)
            scores = rng.normal(size=(SAMPLES, classes)).astype(np.float32)
            scores[np.arange(SAMPLES), truth] += 1 + 3 * epoch / EPOCHS
            scores = np.exp(scores)
            scores /= scores.sum(axis=1, keepdims=True)
            writer.epoch(epoch, logs={"loss": 1.0, "val_loss": 1.0}, train=(truth, scores), val=(truth, scores))
    return writer.folder


def measure(folder: Path, classes: int) -> None:
    """One row a step."""
    began = time.process_time()
    session = Session(Fixed([viewer.open_run(folder)]))
    dashboard, painted = drawn(session.frame(), Look()), list[float]()

    def show() -> float:
        start = time.process_time()
        session.dirty = False
        dashboard.update(session.frame())
        known = time.process_time()
        dashboard.paint()
        painted.append(time.process_time() - known)
        return time.process_time() - start

    show()
    took = time.process_time() - began
    keep(f"{classes} classes, first picture, processor", took)
    print(f"{classes:>6,} classes, {EPOCHS} epochs: first picture {took:6.2f} s", flush=True)
    keys = []
    painted.clear()
    for number, key in enumerate(KEYS):
        session.press(key, float(number))
        keys.append(show())
        print(f"{'':16}{key:>12} {keys[-1]:6.3f} s", flush=True)
    keep(f"{classes} classes, keys, the floor", painted)
    session.press("b", 0.0)
    began, beats = time.process_time(), []
    session.tick(0.0)
    while session.dirty:
        beats.append(show())
        session.tick(0.0)
    total = time.process_time() - began
    keep(f"{classes} classes, all bands, processor", total)
    keep(f"{classes} classes, keys, processor", keys)
    print(
        f"{'':16}all bands    {total:6.2f} s in {len(beats)} pictures, the longest {max(beats, default=0):.3f} s",
        flush=True,
    )


if __name__ == "__main__":
    main()
