"""The lines of a run: which of them count, and what they say."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from recorder.runfile import BeginLine, EndLine, EpochLine, RunFormatError, decode_line, from_iso

from .index import EpochIndex
from .line_columns import LineColumns
from .lines import NEAR_THE_END, Block, decode
from .tail import Tail


class RunLines:
    """What `epochs.jsonl` says so far. To read it costs its bytes; they are decoded when somebody asks.

    Args:
        path: of `epochs.jsonl`.
        faults: takes a sentence for each line that cannot be read.
    """

    def __init__(self, path: Path, faults: list[str]) -> None:
        self._tail, self._faults = Tail(path), faults
        self._waiting: list[bytes] = []
        self._index = EpochIndex()
        self._columns = LineColumns(self._index, faults)
        self._begins: list[BeginLine] = []
        self._ends: list[EndLine] = []
        self._last: tuple[Block, int] | None = None

    def refresh(self) -> bool:
        """Reads what was appended; True if there was anything."""
        text = self._tail.read()
        if text:
            self._waiting.append(text)
        return bool(text)

    @property
    def index(self) -> EpochIndex:
        """Which slot holds which epoch."""
        self.take()
        return self._index

    @property
    def columns(self) -> LineColumns:
        """Logs, durations and counts over slots."""
        self.take()
        return self._columns

    @property
    def begins(self) -> list[BeginLine]:
        """Where attempts begin."""
        self.take()
        return self._begins

    @property
    def ends(self) -> list[EndLine]:
        """Where attempts end."""
        self.take()
        return self._ends

    def newest(self) -> EpochLine | None:
        """The line of the last epoch, where it is known before all lines are decoded; None where it is not.

        Epochs of one attempt increase, so that in a first attempt the last one written is the last one there is.
        """
        if len(self._index) or len(self._waiting) != 1:
            return None
        for raw in reversed(self._waiting[0].rsplit(b"\n", NEAR_THE_END + 1)[1:-1]):
            try:
                line = decode_line(raw)
            except RunFormatError:
                return None
            if isinstance(line, EpochLine):
                return line if line.attempt == 0 else None
        return None

    def last_time(self) -> float:
        """Seconds since 1970 of the last line; NaN where there is none."""
        self.take()
        try:
            line = decode_line(self._last[0].line(self._last[1])) if self._last else None
        except RunFormatError:
            line = None
        return np.nan if line is None else from_iso(line.time)

    def take(self) -> None:
        """Decodes what waits: of epochs only their heads."""
        waiting, self._waiting = self._waiting, []
        for text in waiting:
            decoded = decode(text)
            self._faults += decoded.faults
            self._index.add(decoded)
            for mark in decoded.marks.values():
                if isinstance(mark, BeginLine):
                    self._begins.append(mark)
                else:
                    self._ends.append(mark)
            if decoded.heads:
                self._last = decoded.block, len(decoded.heads) - 1
