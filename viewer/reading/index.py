"""Which slot holds which epoch, which slots count, and which changed since somebody last looked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

import numpy as np
import numpy.typing as npt

from recorder.runfile import AddLine, Attempts, BeginLine, EndLine, EpochHead

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
    """The lines of epochs, in slots.

    A slot is the line of one attempt and epoch; slots stand in the order of arrival and keep their epoch for ever.
    `order` names those that count, epochs increasing: an attempt that begins at epoch e hides what earlier attempts
    have from e on. Whoever makes columns of the lines or parts remembers how many `changes` it has seen, or how much
    was `taken`, and so reads each once, and again only what `mark` names.

    Attributes:
        begins: where attempts begin.
        ends: where they end.
        last: the last line of all; nothing where there is none.
        taken: the epochs, as they came.
        changes: slots, in the order in which they were taken or marked.
        hidden: how many slots do not count, as a later attempt hides them.
        added: what was added to slots, by slot, in order.
        added_to: these slots, once for each addition, in the order in which it was taken.
    """

    def __init__(self) -> None:
        self.begins: list[BeginLine] = []
        self.ends: list[EndLine] = []
        self.last = b""
        self.taken: list[Taken] = []
        self.changes: list[int] = []
        self.hidden = 0
        self.added: dict[int, list[AddLine]] = {}
        self.added_to: list[int] = []
        self._blocks: list[Block] = []  # of each slot's line, and its place there: two lists, as a pair for each
        self._places: list[int] = []  # of 100,000 epochs would keep the garbage collector busy
        self._slots: dict[int, int] = {}  # those that count, by epoch
        self._starts = Attempts()
        self._epochs, self._attempts = GrowingArray((), np.int64), GrowingArray((), np.int64)
        self._marks: dict[int, int] = {}
        self._increasing = True
        self._ordered, self._order = -1, np.zeros(0, np.int64)  # of that version

    def __len__(self) -> int:
        """How many epochs count."""
        return len(self._slots)

    @property
    def slot_count(self) -> int:
        """How many slots there are, those that are hidden among them."""
        return len(self._epochs)

    @property
    def version(self) -> int:
        """A number that grows with every change."""
        return len(self.changes) + self.hidden

    @property
    def order(self) -> Ints:
        """int64 [epochs]: the slot of each epoch that counts, epochs increasing; the same array until that changes."""
        if self._ordered != self.version:
            self._ordered, self._order = self.version, self._sorted()
            self._order.flags.writeable = False
        return self._order

    @property
    def straight(self) -> bool:
        """Whether all slots count, in the order in which they stand: `order` is 0, 1, 2, ..."""
        return self._increasing and not self.hidden

    @property
    def epochs(self) -> Ints:
        """int64 [slots]: epoch numbers."""
        return self._epochs.values

    @property
    def attempts(self) -> Ints:
        """int64 [slots]: the attempt that recorded each."""
        return self._attempts.values

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
        for places, heads in _by_attempt(decoded.epochs):
            self._add(decoded.block, places, heads)

    def attach(self, additions: Iterable[AddLine]) -> list[AddLine]:
        """Takes in what was added to points that count; gives back what belongs to none that is there by now.

        What was added to a point that a later attempt hides is passed over.
        """
        early = []
        for one in additions:
            slot = self._slots.get(one.epoch)
            if slot is not None and self.attempts[slot] == one.of:
                self.added.setdefault(slot, []).append(one)
                self.added_to.append(slot)
                self.mark([slot])
            elif self._starts.counts(one.of, one.epoch):
                early.append(one)
        return early

    def mark(self, slots: Iterable[int]) -> None:
        """Tells everybody that there is something new to read of some slots, such as parts that came late."""
        for slot in slots:
            self._marks[slot] = self._marks.get(slot, 0) + 1
            self.changes.append(slot)

    def marks(self, slot: int) -> int:
        """How often a slot was marked."""
        return self._marks.get(slot, 0)

    def since(self, seen: int) -> list[int]:
        """The slots that changed after the first `seen` changes and count, each once."""
        return self.counting(dict.fromkeys(self.changes[seen:]))

    def counting(self, slots: Iterable[int]) -> list[int]:
        """Those of some slots that no later attempt hides."""
        if not self.hidden:
            return list(slots)
        return [slot for slot in slots if self._slots.get(int(self.epochs[slot])) == slot]

    def keys(self, slots: Sequence[int]) -> dict[Key, int]:
        """Slots by the (attempt, epoch) of their rows; what was added to them has keys of its own."""
        attempts, epochs = (column[slots].tolist() for column in (self.attempts, self.epochs))
        keys = dict(zip(zip(attempts, epochs, strict=True), slots, strict=True))
        for slot in self.added.keys() & slots if self.added else ():
            keys |= {(one.attempt, one.epoch): slot for one in self.added[slot]}
        return keys

    def _sorted(self) -> Ints:
        if self.straight:
            return np.arange(len(self))
        slots = np.fromiter(self._slots.values(), np.int64, len(self._slots))
        return slots[self.epochs[slots].argsort(kind="stable")]

    def _add(self, block: Block, places: list[int], heads: list[EpochHead]) -> None:
        """Takes in epochs of one attempt, as they stand in a block."""
        attempt, epochs = heads[0].attempt, [head.epoch for head in heads]
        if self._starts.add((heads[epochs.index(min(epochs))],)):
            self._hide()
        start, last = self.slot_count, int(self.epochs[-1]) if self.slot_count else -1
        slots = range(start, start + len(epochs))
        self._increasing &= all(low < high for low, high in pairwise([last, *epochs]))
        before, limit = len(self._slots), self._starts.limit(attempt)
        if max(epochs) < limit:
            self._slots.update(zip(epochs, slots, strict=True))
        else:  # lines out of order: what a later attempt hides never counts
            self._slots.update((epoch, slot) for epoch, slot in zip(epochs, slots, strict=True) if epoch < limit)
        self.hidden += before + len(epochs) - len(self._slots)  # of an epoch twice in one attempt the last line counts
        self._blocks += [block] * len(epochs)
        self._places += places
        self._epochs.put(slots, epochs)
        self._attempts.put(slots, attempt)
        self.taken.append(Taken(block, places, slots))
        self.changes += slots

    def _hide(self) -> None:
        """Hides what later attempts have taken over."""
        counts, attempts = self._starts.counts, self.attempts.tolist()
        kept = {epoch: slot for epoch, slot in self._slots.items() if counts(attempts[slot], epoch)}
        self.hidden += len(self._slots) - len(kept)
        self._slots = kept


def _by_attempt(heads: dict[int, EpochHead]) -> Iterator[tuple[list[int], list[EpochHead]]]:
    """Places and heads of each stretch of lines of one attempt."""
    if len({head.attempt for head in heads.values()}) == 1:
        yield list(heads), list(heads.values())
        return
    for _, items in groupby(heads.items(), key=lambda item: item[1].attempt):
        places, several = zip(*items, strict=True)
        yield list(places), list(several)
