"""Which epochs count: a later attempt hides what it did not go on from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

NEVER = 2**31  # above every epoch


class Committed(Protocol):
    """What a line says of the epoch that it commits: `EpochLine`, or its head alone."""

    @property
    def attempt(self) -> int:
        """Which start of the run recorded it."""

    @property
    def epoch(self) -> int:
        """Its number."""


class Attempts:
    """Where each attempt begins, as lines arrive, and so which epochs of which attempt count.

    An attempt that begins at epoch e hides what earlier attempts have from e on: it stays on disk, and is not shown.
    An attempt without epochs hides nothing. So every epoch is shown of one attempt at most, and what is shown up to an
    epoch is what led to it.

        attempts = Attempts()
        attempts.add(heads)  # whenever there are new ones; True: look again at all that is shown
        attempts.counts(attempt=0, epoch=5)
    """

    def __init__(self) -> None:
        self._first: dict[int, int] = {}  # epoch, by attempt
        self._limits: dict[int, int] = {}

    def add(self, lines: Iterable[Committed]) -> bool:
        """Takes in lines of epochs; True where epochs that counted until now may not any more."""
        hides = False
        for line in lines:
            if line.epoch < self._first.get(line.attempt, NEVER):
                hides |= any(attempt < line.attempt for attempt in self._first)
                self._first[line.attempt] = line.epoch
                self._limits = {}
        return hides

    def limit(self, attempt: int) -> int:
        """The epochs of an attempt from this one on are hidden; `NEVER` where none are."""
        if attempt not in self._limits:
            later = (first for other, first in self._first.items() if other > attempt)
            self._limits[attempt] = min(later, default=NEVER)
        return self._limits[attempt]

    def counts(self, attempt: int, epoch: int) -> bool:
        """Whether an epoch of an attempt is shown, provided that a line commits it."""
        return epoch < self.limit(attempt)
