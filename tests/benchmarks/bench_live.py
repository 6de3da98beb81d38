"""From `append`'s return to the screen, in a real window; `bench_page.py` does the same in a browser.

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

DRIVE = Path(__file__).parent.parent / "viewer" / "surfaces" / "drive.py"
ARRIVALS = 3 if QUICK else 100


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
            window(Path(folder), display, epochs)
    screen.terminate()


if __name__ == "__main__":
    main()
