"""A real browser that is suspended, as by the lid of a laptop, while epochs are recorded."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ..viewer.surfaces.conftest import record, recorded
from ..viewer.surfaces.web.conftest import Server, drawn, shows

pytestmark = [
    pytest.mark.campaign,
    pytest.mark.skipif(not shutil.which("chromium"), reason="needs Chromium"),
    pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="asks Linux which connections are up"),
]
UP = "01"
HEARD = "new MutationObserver(() => (window.heard ??= []).push(document.getElementById('connection').textContent))"
OPTIONS = ["--headless", "--no-sandbox", "--remote-debugging-port=0", "--disable-gpu", "--no-first-run"]


@pytest.fixture
def chromium(tmp_path: Path) -> Iterator[tuple[int, str]]:
    """A browser in a group of processes of its own: the group, and where it is driven from."""
    command = ["chromium", *OPTIONS, f"--user-data-dir={tmp_path / 'browser'}", "about:blank"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stderr is not None
    found = next(match for line in process.stderr if (match := re.search(r"ws://127.0.0.1:(\d+)/", line)))
    yield process.pid, f"http://127.0.0.1:{found[1]}"
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A viewer with little patience, of a folder that has no run yet."""
    started = Server("watch", str(tmp_path / "runs"), "--web", "--layout", "curves scores", PING=1, IDLE_SECONDS=2)
    yield started
    started.stop()


def test_a_suspended_browser_is_dropped_and_comes_back(
    tmp_path: Path, chromium: tuple[int, str], server: Server
) -> None:
    """The viewer closes its connection and goes on; the page, awake, opens another one, and shows the newest epoch."""
    playwright = pytest.importorskip("playwright.sync_api")
    group, address = chromium
    writer = recorded(tmp_path / "runs", epochs=3, close=False)
    with playwright.sync_playwright() as driver:
        page: Any = driver.chromium.connect_over_cdp(address).contexts[0].new_page()
        page.goto(server.url.replace("/?", "/run/latest?"))
        drawn(page)
        page.evaluate(f"{HEARD}.observe(document.getElementById('connection'), {{childList: true}})")
        before = connections(server)
        assert before
        os.killpg(group, signal.SIGSTOP)
        for epoch in range(3, 8):
            record(writer, epoch)
        while connections(server) & before:
            pass  # until it is dropped, which takes some seconds
        assert server.process.poll() is None
        os.killpg(group, signal.SIGCONT)
        page.wait_for_function("() => document.getElementById('connection').hidden && window.heard?.length > 1")
        shows(page, "epoch, as a number", "7")
        heard = page.evaluate("window.heard")
    assert any("trying again" in words for words in heard)
    assert not any("ended" in words for words in heard)
    writer.close()


def connections(server: Server) -> set[str]:
    """Of the viewer's page, those that are up: their inodes, as Linux lists them."""
    fields = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {each[9] for each in fields if each[1].endswith(f":{server.port:04X}") and each[3] == UP}
