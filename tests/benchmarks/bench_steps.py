"""What each panel of the default dashboard costs while a hand moves the cursor or the threshold, on the Agg canvas.

Processor time, the least of some rounds for every step of every panel: medians of whole steps say how busy the machine
was. What earlier rounds have computed, and words that they have put together, are forgotten in between. The floor of a
step is what it takes to paint what has changed, when all numbers are known.

python tests/benchmarks/bench_steps.py [EPOCHS ...]    (1,000 to 100,000 if none, which take minutes to record)
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np
from kept import QUICK, keep

import viewer
from recorder import RunWriter
from viewer.drawing import glyphs
from viewer.drawing.theme import wearing
from viewer.export.look import Look, drawn
from viewer.frame import Frame, Framer

ROUNDS, STEPS, FIRST, SAMPLES = 2 if QUICK else 8, 24, 4, 500  # the first steps settle what lies behind


def recorded(root: Path, epochs: int) -> Path:
    """A run of so many epochs, with samples as long as it is short."""
    rng = np.random.default_rng(0)
    truth = rng.random(SAMPLES) < 0.1
    with RunWriter(root, name="steps", epochs=epochs, max_samples=2_000 if epochs <= 1_000 else 0) as run:
        for epoch in range(epochs):
            score = 1 / (1 + np.exp(2.5 - 4 * truth * (1 - np.exp(-5 * epoch / epochs)) - rng.normal(size=SAMPLES)))
            loss = float(-np.log(np.where(truth, score, 1 - score)).mean())
            run.epoch(epoch, logs={"loss": loss, "val_loss": loss}, train=(truth, score), val=(truth, score))
    assert run.folder is not None
    return run.folder


def measured(framer: Framer, step: Callable[[int], Frame]) -> dict[str, float]:
    """Milliseconds of a step, by panel and what it does."""
    dashboard = drawn(framer.frame(), Look(size=(1280, 780)))
    least: dict[tuple[int, int, str], float] = {}
    for _ in range(ROUNDS):
        framer.forget()
        glyphs.coloured.cache_clear()
        glyphs.pixels.cache_clear()
        for number in range(STEPS):
            frame = step(number)
            with wearing(dashboard.theme):
                for what in ("update", "paint"):
                    for place, cell in enumerate(dashboard.cells):
                        began = time.process_time()
                        if what == "update":
                            cell.update(frame)
                        else:
                            cell.paint(dashboard.figure.canvas)
                        took = time.process_time() - began
                        least[number, place, what] = min(took, least.get((number, place, what), took))
    found: dict[str, float] = defaultdict(float)
    for (number, place, what), took in least.items():
        if number >= FIRST:
            found[f"{what} {place + 1} {type(dashboard.cells[place].panel).__name__}"] += 1e3 * took / (STEPS - FIRST)
    return found


def main() -> None:
    """Measures."""
    for epochs in [int(word) for word in sys.argv[1:]] or ([100] if QUICK else [1_000, 10_000, 100_000]):
        with tempfile.TemporaryDirectory() as folder:
            framer = Framer(viewer.open_run(recorded(Path(folder), epochs)))
            framer.turn(band=0.0)  # bands follow when the hand rests
            framer.read_ahead()

            def by_threshold(number: int, framer: Framer = framer) -> Frame:
                framer.turn(threshold=0.2 + number / 100)
                return framer.frame()

            def by_epoch(number: int, framer: Framer = framer, first: int = epochs // 3) -> Frame:
                return framer.frame(first + number)

            for name, step in (("cursor", by_epoch), ("threshold", by_threshold)):
                found = measured(framer, step)
                whole = sum(found.values())
                keep(f"{epochs} epochs, {name}", 1e-3 * whole)
                painted = sum(took for part, took in found.items() if part.startswith("paint"))
                keep(f"{epochs} epochs, {name}, the floor", 1e-3 * painted)
                print(f"{epochs:,} epochs, {name}: {whole:.1f} ms, {1e3 / whole:.0f} a second")
                for part, took in sorted(found.items(), key=lambda one: -one[1])[:8]:
                    print(f"    {part:32} {took:6.2f} ms")


if __name__ == "__main__":
    main()
