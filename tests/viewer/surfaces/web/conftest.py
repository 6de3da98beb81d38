"""A real server in a process of its own, and a real browser."""

from __future__ import annotations

import os
import queue
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from ..conftest import PATIENCE

# Every panel that is in sight has a picture with something in it.
DRAWN = """() => {
  const grid = document.querySelector(".grid")?.getBoundingClientRect();
  const drawn = (canvas) => {
    if (canvas.classList.contains("empty")) return false;
    const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    const seen = new Set();
    for (let i = 0; i < data.length; i += 4 * 7) seen.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
    return seen.size > 4;
  };
  const shown = [...document.querySelectorAll(".panel canvas")].filter((canvas) => {
    const { top, bottom } = canvas.getBoundingClientRect();
    return bottom > grid.top && top < grid.bottom;
  });
  return shown.length > 0 && shown.every(drawn);
}"""
COMMAND = "from viewer.surfaces.web import limits; vars(limits).update({limits}); from viewer.cli import main; main()"


class Server:
    """`epochreel watch --web` in a process of its own.

    Args:
        words: of the command behind `epochreel`.
        files: that the process may open; as many as this one if None.
        first: Python that is run before anything of the viewer is imported.
        limits: of `limits.py` that are others.
    """

    def __init__(self, *words: str, files: int | None = None, first: str = "", **limits: float) -> None:
        command = [sys.executable, "-P", "-c", first + COMMAND.format(limits=limits), *words]
        if files is not None:
            command = ["sh", "-c", f'ulimit -n {files}; exec "$@"', "sh", *command]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ | {"COLUMNS": "400"})
        self.said: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        self.url = self._find(r"open (https?://\S+)")
        self.root, _, self.token = self.url.partition("/?token=")
        self.port = int(self.root.rsplit(":", 1)[1])
        self.reach = self._find(r"(.*ssh -L.*)")

    @cached_property
    def cookie(self) -> str:
        """What the token becomes, as a browser sends it."""
        asked = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        asked.request("GET", f"/?token={self.token}")
        cookie = asked.getresponse().headers["Set-Cookie"]
        asked.close()
        return cookie.partition(";")[0]

    @property
    def memory(self) -> int:
        """Bytes that the process holds."""
        return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    @property
    def spent(self) -> float:
        """Seconds of a core that the process has taken."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def lines(self) -> list[str]:
        """What it has said on standard error since it was last asked."""
        return [self.said.get() for _ in range(self.said.qsize())]

    def stop(self) -> None:
        """Ends it."""
        self.process.kill()
        self.process.wait()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

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

    def start(*words: str, **options: Any) -> Server:
        started.append(Server(*words, **options))
        return started[-1]

    yield start
    for server in started:
        server.stop()


@contextmanager
def visited(browser: Any, url: str, *, size: tuple[int, int] = (1366, 650), **options: Any) -> Iterator[Any]:
    """A page on which every panel has been drawn; closed at the end, when it must not have complained."""
    wide, tall = size
    with browser.new_context(viewport={"width": wide, "height": tall}, **options) as context:
        page = context.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(url.replace("/?", "/run/latest?"))
        drawn(page)
        yield page
        assert complaints == []


def drawn(page: Any) -> None:
    """Waits until every panel has a picture."""
    page.wait_for_function(DRAWN, timeout=PATIENCE * 1000)


def until(page: Any, condition: str, argument: Any = None) -> None:
    """Waits until something holds in the page."""
    page.wait_for_function(condition, arg=argument, timeout=PATIENCE * 1000)


def field(page: Any, name: str) -> Any:
    """A control by the name that a screen reader says."""
    return page.locator(f'.controls :is(input, select, button)[aria-label="{name}"]')


def shows(page: Any, name: str, value: str) -> None:
    """Waits until a control has a value."""
    until(
        page,
        "([s, value]) => document.querySelector(s)?.value === value",
        [f'.controls :not(div)[aria-label="{name}"]', value],
    )
