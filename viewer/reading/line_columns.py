"""Columns of what the lines of a run say, decoded when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar, cast

from recorder.runfile import EpochLine, Line, RunFormatError, decode_counts, decode_line, decode_scalars
from recorder.runfile.schema import LineCounts, LineScalars

from .columns import ScalarColumns
from .decision import DecisionColumns
from .index import EpochIndex

T = TypeVar("T")


class LineColumns:
    """Logs, durations and counts at the decision over slots.

    Args:
        index: of the lines.
        faults: takes a sentence for each line of which more than the head cannot be read; its slot holds gaps.
    """

    def __init__(self, index: EpochIndex, faults: list[str]) -> None:
        self._index, self._faults = index, faults
        self._logs, self._seconds, self._counts = ScalarColumns(), ScalarColumns(), DecisionColumns()
        self._scalars_seen = self._counts_seen = 0

    @property
    def logs(self) -> ScalarColumns:
        """Every log."""
        self._read_scalars()
        return self._logs

    @property
    def seconds(self) -> ScalarColumns:
        """Durations in seconds."""
        self._read_scalars()
        return self._seconds

    @property
    def counts(self) -> DecisionColumns:
        """The four counts at the decision."""
        slots = self._index.since(self._counts_seen)
        self._counts_seen = len(self._index.changes)
        if slots:
            self._counts.put(slots, [line.counts for line in self._each(slots, decode_counts, LineCounts())])
        return self._counts

    def line(self, slot: int) -> EpochLine:
        """The whole line; of one that cannot be read, what its head says."""
        nothing: Line = EpochLine(attempt=self._index.attempts[slot], epoch=int(self._index.epochs[slot]), time="")
        (found,) = self._each([slot], decode_line, nothing)
        return cast(EpochLine, found)  # its head said so

    def _read_scalars(self) -> None:
        slots = self._index.since(self._scalars_seen)
        self._scalars_seen = len(self._index.changes)
        if slots:
            lines = self._each(slots, decode_scalars, LineScalars())
            self._logs.put(slots, [line.logs for line in lines])
            self._seconds.put(slots, [line.seconds for line in lines])

    def _each(self, slots: Sequence[int], decode: Callable[[bytes], T | None], otherwise: T) -> list[T]:
        return [self._one(self._index.raw[slot], decode, otherwise) for slot in slots]

    def _one(self, raw: bytes, decode: Callable[[bytes], T | None], otherwise: T) -> T:
        try:
            return decode(raw) or otherwise
        except RunFormatError as error:
            self._faults.append(str(error))
            return otherwise
