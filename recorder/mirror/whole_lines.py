"""The lines of a run as bytes to be sent: whole ones, which never change."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from ..runfile import open_regular
from ..runfile.door import LINES_BYTES
from .segments import MOST_BYTES, Segment

AT_ONCE = 2**16  # bytes that are looked through


class WholeLines:
    """Reads `epochs.jsonl` from any place, half a line at its end left out.

    Args:
        path: of it. Each method raises OSError where it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.count = lru_cache(maxsize=1024)(self._count)

    def end(self) -> int:
        """How many bytes of whole lines there are."""
        with open_regular(self._path, most=LINES_BYTES) as file:
            end = file.seek(0, 2)
            while end:
                start = max(0, end - AT_ONCE)
                file.seek(start)
                found = file.read(end - start).rfind(b"\n")
                if found >= 0:
                    return start + found + 1
                end = start
        return 0

    def text(self, first: int, last: int) -> bytes:
        """The bytes from `first` up to, not including, `last`."""
        with open_regular(self._path, most=LINES_BYTES) as file:
            file.seek(first)
            return file.read(last - first)

    def piece(self, start: int, end: int) -> Segment:
        """The next piece behind `start`, where whole lines end at `end`: as many lines as it may have."""
        if end - start <= MOST_BYTES:
            return Segment(start, end)
        text = self.text(start, start + MOST_BYTES)
        size = text.rfind(b"\n") + 1 or self.text(start, end).find(b"\n") + 1
        return Segment(start, start + size)

    def _count(self, first: int, last: int) -> int:
        """How many lines there are between two places."""
        return sum(self.text(at, min(at + AT_ONCE, last)).count(b"\n") for at in range(first, last, AT_ONCE))
