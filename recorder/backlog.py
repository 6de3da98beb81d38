"""Epochs that wait for a disk that fails, in bounded memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from .runfile import EpochRecord

MOST_WAITING = 2**28  # bytes
_OF_A_RECORD, _OF_A_LOG = 1_000, 200  # bytes, roughly, of what is no array


class Backlog:
    """Keeps epochs in order. Where they are too large, the oldest are given up, and the newest never.

    Attributes:
        lost: how many were given up.
    """

    def __init__(self) -> None:
        self._records: deque[tuple[EpochRecord, int]] = deque()  # with their bytes
        self._bytes = self.lost = 0
        self._first = self._last = -1  # of those that were given up

    def __len__(self) -> int:
        return len(self._records)

    def put(self, record: EpochRecord) -> None:
        """Takes one behind the others."""
        self._records.append((record, size(record)))
        self._bytes += self._records[-1][1]
        while self._bytes > MOST_WAITING and len(self._records) > 1:
            self._give_up()

    def first(self) -> EpochRecord:
        """The one that is next; it stays."""
        return self._records[0][0]

    def drop_first(self) -> None:
        """The first one is on the disk, or must not be."""
        self._bytes -= self._records.popleft()[1]

    def missing(self) -> str:
        """`302 epochs, from 4 to 305`: those that were given up and those that wait; "" if none is missing."""
        number = self.lost + len(self._records)
        if not number:
            return ""
        epochs = [*((self._first, self._last) if self.lost else ()), *(record.epoch for record in self._ends())]
        return f"{number} epoch{'s' * (number != 1)}, from {epochs[0]} to {epochs[-1]}"

    def _ends(self) -> Iterator[EpochRecord]:
        if self._records:
            yield from (self._records[0][0], self._records[-1][0])

    def _give_up(self) -> None:
        old = self.first()
        self.drop_first()
        self._first, self._last = (self._first if self.lost else old.epoch), old.epoch
        self.lost += 1
        if old.sample_ids:  # they are of the run, and come only once
            heir, before = self._records[0]
            heir = replace(heir, sample_ids=(*old.sample_ids, *heir.sample_ids))
            self._records[0] = heir, size(heir)
            self._bytes += self._records[0][1] - before


def size(record: EpochRecord) -> int:
    """Bytes of memory that a record takes, roughly: those of its arrays, and something for the rest."""
    kept: tuple[Any, ...] = (*record.tallies, *record.samples, *record.sample_ids)
    arrays = [*record.observed.values(), *(getattr(one, name) for one in kept for name in one.__slots__)]
    return _OF_A_RECORD + _OF_A_LOG * len(record.logs) + sum(int(getattr(array, "nbytes", 0)) for array in arrays)
