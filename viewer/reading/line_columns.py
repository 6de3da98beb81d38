"""Columns of what the lines of a run say, decoded when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar, cast

from recorder.runfile import (
    EpochLine,
    LineNumbers,
    RunFormatError,
    decode_line,
    decode_part,
    decode_parts,
)

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
        self._seen = 0

    @property
    def logs(self) -> ScalarColumns:
        """Every log."""
        self._read()
        return self._logs

    @property
    def seconds(self) -> ScalarColumns:
        """Durations in seconds."""
        self._read()
        return self._seconds

    @property
    def counts(self) -> DecisionColumns:
        """The four counts at the decision."""
        self._read()
        return self._counts

    def line(self, slot: int) -> EpochLine:
        """The whole line; of one that cannot be read, what its head says."""
        nothing = EpochLine(attempt=self._index.attempts[slot], epoch=int(self._index.epochs[slot]), time="")
        return cast(EpochLine, self._one(slot, decode_line) or nothing)  # its head said that it is an epoch's

    def _read(self) -> None:
        if self._seen == len(self._index.changes):
            return
        slots = self._index.since(self._seen)
        self._seen = len(self._index.changes)
        lines = self._numbers(slots)
        self._logs.put(slots, [line.logs for line in lines])
        self._seconds.put(slots, [line.seconds for line in lines])
        self._counts.put(slots, [line.counts for line in lines])

    def _numbers(self, slots: Sequence[int]) -> list[LineNumbers]:
        found = decode_parts((self._index.raw[slot] for slot in slots), LineNumbers)
        if found is None:  # then one by one, for the faults
            return [self._one(slot, _decode_numbers) or LineNumbers() for slot in slots]
        return found

    def _one(self, slot: int, decode: Callable[[bytes], T | None]) -> T | None:
        try:
            return decode(self._index.raw[slot])
        except RunFormatError as error:
            self._faults.append(str(error))
            return None


def _decode_numbers(line: bytes) -> LineNumbers | None:
    return decode_part(line, LineNumbers)
