"""The web sockets: one a page, each of which takes its turn."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

import tornado.websocket

from ...panels.errors import where
from . import limits
from .guarded import Entrance, Guarded
from .sheet import Sheet
from .store import Store
from .turns import Turns
from .visit import Visit

LOG = logging.getLogger(__package__)
Found = TypeVar("Found")
ENCODING = 2  # sheets that are encoded, or wait for it, while another one is drawn
UNANSWERED = 2  # questions whether a page lives, after which it does not
ENDED, FAILED, LATER = 1001, 1011, 1013  # why a page is closed; it comes back by itself, but after the first


class Tabs:
    """The pages that are open.

    Args:
        store: the runs that they share.

    Attributes:
        woken: set when there may be something to do.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self._tabs: set[Tab] = set()
        self._most = min(limits.TABS, limits.most_connections() // 2)
        self.woken, self._encoding = asyncio.Event(), 0
        self._turns = Turns()
        self._pool = ThreadPoolExecutor(1, "epochreel-encode")

    def __len__(self) -> int:
        return len(self._tabs)

    def turn(self) -> bool:
        """One tab draws, of those that want to the one that has taken least; whether there was one.

        None does while others wait to be encoded, so that the next one is not behind all that many others have drawn.
        """
        if self._encoding >= ENCODING:
            return False
        order = self._turns.order(self._tabs, lambda tab: tab.visit)
        drew = next((tab for tab in order if tab.beat()), None)
        if drew is not None:
            self._turns.drew(drew.visit)
        return drew is not None

    def join(self, tab: Tab) -> None:
        """A tab comes, and has its turn no sooner than those that are here; one too many is told to come later."""
        if len(self._tabs) >= self._most:
            tab.close(LATER, f"there are {self._most} pages open already")
            return
        self._turns.joined(tab.visit, (other.visit for other in self._tabs))
        self._tabs.add(tab)
        self.woken.set()

    def leave(self, tab: Tab) -> None:
        """A tab goes."""
        self._tabs.discard(tab)
        tab.visit.close()
        self.woken.set()

    def sweep(self, now: float) -> None:
        """Asks those that were quiet whether they live, and closes those that are not there any more."""
        for tab in list(self._tabs):
            tab.ask(now)

    def send(self, tab: Tab, sheet: Sheet) -> None:
        """Encodes a sheet beside what else is done, and sends it; the sheets of a tab keep their order."""

        def encode() -> tuple[bytes, float]:
            began = time.thread_time()
            return sheet.encoded(), time.thread_time() - began

        def done(encoded: asyncio.Future[tuple[bytes, float]]) -> None:
            self._encoding -= 1
            self.woken.set()
            data, took = encoded.result()
            tab.visit.spent += took
            tab.send(data)

        self._encoding += 1
        self.beside(encode).add_done_callback(done)

    def beside(self, work: Callable[[], Found]) -> asyncio.Future[Found]:
        """Does something beside what the loop does, after what was given before."""
        return asyncio.get_running_loop().run_in_executor(self._pool, work)

    async def close(self) -> None:
        """Tells all that the viewer has ended, and waits for a while until they have heard it.

        A connection that one side closes before the other has answered may be reset, and with it goes what was said.
        """
        self._pool.shutdown()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._told(), limits.FAREWELL)

    async def _told(self) -> None:
        while self._tabs:
            for tab in list(self._tabs):  # again and again, as one may come meanwhile
                tab.close(ENDED, "the viewer has ended")
            self.woken.clear()
            await self.woken.wait()


class Tab(Guarded, tornado.websocket.WebSocketHandler):
    """The web socket of one visit."""

    changes = True

    def initialize(self, entrance: Entrance, **more: Any) -> None:
        """Takes where it is, and who else is there."""
        super().initialize(entrance)
        self._tabs: Tabs = more["tabs"]
        self.visit = Visit(self._tabs.store)
        self._pace, self._pings = limits.Pace(limits.EVENT_SHARE, 2.0), limits.Pace(limits.PINGS)
        self._asked, self._unanswered = time.monotonic(), 0

    def open(self, *_: str) -> None:
        """Joins."""
        self.set_nodelay(True)
        self._tabs.join(self)

    def on_close(self) -> None:
        """Leaves."""
        self._tabs.leave(self)

    async def on_message(self, message: str | bytes) -> None:
        """What the page says; one that says too much is listened to later, by which it waits and nothing piles up."""
        began = time.thread_time()  # of this one: what others take of a busy machine is not its fault
        self._guarded(lambda: self.visit.receive(message))
        self._tabs.woken.set()
        took = time.thread_time() - began
        self.visit.spent += took
        if (wait := self._pace.take(max(took, limits.EVENT_SECONDS), time.monotonic())) > 0:
            await asyncio.sleep(min(wait, limits.LONGEST_WAIT))

    def on_ping(self, data: bytes) -> None:
        """A browser sends none; who sends many is no page of ours."""
        if self._pings.take(1, time.monotonic()) > 0:
            self._end(LATER, "too many pings")

    def on_pong(self, data: bytes) -> None:
        """It lives; one that answers more often than it is asked is no page of ours either."""
        self._unanswered = 0
        self.on_ping(data)

    def ask(self, now: float) -> None:
        """Whether it lives, now and then. A viewer that was busy has not read what it said: two questions, not one."""
        if now - self._asked < limits.PING:
            return
        if self._unanswered >= UNANSWERED:
            self._end(LATER, "ping timed out")
            return
        self._asked, self._unanswered = now, self._unanswered + 1
        with suppress(tornado.websocket.WebSocketClosedError):  # it leaves by `on_close`
            self.ping(b"")

    def beat(self) -> bool:
        """Draws where there is something to draw; True if there was."""
        if self.visit.waited(time.monotonic()) > limits.PATIENCE:
            self._end(LATER, "nothing was acknowledged")
            return False
        began = time.thread_time()  # as above: who happens to draw while others take the processor has not drawn more
        sheet = self._guarded(self.visit.beat)
        took = time.thread_time() - began
        self.visit.spent += took
        if sheet is None:
            return False
        self.visit.cost = took
        self._tabs.send(self, sheet)
        return True

    def send(self, data: bytes) -> None:
        """Sends a sheet."""
        with suppress(tornado.websocket.WebSocketClosedError):  # it leaves by `on_close`
            self.write_message(data, binary=True).add_done_callback(lambda sent: sent.exception())

    def _guarded(self, step: Callable[[], Any]) -> Any:
        """What a step gives; what fails ends this visit and no other."""
        try:
            return step()
        except Exception as error:
            LOG.error(f"one visit has ended: {where(error)}")  # each fault is a kind of its own
            LOG.debug("of that visit", exc_info=error)
            self._end(FAILED, "this visit failed")
            return None

    def _end(self, code: int, why: str) -> None:
        """Ends this visit, whether or not the page hears of it."""
        self._tabs.leave(self)
        self.close(code, why)
