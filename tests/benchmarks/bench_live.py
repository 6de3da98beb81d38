"""From `append`'s return to the screen, in a real window; `bench_page.py` does the same in a browser.

The floor is what it takes to paint what a new epoch has changed, when it was read and all its numbers are known.

Needs Xvfb: python tests/benchmarks/bench_live.py [EPOCHS ...]    (runs of 10 to 100,000 if none)
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from bench_viewer import SAMPLES, append, recorded
from kept import QUICK, keep

import viewer
from viewer.drawing.theme import wearing
from viewer.export.look import Look, drawn
from viewer.frame import Framer

DRIVE = Path(__file__).parent.parent / "viewer" / "surfaces" / "drive.py"
ARRIVALS = 3 if QUICK else 100
SIZE = (1280, 780)  # of the window


def window(folder: Path, display: str, epochs: int) -> None:
    """Epochs are recorded here and shown there; each picture says when it was drawn."""
    writer = recorded(folder, epochs)
    truth, noise = np.random.default_rng(0).random(SAMPLES) < 0.1, np.random.default_rng(1).normal(size=SAMPLES)
    viewer = subprocess.Popen(
        [sys.executable, str(DRIVE), str(folder), "default"], stdout=subprocess.PIPE, text=True,
        env=os.environ | {"DISPLAY": display, "MPLBACKEND": "TkAgg"},
    )  # fmt: skip
    assert viewer.stdout is not None
    shown = json.loads(viewer.stdout.readline())
    while shown["epoch"] != epochs - 1:
        shown = json.loads(viewer.stdout.readline())
    late = []
    for epoch in range(epochs, epochs + ARRIVALS):
        append(writer, epoch, truth, noise)
        returned = time.time()
        while shown["epoch"] != epoch:
            shown = json.loads(viewer.stdout.readline())
        late.append(shown["time"] - returned)
        time.sleep(0.3)  # the pace of a training; the viewer is idle when the next epoch comes
    viewer.terminate()
    viewer.wait()
    writer.close()
    say(f"{epochs} epochs: a new one on screen after", np.array(late))


def floor(folder: Path, epochs: int) -> None:
    """Epochs are recorded and painted here, on a canvas of the same size."""
    writer = recorded(folder, epochs)
    truth, noise = np.random.default_rng(0).random(SAMPLES) < 0.1, np.random.default_rng(1).normal(size=SAMPLES)
    assert writer.folder is not None
    framer = Framer(viewer.open_run(writer.folder))
    dashboard = drawn(framer.frame(), Look(size=SIZE))
    painted = []
    for epoch in range(epochs, epochs + ARRIVALS):
        append(writer, epoch, truth, noise)
        framer.refresh()
        frame = framer.frame()
        assert frame.epoch == epoch
        with wearing(dashboard.theme):
            for cell in dashboard.cells:
                cell.update(frame)
            began = time.perf_counter()
            for cell in dashboard.cells:
                cell.paint(dashboard.figure.canvas)
            painted.append(time.perf_counter() - began)
    writer.close()
    say(f"{epochs} epochs: what a new one changes, painted", np.array(painted))


def say(name: str, seconds: np.ndarray) -> None:
    """One row."""
    keep(name, seconds)
    middle, last = (1e3 * float(np.quantile(seconds, q)) for q in (0.5, 0.99))
    print(f"{name:44} {middle:8.1f} ms, 99 % within {last:.1f}", flush=True)


def main() -> None:
    """Measures."""
    reading, writing = os.pipe()
    screen = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1500x1000x24", "-dpi", "96"], pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(writing)
    with os.fdopen(reading) as ready:
        display = f":{ready.readline().strip()}"
    for epochs in [int(word) for word in sys.argv[1:]] or ([100] if QUICK else [10, 1_000, 10_000, 100_000]):
        with tempfile.TemporaryDirectory() as folder:
            window(Path(folder) / "shown", display, epochs)
            floor(Path(folder) / "painted", epochs)
    screen.terminate()


if __name__ == "__main__":
    main()
