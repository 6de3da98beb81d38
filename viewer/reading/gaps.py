"""What the lines of a run promise and its parts do not give yet: looked for again at every look."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from recorder.runfile import Part, RunFormatError, Unit, all_parts

from ..points import span
from .stamps import stamp_of

Key = tuple[int, int]  # attempt, epoch
File = tuple[Part, tuple[int, int, int]]  # a part, and its size, time of change and inode
LATE = "are not there yet"
MOST_REASONS = 3  # that are told of what one look could not read


def first_fault(faults: Sequence[str]) -> str | None:
    """What is wrong with a run that can be read, in one cell: the first fault, and how many more there are."""
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return f"{faults[0]}{more}" if faults else None


@dataclass(frozen=True, slots=True)
class _Gap:
    kind: str  # of parts
    key: Key
    reason: str  # a sentence, or nothing where there is no part


class Gaps:
    """Epochs whose rows were looked for in vain, so far: parts that come late, and those that cannot be read.

    A reader of parts says what it looked for and what it met; `arrived` says which of it is worth another look: where
    a file is new or has changed, and, of files that stay as they are, after one look, two, four and so on, as a file
    system may fail for a moment.

    Args:
        folder: the run.
        promised: whether the line of an (attempt, epoch) says that there are rows of a kind.
        unit: gives what the run counts in.
    """

    def __init__(
        self, folder: Path, promised: Callable[[Key, str], bool], unit: Callable[[], Unit] = lambda: "epoch"
    ) -> None:
        self._folder, self._promised, self.unit = folder, promised, unit
        self._open: dict[tuple[str, int], _Gap] = {}  # by reader and slot
        self._files: dict[str, frozenset[File]] = {}  # by kind, at the last look
        self._readers: set[str] = set()
        self._looks = 0
        self._said: list[str] | None = []

    def settle(
        self,
        reader: str,
        kind: str,
        wanted: Mapping[Key, int],
        met: Collection[Key],
        *,
        broken: Mapping[int, str],
        faults: Iterable[str],
    ) -> None:
        """Takes what became of a look for rows.

        Args:
            reader: a name for who looked; each may want something else of the same rows.
            kind: of the parts.
            wanted: slots by (attempt, epoch), of what was added to them too.
            met: those of which rows were read.
            broken: slots whose rows make no sense, and a sentence that says why.
            faults: a sentence for each part that could not be read.
        """
        if not self._open and not broken and len(met) == len(wanted):
            return
        reason, self._said = _few(list(dict.fromkeys(faults))), None
        found = dict[int, _Gap]()
        for key, slot in wanted.items():
            if slot in broken:
                found[slot] = _Gap(kind, key, broken[slot])
            elif key not in met and self._promised(key, kind):
                found[slot] = _Gap(kind, key, reason)
        for slot in set(wanted.values()):
            if slot in found:
                self._put(reader, slot, found[slot])
            else:
                self._open.pop((reader, slot), None)

    def arrived(self) -> list[int]:
        """The slots whose rows are worth another look; what it costs does not grow with the run."""
        if not self._open:
            return []
        self._looks += 1
        again = self._looks & (self._looks - 1) == 0  # a power of two
        found: set[int] = set()
        for kind, before in self._files.items():
            files = self._files[kind] = frozenset(_files(self._folder, kind))
            fresh = files if again else files - before
            if files != before:
                self._looks = 0
            if fresh:
                slots = {gap.key: slot for (_, slot), gap in self._open.items() if gap.kind == kind}
                for part, _ in fresh:
                    found.update(_covered(part, slots))
        return sorted(found)

    def forget(self, slots: Iterable[int]) -> None:
        """Of epochs that no longer count nothing is missing."""
        gone, self._said = set(slots), None
        self._open = {place: gap for place, gap in self._open.items() if place[1] not in gone}

    def slots(self) -> set[int]:
        """Those of which something is missing."""
        return {slot for _, slot in self._open}

    def sentences(self) -> list[str]:
        """What is missing, and why, each once."""
        if self._said is None:
            named = dict.fromkeys(gap.reason for gap in self._open.values() if gap.reason)
            late = {(gap.kind, gap.key[1]) for gap in self._open.values() if not gap.reason}
            self._said = [*named, *(_late(kind, epochs, self.unit()) for kind, epochs in _stretches(sorted(late)))]
        return self._said

    def of(self, slot: int, kind: str) -> str:
        """Why rows of a slot are missing, in a sentence; nothing where they are not, or nobody has asked yet."""
        gaps = (self._open.get((reader, slot)) for reader in self._readers)
        gap = next((gap for gap in gaps if gap is not None and gap.kind == kind), None)
        return "" if gap is None else gap.reason or _late(kind, [gap.key[1]], self.unit())

    def _put(self, reader: str, slot: int, gap: _Gap) -> None:
        self._files.setdefault(gap.kind, frozenset())
        self._readers.add(reader)
        if (reader, slot) not in self._open:
            self._looks = 0
        self._open[reader, slot] = gap


def _files(folder: Path, kind: str) -> Iterator[File]:
    try:
        parts = all_parts(folder, kind)
    except (OSError, RunFormatError):
        return  # no folder of parts, or not at the moment
    for part in parts:
        stamp = stamp_of(part.path)
        if stamp is not None:  # else merged meanwhile, or not to be had at the moment
            yield part, stamp


def _covered(part: Part, slots: Mapping[Key, int]) -> Iterator[int]:
    """Of the wanted slots those that a part may hold."""
    if part.last - part.first < len(slots):
        keys: Iterable[Key] = ((part.attempt, epoch) for epoch in range(part.first, part.last + 1))
        yield from (slots[key] for key in keys if key in slots)
    else:
        yield from (
            slot
            for (attempt, epoch), slot in slots.items()
            if attempt == part.attempt and part.first <= epoch <= part.last
        )


def _late(kind: str, epochs: list[int], unit: Unit) -> str:
    first, last = epochs[0], epochs[-1]
    which = span(unit, first, last)
    return f"{which}: the {kind} that the lines name {LATE}"


def _stretches(late: list[tuple[str, int]]) -> Iterator[tuple[str, list[int]]]:
    """Kinds with epochs that follow one another."""
    for (kind, _), several in groupby(enumerate(late), key=lambda item: (item[1][0], item[1][1] - item[0])):
        yield kind, [epoch for _, (_, epoch) in several]


def _few(sentences: list[str]) -> str:
    """The first of them, and how many more there are: of a damaged run there may be one for each epoch."""
    more = [f"({len(sentences) - MOST_REASONS} more)"] if len(sentences) > MOST_REASONS else []
    return " ".join([*sentences[:MOST_REASONS], *more])
