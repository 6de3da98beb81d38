"""From `append`'s return to the screen, in a real window; and frames a second in a real browser while a hand drags.

Needs Xvfb and Chromium: python tests/benchmarks/bench_live.py
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from bench_viewer import SAMPLES, append, recorded

DRIVE = Path(__file__).parent.parent / "viewer" / "surfaces" / "drive.py"
ARRIVALS = 30


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
    while shown["epoch"] != 999:
        shown = json.loads(viewer.stdout.readline())
    late = []
    for epoch in range(1_000, 1_000 + ARRIVALS):
        append(writer, epoch, truth, noise)
        returned = time.time()
        while shown["epoch"] != epoch:
            shown = json.loads(viewer.stdout.readline())
        late.append(shown["time"] - returned)
        time.sleep(0.3)  # the pace of a training; the viewer is idle when the next epoch comes
    viewer.terminate()
    say("a new epoch on screen after", np.array(late))


def browser(folder: Path) -> None:
    """A hand drags the threshold slider; the page counts the pictures that come."""
    from playwright.sync_api import sync_playwright

    server = subprocess.Popen(
        [sys.executable, "-P", "-m", "viewer", "replay", str(next(folder.iterdir())), "--web"],
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert server.stderr is not None
    url = None
    while url is None:
        found = re.search(r"open (http://\S+)", server.stderr.readline())
        url = found[1] if found else None
    came: list[float] = []
    with sync_playwright() as playwright:
        chromium = shutil.which("chromium") or shutil.which("google-chrome")
        opened = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = opened.new_page(viewport={"width": 1280, "height": 780})
        page.on(
            "websocket",
            lambda ws: ws.on("framereceived", lambda f: came.append(time.time()) if isinstance(f, bytes) else None),
        )
        page.goto(url)
        page.wait_for_timeout(3_000)
        began, before = time.time(), len(came)
        page.mouse.move(700, 720)
        page.mouse.down()
        for step in range(300):
            page.mouse.move(700 + 150 * np.sin(step / 30), 720)
            page.wait_for_timeout(8)
        rested = time.time()
        pictures = len(came) - before
        page.wait_for_timeout(1_500)
        page.mouse.up()
        opened.close()
    server.terminate()
    print(f"{'in the browser while dragging':34} {pictures / (rested - began):8.1f} pictures a second")
    late = [1e3 * (at - rested) for at in came if rested < at] or [0.0]
    print(f"{'last position after the hand rests':34} {late[0]:8.1f} ms (the bands follow at {late[-1]:.0f} ms)")


def say(name: str, seconds: np.ndarray) -> None:
    """One row."""
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
        browser(Path(folder))
    screen.terminate()


if __name__ == "__main__":
    main()
