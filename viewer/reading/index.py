"""Which slot holds which epoch, and which slots changed since somebody last looked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import numpy.typing as npt

from recorder.runfile import BeginLine, EndLine

from .columns import GrowingArray
from .lines import Block, Decoded

Ints = npt.NDArray[np.int64]
Key = tuple[int, int]  # attempt, epoch


@dataclass(frozen=True, slots=True)
class Taken:
    """The epochs of lines that were read together.

    Args:
        block: the lines.
        places: of the epochs among these.
        slots: of the same epochs, each once.
    """

    block: Block
    places: Sequence[int]
    slots: Sequence[int]


class EpochIndex:
    """The lines that count, in slots.

    Slots are rows in the order of arrival; `order` puts them in the order of epochs. An epoch that a later attempt
    records again takes over the slot. Whoever makes columns of the lines remembers how many `changes` it has
    seen, or how much was `taken`, and so reads each once, when it is asked for.

    Attributes:
        begins: where attempts begin.
        ends: where they end.
        last: the last line of all; nothing where there is none.
        taken: the epochs, as they came.
        changes: slots, in the order in which they were taken.
        attempts: of each slot.
    """

    def __init__(self) -> None:
        self.begins: list[BeginLine] = []
        self.ends: list[EndLine] = []
        self.last = b""
        self.taken: list[Taken] = []
        self.changes: list[int] = []
        self.attempts: list[int] = []
        self._blocks: list[Block] = []  # of each slot's line, and its place there: two lists, as a pair for each
        self._places: list[int] = []  # of 100,000 epochs would keep the garbage collector busy
        self._slots: dict[int, int] = {}
        self._epochs = GrowingArray((), np.int64)
        self._increasing = True

    def __len__(self) -> int:
        return len(self._slots)

    @property
    def order(self) -> Ints:
        """int64 [epochs]: the slot of each epoch, epochs increasing."""
        return np.arange(len(self)) if self._increasing else self._epochs.values.argsort(kind="stable")

    @property
    def epochs(self) -> Ints:
        """int64 [slots]: epoch numbers."""
        return self._epochs.values

    def line(self, slot: int) -> bytes:
        """All that the line of a slot says."""
        return self._blocks[slot].line(self._places[slot])

    def add(self, decoded: Decoded) -> None:
        """Takes in lines."""
        for mark in decoded.marks.values():
            if isinstance(mark, BeginLine):
                self.begins.append(mark)
            else:
                self.ends.append(mark)
        if decoded.heads:
            self.last = decoded.block.line(len(decoded.heads) - 1)
        if decoded.epochs:
            self._add_epochs(decoded)

    def since(self, seen: int) -> list[int]:
        """The slots that changed after the first `seen` changes, each once."""
        return list(dict.fromkeys(self.changes[seen:]))

    def keys(self, slots: Sequence[int]) -> dict[Key, int]:
        """Slots by (attempt, epoch)."""
        epochs = self._epochs.values[slots].tolist()
        return {(self.attempts[slot], epoch): slot for slot, epoch in zip(slots, epochs, strict=True)}

    def _add_epochs(self, decoded: Decoded) -> None:
        known = len(self)
        taken = self._append(decoded) or self._replace(decoded)
        self.taken.append(taken)
        self.changes += taken.slots
        fresh = list(islice(reversed(self._slots), len(self) - known))[::-1]
        self._increasing &= fresh == sorted(fresh) and (not known or not fresh or self.epochs[-1] < fresh[0])
        self._epochs.put(range(known, len(self)), fresh)

    def _append(self, decoded: Decoded) -> Taken | None:
        """Epochs none of which is there yet, as nearly always; None where one is."""
        heads, slots = decoded.epochs.values(), range(len(self), len(self) + len(decoded.epochs))
        fresh = dict(zip([head.epoch for head in heads], slots, strict=True))
        if len(fresh) < len(heads) or not self._slots.keys().isdisjoint(fresh):
            return None
        self._slots |= fresh
        self._blocks += [decoded.block] * len(heads)
        self._places += decoded.epochs
        self.attempts += [head.attempt for head in heads]
        return Taken(decoded.block, list(decoded.epochs), slots)

    def _replace(self, decoded: Decoded) -> Taken:
        """Epochs some of which are there: a later attempt's goes before."""
        places: dict[int, int] = {}
        for place, head in decoded.epochs.items():
            slot = self._slots.setdefault(head.epoch, len(self.attempts))
            if slot == len(self.attempts):
                self._blocks.append(decoded.block)
                self._places.append(place)
                self.attempts.append(head.attempt)
            elif self.attempts[slot] <= head.attempt:
                self._blocks[slot], self._places[slot], self.attempts[slot] = decoded.block, place, head.attempt
            else:
                continue
            places[slot] = place
        return Taken(decoded.block, list(places.values()), list(places))
