"""From `append`'s return to the screen, in a real window; `bench_page.py` does the same in a browser.

Needs Xvfb: python tests/benchmarks/bench_live.py
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
from bench_viewer import EPOCHS, SAMPLES, append, recorded
from kept import QUICK, keep

DRIVE = Path(__file__).parent.parent / "viewer" / "surfaces" / "drive.py"
ARRIVALS = 3 if QUICK else 30


def window(folder: Path, display: str) -> None:
    """Epochs are recorded here and shown there; each picture says when it was drawn."""
    writer = recorded(folder)
    truth, noise = np.random.default_rng(0).random(SAMPLES) < 0.1, np.random.default_rng(1).normal(size=SAMPLES)
    viewer = subprocess.Popen(
        [sys.executable, str(DRIVE), str(folder), "default"], stdout=subprocess.PIPE, text=True,
        env=os.environ | {"DISPLAY": display, "MPLBACKEND": "TkAgg"},
    )  # fmt: skip
    assert viewer.stdout is not None
    shown = json.loads(viewer.stdout.readline())
    while shown["epoch"] != EPOCHS - 1:
        shown = json.loads(viewer.stdout.readline())
    late = []
    for epoch in range(EPOCHS, EPOCHS + ARRIVALS):
        append(writer, epoch, truth, noise)
        returned = time.time()
        while shown["epoch"] != epoch:
            shown = json.loads(viewer.stdout.readline())
        late.append(shown["time"] - returned)
        time.sleep(0.3)  # the pace of a training; the viewer is idle when the next epoch comes
    viewer.terminate()
    viewer.wait()
    writer.close()
    say("a new epoch on screen after", np.array(late))


def say(name: str, seconds: np.ndarray) -> None:
    """One row."""
    keep(name, seconds)
    low, middle, high = (1e3 * float(np.quantile(seconds, q)) for q in (0.1, 0.5, 0.9))
    print(f"{name:34} {middle:8.1f} ms (a tenth below {low:.1f}, a tenth above {high:.1f})")


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
    with tempfile.TemporaryDirectory() as folder:
        window(Path(folder), display)
    screen.terminate()


if __name__ == "__main__":
    main()
