"""Which slot holds which epoch, and which slots changed since somebody last looked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from recorder.runfile import EpochHead

from .columns import GrowingArray
from .lines import Found

Ints = npt.NDArray[np.int64]
Key = tuple[int, int]  # attempt, epoch


class EpochIndex:
    """The lines that count, in slots.

    Slots are rows in the order of arrival; `order` puts them in the order of epochs. An epoch that a later attempt
    records again takes over the slot. Whoever makes columns of the lines remembers how many `changes` it has
    seen, and so reads each once, when it is asked for.
    """

    def __init__(self) -> None:
        self.raw: list[bytes] = []
        self.changes: list[int] = []
        self.attempts: list[int] = []
        self._slots: dict[int, int] = {}
        self._epochs = GrowingArray((), np.int64)
        self._increasing = True

    def __len__(self) -> int:
        return len(self.raw)

    @property
    def order(self) -> Ints:
        """int64 [epochs]: the slot of each epoch, epochs increasing."""
        return np.arange(len(self)) if self._increasing else self._epochs.values.argsort(kind="stable")

    @property
    def epochs(self) -> Ints:
        """int64 [slots]: epoch numbers."""
        return self._epochs.values

    def add(self, heads: list[Found]) -> None:
        """Takes in the lines of epochs among these."""
        known, fresh = len(self), []
        for head, raw in heads:
            if not isinstance(head, EpochHead):
                continue
            slot = self._slots.setdefault(head.epoch, len(self.raw))
            if slot == len(self.raw):
                self.raw.append(raw)
                self.attempts.append(head.attempt)
                fresh.append(head.epoch)
            elif self.attempts[slot] <= head.attempt:
                self.raw[slot], self.attempts[slot] = raw, head.attempt
            else:
                continue
            self.changes.append(slot)
        self._epochs.put(range(known, len(self)), fresh)
        self._increasing &= bool((np.diff(self.epochs[max(known - 1, 0) :]) > 0).all())

    def since(self, seen: int) -> list[int]:
        """The slots that changed after the first `seen` changes, each once."""
        return list(dict.fromkeys(self.changes[seen:]))

    def keys(self, slots: Sequence[int]) -> dict[Key, int]:
        """Slots by (attempt, epoch)."""
        epochs = self._epochs.values[slots].tolist()
        return {(self.attempts[slot], epoch): slot for slot, epoch in zip(slots, epochs, strict=True)}
