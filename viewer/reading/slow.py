"""Who waits long for somebody else is told."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

SLOW = 5.0  # seconds after which who waits is told


@contextmanager
def said_if_slow(sentence: str) -> Iterator[None]:
    """What is done within warns once of a sentence, where it takes longer than `SLOW` seconds."""
    timer = threading.Timer(SLOW, warnings.warn, (sentence, RuntimeWarning))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
