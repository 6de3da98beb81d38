"""The view `compare`: the picture, the tables and the sentences of several runs, made in a process of their own."""

from __future__ import annotations

import time
from concurrent.futures import Future
from typing import Any

import msgspec
import numpy as np

from recorder.runfile.names import shown_lines

from ..compared import order_of
from ..messages import Compare, Open, Sizes
from ..orders import Compared, Reply
from ..sheet import Patch, Sheet
from ..store import Store

PAUSE = 1.0  # seconds between two comparisons of runs that still grow
MOST_PIXELS = 12_000_000  # of the picture; a larger one is drawn at a lower ratio


class CompareView:
    """What is asked of some runs, and the newest answer; while one is made, the newest question waits.

    Args:
        store: the runs.
        asked: which of them.
    """

    def __init__(self, store: Store, asked: Open) -> None:
        self._store, self._names = store, asked.runs
        self._asked: Compare | None = None
        self._sizes: Sizes | None = None
        self._coming: Future[tuple[Reply, bytes]] | None = None
        self._made: Compared | None = None
        self._looks, self._due = -1, 0.0
        self._sent: dict[str, Any] = {}

    def close(self) -> None:
        """What is being made is for nobody."""

    def receive(self, message: Any) -> None:
        """Takes what is asked, and the room for the picture."""
        if isinstance(message, Sizes):
            self._sizes = message
        elif isinstance(message, Compare):
            self._asked, self._due = message, 0.0
        self._looks = -1

    def beat(self, *, room: bool) -> Sheet | None:
        """The newest answer, where there is one; asks for the next, where another is wanted."""
        if not room:
            return None
        if self._coming is not None and self._coming.done():
            coming, self._coming = self._coming, None
            return self._answered(*coming.result())
        if self._coming is None and self._looks != self._store.looks and time.monotonic() >= self._due:
            self._looks = self._store.looks
            return self._order()
        return None

    def _order(self) -> Sheet | None:
        if self._asked is None or self._sizes is None or not self._sizes.panels or self._sizes.panels[0] is None:
            return None
        try:
            order = order_of(self._store, self._names, self._asked)
        except (OSError, ValueError) as error:
            return self._sheet({"fault": shown_lines(str(error)), "busy": False})
        wide, tall = map(round, self._sizes.panels[0])
        ratio = min(self._sizes.ratio, (MOST_PIXELS / (wide * tall)) ** 0.5)
        order = msgspec.structs.replace(order, size=(wide, tall), ratio=ratio)
        if order == self._made:
            return None
        self._made, self._due = order, time.monotonic() + PAUSE
        self._coming = self._store.workshop.ask(order)
        keys = [self._store.name(path) for path in self._store.shown(self._names)]
        start = self._store.opening.settings.theme
        return self._sheet({"busy": True, "theme": order.theme, "start": start, "keys": keys})

    def _answered(self, reply: Reply, pixels: bytes) -> Sheet | None:
        words = {"busy": False, "fault": shown_lines(reply.fault)}
        if reply.fault:
            return self._sheet(words)
        wide, tall = reply.size
        picture = np.frombuffer(pixels, np.uint8).reshape(tall, wide, 4)
        return self._sheet(words | reply.words, [Patch(0, 0, 0, reply.size, picture)])

    def _sheet(self, words: dict[str, Any], patches: Any = ()) -> Sheet | None:
        news = {name: value for name, value in words.items() if name not in self._sent or self._sent[name] != value}
        self._sent |= news
        return Sheet(news, patches) if news or patches else None
