"""Which points of a run are recorded, and what each has by now: read on whenever somebody asks."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from .additions import Additions, Key, with_added
from .attempts import Attempts
from .codec import decode_line, decode_part
from .errors import RunFormatError
from .layout import LINES
from .schema import AddLine, EpochHead, EpochLine, Head
from .tail import Tail


class RecordedPoints:
    """The lines of the points that count, and what was added to them.

    Args:
        folder: the run.
    """

    def __init__(self, folder: Path) -> None:
        self._tail = Tail(folder / LINES)
        self._lines: defaultdict[int, dict[int, bytes]] = defaultdict(dict)  # by epoch and attempt
        self._attempts = Attempts()
        self._additions = Additions(folder)
        self._added: defaultdict[Key, list[AddLine]] = defaultdict(list)

    def at(self, epoch: int) -> EpochLine | None:
        """The line of a point with what was added to it, its attempt the one that recorded it; None without a line.

        Raises:
            RunFormatError: The line is broken, or the file is none that may be read.
            OSError: It cannot be read at the moment.
        """
        self._read_on()
        for attempt, raw in self._lines.get(epoch, {}).items():
            if self._attempts.counts(attempt, epoch):
                line = decode_line(raw)
                return with_added(line, self._added[attempt, epoch]) if isinstance(line, EpochLine) else None
        return None

    def span(self) -> tuple[int, int] | None:
        """The first and the last point that counts; None while there is none."""
        self._read_on()
        counts = self._attempts.counts
        found = [epoch for epoch, lines in self._lines.items() if any(counts(attempt, epoch) for attempt in lines)]
        return (min(found), max(found)) if found else None

    def _read_on(self) -> None:
        for raw in filter(None, self._tail.read_strictly().split(b"\n")):
            try:
                head: Head | None = decode_part(raw, Head)  # type: ignore[arg-type] # a union of types
            except RunFormatError:
                continue  # who reads the run says so
            if isinstance(head, EpochHead):
                self._lines[head.epoch][head.attempt] = raw
                self._attempts.add((head,))
        for line in self._additions.read():
            self._added[line.of, line.epoch].append(line)
