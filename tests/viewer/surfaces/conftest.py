"""A real screen, a real browser, and runs to show."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recorder import RunWriter

PATIENCE = 60.0  # seconds for an event that comes at once on a quiet machine
RNG = np.random.default_rng(0)
TRUTH = RNG.random(400) < 0.2


def scores(epoch: int) -> np.ndarray:
    """Scores that part the classes better from epoch to epoch."""
    noise = np.random.default_rng(epoch).normal(size=len(TRUTH))
    return 1 / (1 + np.exp(1.5 - (0.5 + epoch / 8) * (3 * TRUTH - 1) - noise))


def record(writer: RunWriter, epoch: int) -> None:
    """One epoch of both splits."""
    loss = 1 / (epoch + 1)
    writer.epoch(
        epoch, logs={"loss": loss, "val_loss": loss + 0.1}, seconds={"epoch": 0.5}, train=(TRUTH, scores(epoch)),
        val=(TRUTH, scores(epoch + 1)),
    )  # fmt: skip


def recorded(root: Path, *, epochs: int = 30, name: str = "shown", close: bool = True) -> RunWriter:
    """A run of so many epochs."""
    writer = RunWriter(root, name=name, epochs=epochs)
    for epoch in range(epochs):
        record(writer, epoch)
    if close:
        writer.close()
    return writer


class Driven:
    """A viewer in another process that says on its standard output, a JSON line a picture, what it shows.

    Args:
        arguments: of `drive.py`.
        environment: of the process.
    """

    def __init__(self, arguments: list[str], environment: dict[str, str]) -> None:
        script = Path(__file__).with_name("drive.py")
        self.process = subprocess.Popen(
            [sys.executable, str(script), *arguments], stdout=subprocess.PIPE, text=True, env=os.environ | environment
        )
        self.shown: dict[str, Any] = {}
        self._lines: queue.Queue[dict[str, Any] | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def until(self, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Waits for a picture of which something holds."""
        if not self.within(PATIENCE, holds):
            raise AssertionError(f"waited in vain; the last picture shows {self.shown}")
        return self.shown

    def within(self, seconds: float, holds: Callable[[dict[str, Any]], bool]) -> bool:
        """Whether a picture of which something holds comes within so many seconds of one another."""
        while not self.shown or not holds(self.shown):
            try:
                found = self._lines.get(timeout=seconds)
            except queue.Empty:
                return False
            if found is None:
                raise AssertionError(f"the viewer has ended; its last picture shows {self.shown}")
            self.shown = found
        return True

    def stop(self) -> None:
        """Ends it."""
        self.process.terminate()
        self.process.wait(timeout=PATIENCE)

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(json.loads(line))
        self._lines.put(None)


@pytest.fixture(scope="session")
def screen() -> Iterator[str]:
    """The name of a virtual screen."""
    lacking = [tool for tool in ("Xvfb", "xdotool") if not shutil.which(tool)]
    if lacking:
        pytest.skip(f"needs {' and '.join(lacking)}")
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1500x1000x24", "-dpi", "96", "-nolisten", "tcp"],
        pass_fds=[writing], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(writing)
    with os.fdopen(reading) as ready:
        number = ready.readline().strip()
    yield f":{number}"
    server.terminate()
    server.wait()


@pytest.fixture
def driven() -> Iterator[Callable[..., Driven]]:
    """Starts viewers in an environment."""
    opened: list[Driven] = []

    def start(*arguments: str, **environment: str) -> Driven:
        opened.append(Driven(list(arguments), environment))
        return opened[-1]

    yield start
    for viewer in opened:
        with contextlib.suppress(ProcessLookupError):
            viewer.stop()


@pytest.fixture
def drive(screen: str, driven: Callable[..., Driven]) -> Callable[..., Driven]:
    """Opens windows on the screen."""
    return partial(driven, DISPLAY=screen, MPLBACKEND="TkAgg")
