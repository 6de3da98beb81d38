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
from .messages import MOST_PANELS
from .store import Store
from .turns import Turns
from .visit import Visit

LOG = logging.getLogger(__package__)
BEAT = 0.01  # seconds between two looks at whether there is something to do
UNHEARD = 0.5  # seconds after which the next sheet is sent though the kernel is too busy to hand on an acknowledgement
MOST = 8  # pages, such as two views of one output, and those that were loaded anew
NOBODY = b"--------"  # the name of a page that has not spoken yet, as its kernel is busy
GUESS = b'{"type":"sizes","ratio":1.5,"panels":[%s]}' % b",".join([b"[480,215]"] * MOST_PANELS)
AGAIN = 1.0  # seconds between two sheets for nobody
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
        self._turns = Turns()
        self._said: deque[bytes] = deque()
        self._woken, self._ended = threading.Event(), False
        self._looks, self._last = -1, 0.0  # of the disk, when nobody was last drawn for

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
                if not self._visits:
                    self._for_nobody(time.monotonic())
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
            heard = [words] if name in self._visits else [words, GUESS]  # sizes may come once the kernel is free again
            self._visits[name] = visit = self._visits.pop(name, None) or Visit(self._store, unheard=UNHEARD)
            for each in heard:
                self._guarded(name, lambda visit=visit, each=each: visit.receive(each))  # type: ignore[misc]
        for name in list(self._visits)[:-MOST]:
            self._visits.pop(name).close()

    def _turn(self) -> bool:
        """One page is drawn for, the one that has taken least; whether there was one."""
        for name, visit in self._turns.order(self._visits.items(), lambda item: item[1]):
            began = time.thread_time()
            sheet = self._guarded(name, visit.beat)
            visit.spent += time.thread_time() - began
            if sheet is not None:
                self._turns.drew(visit)
                self._ended |= not send(self._out, name + sheet.encoded())
                return True
        return False

    def _for_nobody(self, now: float) -> None:
        """A whole dashboard where there is news, to be shown until the kernel hands on what its page says."""
        if self._looks == self._store.looks or now - self._last < AGAIN:
            return
        self._looks, self._last = self._store.looks, now
        visit = Visit(self._store)
        for words in (b'{"type":"open","view":"dashboard","runs":["latest"]}', GUESS):
            self._guarded(NOBODY, lambda words=words: visit.receive(words))  # type: ignore[misc]
        sheet = self._guarded(NOBODY, visit.beat)
        visit.close()
        if sheet is not None:
            self._ended |= not send(self._out, NOBODY + sheet.encoded())

    def _guarded(self, name: bytes, step: Callable[[], Any]) -> Any:
        """What a step gives; what fails ends this page's visit and no other."""
        try:
            return step()
        except Exception as error:  # noqa: BLE001 - one page is no reason to lose the others
            LOG.error("one visit has ended: %s", where(error))
            self._visits.pop(name, None)
            self._ended |= not send(self._out, name)
            return None
