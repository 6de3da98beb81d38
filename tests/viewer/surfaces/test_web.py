"""The page in a real browser: Debian's Chromium, headless, against the real server in another process."""

from __future__ import annotations

import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from .conftest import PATIENCE, Driven, record, recorded

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
# What the canvas of the page holds, small enough to compare.
PIXELS = """() => {
  const canvas = document.querySelector("canvas.mpl-canvas");
  const small = document.createElement("canvas");
  small.width = 160; small.height = 100;
  small.getContext("2d").drawImage(canvas, 0, 0, 160, 100);
  return small.toDataURL();
}"""
DRAWN = """() => {
  const canvas = document.querySelector("canvas.mpl-canvas");
  if (!canvas || !canvas.width) return false;
  const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  let coloured = 0;
  for (let i = 0; i < data.length; i += 4) if (data[i + 3] && Math.abs(data[i] - data[i + 2]) > 40) coloured++;
  return coloured > 500;
}"""


class Server:
    """`epochreel watch --web` in a process of its own.

    Args:
        words: of the command behind `viewer`.
    """

    def __init__(self, *words: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "viewer", *words], stderr=subprocess.PIPE, text=True,
            env=os.environ | {"COLUMNS": "400"},
        )  # fmt: skip
        self.said: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        self.url = self._find(r"open (http://\S+)")
        self.ssh = self._find(r"(ssh -L \S+)")

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said.put(line)

    def _find(self, pattern: str) -> str:
        while True:
            found = re.search(pattern, self.said.get(timeout=PATIENCE))
            if found:
                return found[1]


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Starts servers."""
    started: list[Server] = []

    def start(*words: str) -> Server:
        started.append(Server(*words))
        return started[-1]

    yield start
    for server in started:
        server.process.kill()
        server.process.wait()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A headless Chromium."""
    if CHROMIUM is None:
        pytest.skip("needs Chromium")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


def visit(browser: Any, url: str) -> Any:
    """A page on which the figure has been drawn."""
    page = browser.new_page(viewport={"width": 1280, "height": 780})
    page.goto(url)
    page.wait_for_function(DRAWN, timeout=PATIENCE * 1000)
    return page


def changes(page: Any, before: str) -> None:
    """Waits until the picture is another one."""
    page.wait_for_function(f"(before) => ({PIXELS})() !== before", arg=before, timeout=PATIENCE * 1000)


def settled(page: Any) -> str:
    """The picture, once two looks in a row show the same."""
    page.wait_for_function(
        f"() => {{ const now = ({PIXELS})(), same = now === window.lastLook; window.lastLook = now; return same; }}",
        polling=700,
        timeout=PATIENCE * 1000,
    )
    found: str = page.evaluate(PIXELS)
    return found


def test_the_page_draws_takes_mouse_and_keys_and_shows_new_epochs(
    tmp_path: Path, browser: Any, serve: Callable[..., Server]
) -> None:
    """The page draws the dashboard; a slider drag, a key and a newly recorded epoch each change the picture; two
    browsers see the same; the line for a remote machine names the port."""
    writer = recorded(tmp_path, epochs=5, close=False)
    server = serve("watch", str(tmp_path), "--web", "--layout", "curves scores / curves:loss matrix")
    page = visit(browser, server.url)
    other = visit(browser, server.url)
    assert server.ssh.startswith(f"ssh -L {server.url.split(':')[2].split('/')[0]}:")
    before = settled(page)
    record(writer, 5)
    changes(page, before)
    before = settled(page)
    page.keyboard.press("Home")
    changes(page, before)
    before, elsewhere = settled(page), settled(other)
    page.mouse.move(700, 720)
    page.mouse.down()
    page.mouse.move(650, 720, steps=5)
    page.mouse.up()
    changes(page, before)
    changes(other, elsewhere)


def test_a_wrong_token_gets_nothing(tmp_path: Path, serve: Callable[..., Server]) -> None:
    """Without the token, or with a wrong one, every address answers 404 and not a byte."""
    recorded(tmp_path, epochs=2)
    server = serve("watch", str(tmp_path), "--web", "--layout", "curves")
    root = server.url.rsplit("/", 2)[0]
    for path in ("/", "/wrong/", "/wrong/mpl.js", "/wrong/ws", "/mpl.js", "/_static/js/mpl.js"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(root + path)
        assert (refused.value.code, refused.value.read()) == (404, b"")
    with urllib.request.urlopen(server.url) as page:
        assert b"epochreel" in page.read()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly(tmp_path: Path, serve: Callable[..., Server], number: int) -> None:
    """Ctrl-C and a polite kill end the server with code 0 and no traceback."""
    recorded(tmp_path, epochs=2)
    server = serve("watch", str(tmp_path), "--web", "--layout", "curves")
    server.process.send_signal(number)
    assert server.process.wait(timeout=PATIENCE) == 0
    assert not any("Traceback" in server.said.get() for _ in range(server.said.qsize()))


def test_every_key_and_widget_works_in_the_page(tmp_path: Path, browser: Any, driven: Callable[..., Driven]) -> None:
    """Keys, sliders, buttons, clicks in panels and hovering, each seen in what the server then paints."""
    viewer = driven(str(recorded(tmp_path).folder), "replay", "web")
    url = viewer.until(lambda shown: "url" in shown)["url"]
    page = visit(browser, url)
    viewer.until(lambda shown: shown.get("epoch") == 0)
    for key, holds in {
        "ArrowRight": lambda shown: shown["epoch"] == 1,
        "Shift+ArrowRight": lambda shown: shown["epoch"] == 11,
        "ArrowLeft": lambda shown: shown["epoch"] == 10,
        "End": lambda shown: shown["epoch"] == 29 and shown["live"],
        "Home": lambda shown: shown["epoch"] == 0 and not shown["live"],
        "+": lambda shown: shown["speed"] > 10,
        "-": lambda shown: shown["speed"] == pytest.approx(10),
        "s": lambda shown: shown["split"] == "train",
        "b": lambda shown: shown["band"] == 0,
        "l": lambda shown: "symlog" not in shown["scales"],
        "?": lambda shown: "play or pause" in shown["words"],
        " ": lambda shown: shown["playing"],
    }.items():
        page.keyboard.press(key)
        viewer.until(holds)

    def at(name: str, share: float) -> tuple[float, float]:
        left, top, right, bottom = viewer.shown["places"][name]
        return left + share * (right - left), (top + bottom) / 2

    page.mouse.click(*at("play", 0.5))
    viewer.until(lambda shown: not shown["playing"])
    page.mouse.click(*at("split", 0.5))
    viewer.until(lambda shown: shown["split"] == "val")
    page.mouse.click(*at("live", 0.5))
    viewer.until(lambda shown: shown["live"])
    page.mouse.click(*at("epoch", 0.5))
    viewer.until(lambda shown: 13 <= shown["epoch"] <= 16)
    page.mouse.move(*at("threshold", 0.5))
    page.mouse.down()
    page.mouse.move(*at("threshold", 0.25), steps=5)
    page.mouse.up()
    viewer.until(lambda shown: abs(shown["threshold"] - 0.25) < 0.02)
    page.mouse.click(*at("Scores", 0.7))
    viewer.until(lambda shown: abs(shown["threshold"] - 0.7) < 0.02)
    page.keyboard.press("?")
    page.mouse.move(*at("Curves", 0.5))
    viewer.until(lambda shown: "epoch 1" in shown["words"])
