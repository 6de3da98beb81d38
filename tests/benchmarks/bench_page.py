"""The page in a real browser, 1366x650: first picture, a hand that drags, a new epoch; and twenty tabs, one stuck.

Needs Chromium: python tests/benchmarks/bench_page.py
"""

from __future__ import annotations

import asyncio
import json
import math
import re
import resource
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from bench_viewer import EPOCHS, SAMPLES, append, recorded
from kept import QUICK, keep

TABS, SECONDS = (4, 3.0) if QUICK else (20, 20.0)
HAND = 1 / 30  # seconds between two moves of a hand
# When each picture was painted, in seconds since 1970, and which part of the page it was.
COUNTING = """
  window.painted = [];
  const draw = CanvasRenderingContext2D.prototype.drawImage;
  CanvasRenderingContext2D.prototype.drawImage = function (...words) {
    window.painted.push((performance.timeOrigin + performance.now()) / 1000);
    return draw.apply(this, words);
  };
"""
# Moves the threshold back and forth for some seconds; when it rested, in seconds since 1970.
DRAGGING = """(seconds) => new Promise((rested) => {
  const range = document.querySelector("[type=range][aria-label=threshold]");
  const began = performance.now();
  const move = () => {
    const passed = (performance.now() - began) / 1000;
    if (passed > seconds) return rested((performance.timeOrigin + performance.now()) / 1000);
    const at = 0.5 + 0.35 * Math.sin(1.7 * passed);
    range.value = Number(range.min) + at * (Number(range.max) - Number(range.min));
    range.dispatchEvent(new Event("input", { bubbles: true }));
    requestAnimationFrame(move);
  };
  requestAnimationFrame(move);
})"""


@contextmanager
def served(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str, float]]:
    """A server, its address, and when the command was given."""
    began = time.time()
    server = subprocess.Popen(
        [sys.executable, "-P", "-m", "viewer", "watch", str(folder), "--web"], stderr=subprocess.PIPE, text=True
    )
    assert server.stderr is not None
    while not (found := re.search(r"open (http://\S+)", server.stderr.readline())):
        pass
    try:
        yield server, found[1], began
    finally:
        server.terminate()
        server.wait()


def painted(page: Any) -> list[float]:
    """When each picture was painted so far."""
    found: list[float] = page.evaluate("window.painted")
    return found


def states(times: list[float]) -> int:
    """Of pictures that are painted together, one is counted: they are one state."""
    return 1 + sum(later - earlier > 0.003 for earlier, later in pairwise(times)) if times else 0


def first(browser: Any, folder: Path) -> None:
    """From the command to the first picture, and to all six."""
    each, last = [], []
    for _ in range(1 if QUICK else 5):
        page = browser.new_page(viewport={"width": 1366, "height": 650})
        page.add_init_script(COUNTING)
        with served(folder) as (_, url, began):
            page.goto(url.replace("/?", "/run/latest?"))
            page.wait_for_function("() => window.painted.length >= 6")
            times = painted(page)
        each.append(times[0] - began)
        last.append(times[5] - began)
        page.close()
    keep("first picture after the command", each)
    print(f"{'first picture after the command':40} {np.median(each):8.2f} s (all six {np.median(last):.2f} s)")


def dragged(browser: Any, url: str) -> None:
    """A hand drags the threshold for some seconds, then rests.

    It moves once for each frame of the screen, from within the page: the driver of the browser is slower than a hand.
    """
    page = browser.new_page(viewport={"width": 1366, "height": 650})
    page.add_init_script(COUNTING)
    page.goto(url.replace("/?", "/run/latest?"))
    page.wait_for_timeout(3_000)
    before = len(painted(page))
    rested = page.evaluate(DRAGGING, 4.0)
    page.wait_for_timeout(1_500)
    times = painted(page)[before:]
    count = states([at for at in times if at <= rested])
    late = [at - rested for at in times if rested < at < rested + 0.2] or [0.0]
    keep("states a second while dragging", count / 4, "integer")
    print(f"{'in the browser while dragging':40} {count / 4:8.1f} states a second")
    print(f"{'last position after the hand rests':40} {1e3 * late[-1]:8.0f} ms")
    page.close()


def arriving(browser: Any, url: str, writer: Any) -> None:
    """From the return of `append` to the first picture with the new epoch."""
    page = browser.new_page(viewport={"width": 1366, "height": 650})
    page.add_init_script(COUNTING)
    page.goto(url.replace("/?", "/run/latest?"))
    page.wait_for_timeout(3_000)
    truth, noise = np.random.default_rng(0).random(SAMPLES) < 0.1, np.random.default_rng(1).normal(size=SAMPLES)
    late = []
    for epoch in range(EPOCHS, EPOCHS + 15):
        before = len(painted(page))
        append(writer, epoch, truth, noise)
        returned = time.time()
        page.wait_for_function("(before) => window.painted.length > before", arg=before)
        page.wait_for_timeout(500)
        late.append(painted(page)[before] - returned)
    keep("a new epoch on screen", late)
    print(f"{'a new epoch on screen after':40} {1e3 * float(np.median(late)):8.0f} ms (worst {1e3 * max(late):.0f})")
    page.close()


async def tab(url: str, *, settling: float, seconds: float = SECONDS, stuck: bool = False) -> int:
    """A tab that always drags, and how many sheets with pictures it was sent; a stuck one acknowledges nothing.

    Counted once it has been open for `settling` seconds: all that is drawn first is drawn then.
    """
    from tornado.httpclient import AsyncHTTPClient, HTTPRequest
    from tornado.websocket import websocket_connect

    root = url.partition("/?token=")[0]
    opened = await AsyncHTTPClient().fetch(url, follow_redirects=False, raise_error=False)
    headers = {"Cookie": opened.headers["Set-Cookie"].partition(";")[0], "Origin": root}
    socket = await websocket_connect(HTTPRequest(f"{root.replace('http', 'ws')}/socket", headers=headers))
    said = [
        {"type": "open", "view": "dashboard"},
        {"type": "sizes", "ratio": 1, "panels": [[680, 250]] * 2 + [[340, 250]] * 4},
    ]
    for words in said:
        socket.write_message(json.dumps(words))
    count, began = 0, time.monotonic() + settling

    async def drag() -> None:
        while True:
            at = 0.5 if stuck else 0.5 + 0.4 * math.sin(1.7 * time.monotonic())
            socket.write_message(json.dumps({"type": "turn", "threshold": at}))
            await asyncio.sleep(0.5 if stuck else HAND)

    hand = asyncio.create_task(drag())
    while (now := time.monotonic()) - began < seconds:
        if stuck:
            await asyncio.sleep(0.5)
            continue
        sheet = await socket.read_message()
        (length,) = struct.unpack("<I", sheet[:4])
        count += now > began and bool(json.loads(sheet[4 : 4 + length])["patches"])
        socket.write_message(json.dumps({"type": "ack"}))
    hand.cancel()
    socket.close()
    return count


def shared(folder: Path) -> None:
    """Sheets a second of a tab alone, and of each of twenty of which one is stuck; memory a tab."""

    async def many() -> list[int]:
        others = [tab(url, settling=20) for _ in range(TABS - 1)]
        return (await asyncio.gather(tab(url, settling=20, stuck=True), *others))[1:]

    with served(folder) as (server, url, _):
        alone = asyncio.run(tab(url, settling=3)) / SECONDS
        before = memory(server.pid)
        rates = np.array(asyncio.run(many())) / SECONDS
        after = memory(server.pid)
    share = alone / (TABS - 1)
    keep("sheets a second of a tab alone", alone, "integer")
    keep("sheets a second of the slowest of many tabs", float(rates.min()), "integer")
    keep("memory a tab", (after - before) / (TABS - 1) * 2**20, "byte")
    print(f"{'one tab alone':40} {alone:8.1f} sheets a second")
    slowest = f"{rates.min():8.2f} = {100 * rates.min() / share:.0f} % of its share (median {np.median(rates):.2f})"
    print(f"{f'the slowest of {TABS - 1} beside a stuck one':40} {slowest}")
    print(f"{'memory a tab':40} {(after - before) / (TABS - 1):8.1f} MiB (one tab: {before:.0f} MiB in all)")


def memory(pid: int) -> float:
    """MiB that a process holds."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def main() -> None:
    """Measures."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        writer = recorded(folder)
        shared(folder)
        with sync_playwright() as playwright:
            chromium = shutil.which("chromium") or shutil.which("google-chrome")
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
            first(browser, folder)
            with served(folder) as (_, url, _):
                dragged(browser, url)
                arriving(browser, url, writer)
            browser.close()
        writer.close()


if __name__ == "__main__":
    main()
