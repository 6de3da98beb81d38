"""One tab of a browser, or one cell of a notebook: what it says comes in, sheets go out, two ahead at most."""

from __future__ import annotations

import math
import time
from typing import Any

from .messages import Ack, Open, understood
from .sheet import Sheet
from .store import Store
from .views import View, view

FIRST = 0.5  # seconds that the first sheet is taken to cost
AHEAD = 2  # sheets on their way before the next one waits


class Visit:
    """A view, and how far its page is behind.

    It knows nothing of how bytes travel: whoever carries them calls `receive` with what the page says, and `beat` as
    often as it likes, and sends what `Sheet.encoded` gives. A fault in it is for its carrier to end it.

    Args:
        store: the runs, shared with the others.
        unheard: seconds after which the next sheet may go out though none was acknowledged.

    Attributes:
        spent: seconds that its drawing has taken, by which turns are given.
        cost: seconds that its next sheet is likely to take: those of the last one.
    """

    def __init__(self, store: Store, *, unheard: float = math.inf) -> None:
        self._store, self._unheard = store, unheard
        self._view: View | None = None
        self._ahead = 0
        self._since = time.monotonic()  # when it came, was sent the first of what is ahead, or acknowledged last
        self.spent, self.cost = 0.0, FIRST

    @property
    def has_room(self) -> bool:
        """Whether the next sheet may go out."""
        return self._ahead < AHEAD or time.monotonic() - self._since > self._unheard

    def waited(self, now: float) -> float:
        """Seconds since an acknowledgement was due; 0 where none is. Nothing else that a page says counts for one.

        Args:
            now: seconds of the clock.
        """
        return now - self._since if self._ahead or self._view is None else 0.0

    def receive(self, data: str | bytes) -> None:
        """Takes what the page says; what is not understood is passed over."""
        message: Any = understood(data)
        if isinstance(message, Open):
            self.close()
            self._view = view(message.view)(self._store, message)
        elif isinstance(message, Ack):
            if self._ahead:
                self._ahead, self._since = self._ahead - 1, time.monotonic()
        elif message is not None and self._view is not None:
            self._view.receive(message)

    def close(self) -> None:
        """Nobody looks any longer."""
        if self._view is not None:
            self._view.close()
        self._view = None

    def beat(self) -> Sheet | None:
        """Takes news in and lets the clock run; what is another now, where there is anything and room for it."""
        if self._view is None or (sheet := self._view.beat(room=self.has_room)) is None:
            return None
        if not 0 < self._ahead < AHEAD:
            self._since = time.monotonic()
        self._ahead = min(self._ahead + 1, AHEAD)
        return sheet
