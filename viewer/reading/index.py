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
        known = len(self)
        if not known and self._add_all(heads):
            return
        fresh = [head.epoch for head, raw in heads if isinstance(head, EpochHead) and self._is_new(head, raw)]
        self._epochs.put(range(known, len(self)), fresh)
        self._increasing &= bool((np.diff(self.epochs[max(known - 1, 0) :]) > 0).all())

    def since(self, seen: int) -> list[int]:
        """The slots that changed after the first `seen` changes, each once."""
        return list(dict.fromkeys(self.changes[seen:]))

    def keys(self, slots: Sequence[int]) -> dict[Key, int]:
        """Slots by (attempt, epoch)."""
        epochs = self._epochs.values[slots].tolist()
        return {(self.attempts[slot], epoch): slot for slot, epoch in zip(slots, epochs, strict=True)}

    def _add_all(self, heads: list[Found]) -> bool:
        """The same at once for the usual first look, where each epoch has one line; False where one has several."""
        lines = [(head, raw) for head, raw in heads if isinstance(head, EpochHead)]
        slots = {head.epoch: slot for slot, (head, _) in enumerate(lines)}
        if len(slots) < len(lines):
            return False
        self._slots = slots
        self.raw += [raw for _, raw in lines]
        self.attempts += [head.attempt for head, _ in lines]
        self.changes += slots.values()
        self._epochs.put(range(len(lines)), list(slots))
        self._increasing = bool((np.diff(self.epochs) > 0).all())
        return True

    def _is_new(self, head: EpochHead, raw: bytes) -> bool:
        """Takes a line; whether it is of an epoch not seen before."""
        slot = self._slots.setdefault(head.epoch, len(self.raw))
        new = slot == len(self.raw)
        if new:
            self.raw.append(raw)
            self.attempts.append(head.attempt)
        elif self.attempts[slot] <= head.attempt:
            self.raw[slot], self.attempts[slot] = raw, head.attempt
        else:
            return False
        self.changes.append(slot)
        return new
