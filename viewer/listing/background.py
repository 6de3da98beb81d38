"""Somebody who works on a live table while others read it."""

from __future__ import annotations

import logging
import threading
import time

from .live import LiveRuns

LOG = logging.getLogger(__name__)
NAP = 0.1  # seconds between two looks for work while there is none
REST = 0.01  # seconds at most after a piece of work, as many as it computed: other tabs draw their pictures meanwhile


class Background:
    """A thread that reads for a table as long as anybody asks; `close` ends it.

    Args:
        live: the table.
    """

    def __init__(self, live: LiveRuns) -> None:
        self._live, self._closing = live, False
        self._failed = ""
        self._thread = threading.Thread(target=self._work, name="epochreel-runs", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ends it, after the piece of work at hand."""
        self._closing = True
        self._live.wanted.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._closing:
            start = time.thread_time()
            if self._step():
                time.sleep(min(time.thread_time() - start, REST))
            else:
                self._live.wanted.wait(NAP)
                self._live.wanted.clear()

    def _step(self) -> bool:
        try:
            return self._live.step()
        except Exception as error:  # the table goes on without what failed
            words = f"{type(error).__name__}: {error}"
            if words != self._failed:
                self._failed = words
                LOG.error("the table of runs: %s", words, exc_info=error)
            return False
