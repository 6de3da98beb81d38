"""Columns of what the lines of a run say, decoded when they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import cast

import numpy as np

from recorder.runfile import EpochLine, EpochNumbers, Numbers, RunFormatError, decode_line, decode_part, with_added

from .columns import Array, GrowingArray, ScalarColumns
from .decision_counts import DecisionColumns
from .index import EpochIndex, Taken


class LineColumns:
    """Logs, durations and counts at the decision over slots.

    Args:
        index: of the lines.
        faults: takes a sentence for each line of which more than the head cannot be read; its slot holds gaps.
    """

    def __init__(self, index: EpochIndex, faults: list[str]) -> None:
        self._index, self._faults = index, faults
        self._start()

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

    @property
    def beside(self) -> Array:
        """float64 [2, slots]: the steps done, and the epoch that a step lies in, as they stand beside the unit."""
        self._read()
        return self._beside.reach(self._index.slot_count)

    def line(self, slot: int) -> EpochLine:
        """The whole line, with what was added to it; of one that cannot be read, what its head says."""
        nothing = EpochLine(attempt=int(self._index.attempts[slot]), epoch=int(self._index.epochs[slot]), time="")
        try:
            line = cast(EpochLine, decode_line(self._index.line(slot)))  # its head said that it is an epoch's
        except RunFormatError as error:
            self._faults.append(str(error))
            line = nothing
        return with_added(line, self._index.added.get(slot, ()))

    def _start(self) -> None:
        self._logs, self._seconds, self._counts = ScalarColumns(), ScalarColumns(), DecisionColumns()
        self._beside = GrowingArray((2,), np.float64, np.nan)
        self._seen, self._hidden, self._added = 0, self._index.hidden, 0

    def _read(self) -> None:
        if self._hidden != self._index.hidden:
            self._start()  # what only hidden lines say is in no column
        for block, several in groupby(self._index.taken[self._seen :], key=lambda taken: taken.block):
            numbers = block.numbers()
            for taken in several:
                self._take(taken, numbers)
        self._seen = len(self._index.taken)
        added_to, self._added = self._index.added_to[self._added :], len(self._index.added_to)
        for slot in self._index.counting(dict.fromkeys(added_to)):
            self._put([slot], [self.line(slot)])

    def _take(self, taken: Taken, numbers: list[Numbers] | None) -> None:
        slots: Sequence[int] = taken.slots
        lines = self._of_epochs(taken, numbers)
        if self._hidden:
            counting = set(self._index.counting(slots))
            lines = [line for line, slot in zip(lines, slots, strict=True) if slot in counting]
            slots = sorted(counting)
        if lines:
            self._put(slots, lines)

    def _put(self, slots: Sequence[int], lines: Sequence[EpochNumbers | EpochLine]) -> None:
        self._logs.put(slots, [line.logs for line in lines])
        self._seconds.put(slots, [line.seconds for line in lines])
        self._counts.put(slots, [line.counts for line in lines])
        self._beside.put(slots, np.array([[each.step, each.in_epoch] for each in lines], np.float64).T)

    def _of_epochs(self, taken: Taken, numbers: list[Numbers] | None) -> list[EpochNumbers]:
        if numbers is None:  # then one by one, for the faults
            return [self._one(taken.block.line(place)) for place in taken.places]
        return cast(list[EpochNumbers], [numbers[place] for place in taken.places])

    def _one(self, raw: bytes) -> EpochNumbers:
        try:
            return cast(EpochNumbers, decode_part(raw, Numbers))  # type: ignore[arg-type] # a union of types
        except RunFormatError as error:
            self._faults.append(str(error))
            return EpochNumbers()
