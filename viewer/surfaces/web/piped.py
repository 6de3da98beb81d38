"""The page in a cell of a notebook: a process that takes what its pages say from a pipe, and writes sheets to one."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Any, Self

from ...panels.errors import where
from ..opening import Opening
from ..pipe import receive, send
from .store import Store
from .visit import Visit

LOG = logging.getLogger(__package__)
BEAT = 0.01  # seconds between two looks at whether there is something to do
UNHEARD = 0.5  # seconds after which the next sheet is sent though the kernel is too busy to hand on an acknowledgement
MOST = 8  # pages, such as two views of one output, and those that were loaded anew
NAME = 8  # bytes of the name of a page, which stand before what it says and what it is sent


class Piped:
    """Draws for the pages of one cell until nobody writes any more.

    Args:
        opening: what is shown, and all that is set at the start.
        source: that pages speak through; standard input if None.
        out: that sheets are written to; standard output if None.
    """

    def __init__(self, opening: Opening, *, source: IO[bytes] | None = None, out: IO[bytes] | None = None) -> None:
        self._store = Store(opening)
        self._source, self._out = source or sys.stdin.buffer, out or sys.stdout.buffer
        self._visits: dict[bytes, Visit] = {}  # who has spoken last is the last one
        self._said: deque[bytes] = deque()
        self._woken, self._ended = threading.Event(), False

    @classmethod
    def opened(cls, opening: Opening) -> Self:
        """The pages; they wait for no run, as they say that there is none."""
        return cls(opening)

    def run(self, say: Callable[[str], Any] = str) -> None:
        """Draws until the pipe ends.

        Args:
            say: not needed.
        """
        threading.Thread(target=self._listen, daemon=True, name="epochreel-listen").start()
        with suppress(KeyboardInterrupt):
            while not self._ended:
                self._store.look(time.monotonic())
                self._woken.clear()
                self._take()
                if not self._turn():
                    self._woken.wait(BEAT if self._visits else 1.0)
        self._store.close()

    def _listen(self) -> None:
        while (data := receive(self._source)) is not None:
            self._said.append(data)
            self._woken.set()
        self._ended = True
        self._woken.set()

    def _take(self) -> None:
        """All that was said since the last turn."""
        while self._said:
            data = self._said.popleft()
            name, words = data[:NAME], data[NAME:]
            visit = self._visits.pop(name, None) or Visit(self._store, unheard=UNHEARD)
            self._visits[name] = visit
            self._guarded(name, lambda visit=visit, words=words: visit.receive(words))  # type: ignore[misc]
        for name in list(self._visits)[:-MOST]:
            self._visits.pop(name).close()

    def _turn(self) -> bool:
        """One page is drawn for, the one that was for longest not; whether there was one."""
        for name, visit in sorted(self._visits.items(), key=lambda item: item[1].spent):
            began = time.perf_counter()
            sheet = self._guarded(name, visit.beat)
            visit.spent += time.perf_counter() - began
            if sheet is not None:
                self._ended |= not send(self._out, name + sheet.encoded())
                return True
        return False

    def _guarded(self, name: bytes, step: Callable[[], Any]) -> Any:
        """What a step gives; what fails ends this page's visit and no other."""
        try:
            return step()
        except Exception as error:  # noqa: BLE001 - one page is no reason to lose the others
            LOG.error("one visit has ended: %s", where(error))
            self._visits.pop(name, None)
            self._ended |= not send(self._out, name)
            return None
