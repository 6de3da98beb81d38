"""A real terminal around a real process: keys go in, what stands on its screen comes out."""

from __future__ import annotations

import codecs
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

PATIENCE = 60.0  # seconds
ROOT = Path(__file__).parents[4]
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[78=>]")


class Terminal:
    """`epochreel ARGUMENTS` in a terminal of so many columns and rows."""

    def __init__(self, *arguments: str, size: tuple[int, int] = (80, 24), **variables: str) -> None:
        self._master, slave = pty.openpty()
        self.resize(*size)
        self.before = termios.tcgetattr(slave)
        environment = {
            name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")
        }
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "viewer", *arguments], stdin=slave, stdout=slave, stderr=slave,
            start_new_session=True, preexec_fn=_own_terminal,
            env=environment | {"TERM": "xterm-256color", "PYTHONPATH": str(ROOT)} | variables,
        )  # fmt: skip
        self._slave = slave
        self.output = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def resize(self, columns: int, rows: int) -> None:
        """As who drags the corner of the window; the kernel tells the process by SIGWINCH."""
        self.size = columns, rows
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def press(self, keys: str) -> None:
        """Types keys."""
        os.write(self._master, keys.encode())

    @property
    def screen(self) -> list[str]:
        """The lines of the newest whole picture."""
        pictures = self.output.split("\x1b[H")
        return [line.rstrip() for line in _ESCAPES.sub("", pictures[-1]).replace("\r", "").split("\n")]

    @property
    def ended(self) -> list[Any]:
        """The terminal's modes now."""
        return termios.tcgetattr(self._slave)

    def until(self, holds: Callable[[str], Any]) -> list[str]:
        """The screen once something holds of its text; what was asked for must come within a minute."""
        end = time.monotonic() + PATIENCE
        while not holds("\n".join(self.screen)):
            if time.monotonic() > end:
                raise TimeoutError("\n".join(self.screen))
            self.take(0.2)
        return self.screen

    def wait(self) -> int:
        """Its exit status, once it has ended; what it said until then is taken in."""
        end = time.monotonic() + PATIENCE
        while self.process.poll() is None and time.monotonic() < end:
            self.take(0.2)
        while self.take(0):
            pass
        return self.process.wait(timeout=1)

    def take(self, seconds: float) -> bool:
        """Takes in what it says, waiting so long for it; whether there was anything."""
        said = bool(select.select([self._master], [], [], seconds)[0])
        if said:
            self.output += self._decoder.decode(os.read(self._master, 65536))
        return said

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        os.close(self._master)
        os.close(self._slave)


def _own_terminal() -> None:
    """Standard input is the terminal that controls the process, so that it gets its signals."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
