"""What goes wrong at the door, in the log: a line, not a traceback, and of each kind one a minute."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

MINUTE = 60.0
KINDS = 10  # a minute
LONGEST = 300  # characters of a line
LOGGERS = ("tornado.access", "tornado.application", "tornado.general", "asyncio", __package__)


class OneLine(logging.Filter):
    """Makes a record one line and passes the first of its kind in a minute; the next one says how many were not passed.

    Args:
        secrets: that stand in no line.
        clock: gives seconds.
    """

    def __init__(self, *secrets: str, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._secrets, self._clock = secrets, clock
        self._began, self._seen, self._silenced = clock(), set[str](), 0

    def install(self) -> OneLine:
        """Takes its place before the loggers of the server and the page."""
        for name in LOGGERS:
            logging.getLogger(name).addFilter(self)
        return self

    def remove(self) -> None:
        """Leaves it again."""
        for name in LOGGERS:
            logging.getLogger(name).removeFilter(self)

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record is passed."""
        if record.levelno < logging.WARNING:
            return True
        now = self._clock()
        if now - self._began >= MINUTE:
            self._began, self._seen = now, set()
        if record.msg in self._seen or len(self._seen) >= KINDS:
            self._silenced += 1
            return False
        self._seen.add(record.msg)
        record.msg, record.args = self._line(record), ()
        record.exc_info = record.exc_text = record.stack_info = None
        return True

    def _line(self, record: logging.LogRecord) -> str:
        error = record.exc_info[1] if record.exc_info else None
        words = record.getMessage().partition("\n")[0] + (f": {type(error).__name__}: {error}" if error else "")
        for secret in self._secrets:
            words = words.replace(secret, "…")
        words = " ".join(words.split())[:LONGEST]
        if self._silenced:
            words += f" (and {self._silenced:,} lines more since the last one)"
            self._silenced = 0
        return words
