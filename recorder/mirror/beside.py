"""The thread beside a training that sends its run: it sleeps, is woken, and nobody waits for it but at the end."""

from __future__ import annotations

import os
import shlex
import threading
import time
from contextlib import suppress
from pathlib import Path

from ..guard import warn
from ..runfile import BeginLine, is_run, read_lines
from ..runfile.claims import over
from .place import Place
from .pushing import RunPusher
from .spool import is_up, mark_up, note

GRACE = 10.0  # seconds that the end of a training waits for what is not up yet
LEAST, MOST, SHARE = 2.0, 60.0, 0.01  # seconds between two looks: this share of the run's age, within these
PATIENCE = 60.0  # seconds, the longest pause after a failure


class Mirror:
    """Sends the run that is recorded in a folder, while it is, and those before it that are not up.

    Args:
        url: where to.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._news, self._ended, self._done = threading.Event(), threading.Event(), threading.Event()
        self._pusher: RunPusher | None = None
        self._thread: threading.Thread | None = None
        self._folder: Path | None = None
        self._failed, self._warned = "", False
        self._process = os.getpid()  # a child of a fork has no such thread, and sends nothing
        self._unsaid = ""  # a warning that waits for the training's own thread, which knows its user's line

    def wake(self, folder: Path | None) -> None:
        """There is something new in the run; None while there is no run."""
        if self._thread is None and folder is not None:
            self._folder = folder
            self._thread = threading.Thread(target=self._run, args=(folder,), daemon=True, name="epochreel-mirror")
            with suppress(RuntimeError):  # no more threads, or the process ends
                self._thread.start()
        self._news.set()
        self._say()

    def end(self) -> None:
        """The run has ended: what is not up gets a little time; what is not up then is said."""
        if self._folder is None or self._process != os.getpid():
            return
        self._ended.set()
        self._news.set()
        self._say()
        if not self._done.wait(GRACE):
            reason = f": {self._failed}" if self._failed else ""
            rest = f"epochreel push {shlex.quote(str(self._folder))} --to {shlex.quote(self._url)}"
            warn(
                f"epochreel: {self._left()} of {self._folder.name} did not get to {self._url} yet{reason}. Nothing is "
                f"lost; send the rest with: {rest}"
            )

    def _say(self) -> None:
        unsaid, self._unsaid = self._unsaid, ""
        if unsaid:
            warn(unsaid)

    def _left(self) -> str:
        try:
            lines, files = (0, 0) if self._pusher is None else self._pusher.left()
        except OSError:
            lines = files = 0
        told = [f"{many:,} {what}{'s' * (many != 1)}" for many, what in ((lines, "line"), (files, "file")) if many]
        return " and ".join(told) or "something"

    def _run(self, folder: Path) -> None:
        born, failures, others = time.monotonic(), 0, _left_behind(folder)
        while True:
            self._news.wait()
            self._news.clear()
            ended = self._ended.is_set()
            if self._push(folder, ended=ended):
                if ended:
                    mark_up(folder)
                    self._done.set()
                    return
                failures = 0
                while others and not self._ended.is_set():
                    self._send_other(others.pop())
                self._ended.wait(min(max(LEAST, SHARE * (time.monotonic() - born)), MOST))
            else:
                failures += 1
                self._news.set()
                pause = min(2.0 ** (failures - 1), PATIENCE)
                if ended:
                    time.sleep(min(pause, LEAST))
                else:
                    self._ended.wait(pause)

    def _push(self, folder: Path, *, ended: bool) -> bool:
        try:
            with suppress(OSError):
                note(folder.parent)
            if self._pusher is None:
                self._pusher = RunPusher(folder, Place(self._url))
            self._pusher.push(ended=ended)
        except Exception as error:  # noqa: BLE001 - a training goes on, whatever somebody else's storage does
            if not self._warned:
                self._warned = True
                self._unsaid = (
                    f"epochreel cannot send {folder.name} yet: {error}. It is recorded in {folder.parent}; "
                    "sending is tried again."
                )
            self._failed = str(error)
            return False
        self._failed = ""
        return True

    def _send_other(self, run: Path) -> None:
        """An earlier run that is not up; one that cannot be sent is left to `epochreel push`."""
        with suppress(Exception):
            RunPusher(run, Place(self._url)).push(ended=True)
            mark_up(run)


def _left_behind(folder: Path) -> list[Path]:
    """The earlier runs beside one that are not up, and that nobody writes at the moment."""
    found = []
    with suppress(OSError):
        for run in sorted(folder.parent.iterdir()):
            if run != folder and is_run(run) and not is_up(run):
                with suppress(OSError, ValueError):
                    lines = read_lines(run, faults=[])
                    begun = {line.attempt for line in lines if isinstance(line, BeginLine)}
                    if begun <= over(run, lines, now=time.time()):
                        found.append(run)
    return found
