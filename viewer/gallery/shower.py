"""The other end of the process in which a user's `show(sample)` runs: starts it, asks it, ends it when it hangs."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import weakref
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from .show_process import Asked, receive, send
from .shown import Shown

LONGEST_LOAD, LONGEST_SHOW = 300.0, 30.0  # seconds: reading a data set takes its time
MOST_DEATHS = 3  # one after the other, and no other process is started


class Shower:
    """Asks the `show` of a file.

    Args:
        path: of the file.
        longest: seconds that a sample may take; the first one has those of loading the file besides.
    """

    def __init__(self, path: Path, *, longest: float = LONGEST_SHOW) -> None:
        self._path, self._longest, self._deaths = path, longest, 0
        self._process: subprocess.Popen[bytes] | None = None
        self._fresh = False  # nothing was asked of it yet

    def show(self, asked: Asked) -> Shown:
        """What a sample looks like; a process that dies or hangs over it is a fault of this sample alone."""
        if self._deaths >= MOST_DEATHS:
            return Shown(
                fault=f"{self._path.name} ended its process {MOST_DEATHS} times; save it to have it tried again"
            )
        process = self._process or self._start()
        longest = self._longest + (LONGEST_LOAD if self._fresh else 0)
        timer = threading.Timer(longest, process.kill)
        timer.daemon = True
        timer.start()
        found = None
        with suppress(OSError, msgspec.MsgspecError):
            questions: Any = process.stdin
            answers: Any = process.stdout
            send(questions, asked)
            found = receive(answers, Shown)
        hung = not timer.is_alive()
        timer.cancel()
        self._fresh = False
        if found is not None:
            self._deaths = 0
            return found
        self._deaths += 1
        self._end()
        took = f"must be done in {longest:.0f} seconds. Received: no answer"
        return Shown(fault=f"show({asked.sample}) {took if hung else 'ended its process'}")

    def stop(self) -> None:
        """Ends the process."""
        self._end()

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-P", "-m", f"{__package__}.show_process", str(self._path)]
        pipe: Any = subprocess.PIPE
        environment = os.environ | {"MPLBACKEND": "agg"}  # figures, not windows
        self._process = process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, env=environment, start_new_session=True  # no Ctrl-C
        )  # fmt: skip
        weakref.finalize(self, process.kill)
        self._fresh = True
        return process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
