"""The lines of a run in object storage: pieces that are never changed, each named by the bytes that it holds.

Whenever the last pieces of fewer than 8^n lines each have 8^n lines together they become one: so there are about seven
of each size, and a line is sent again no more often than its piece grows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

FOLDER = "lines"
BASE = 8
MOST_BYTES = 2**23  # of a piece; a single line may have more
_NAME = re.compile(r"lines/(?P<first>\d{12,15})-(?P<last>\d{12,15})\.jsonl")


@dataclass(frozen=True, slots=True, order=True)
class Segment:
    """Whole lines of `epochs.jsonl`: its bytes from `first` up to, not including, `last`."""

    first: int
    last: int

    @property
    def name(self) -> str:
        """Of the object."""
        return f"{FOLDER}/{self.first:012d}-{self.last:012d}.jsonl"


def segments_among(names: Iterable[str]) -> list[Segment]:
    """The pieces among names of objects."""
    found = (_NAME.fullmatch(name) for name in names)
    return sorted(Segment(int(match["first"]), int(match["last"])) for match in found if match)


def chain(segments: Iterable[Segment], start: int = 0) -> list[Segment]:
    """The pieces that together hold the lines from byte `start` on, as far as there are any: few and large ones.

    >>> chain([Segment(0, 10), Segment(0, 30), Segment(10, 30), Segment(30, 40), Segment(50, 60)])
    [Segment(first=0, last=30), Segment(first=30, last=40)]
    """
    known, found = sorted(segments, key=lambda one: (one.first, -one.last)), list[Segment]()
    while True:
        fitting = [one for one in known if one.first <= start < one.last]
        if not fitting:
            return found
        found.append(max(fitting, key=lambda one: one.last))
        start = found[-1].last


def joined(pieces: Sequence[Segment], lines_of: Callable[[Segment], int]) -> Segment | None:
    """The piece that some of the last ones should become; None where they may stay as they are.

    Args:
        pieces: a chain.
        lines_of: how many lines a piece has.
    """
    full = BASE
    while pieces and full <= BASE**9:
        first, lines = len(pieces), 0
        while first > 0 and (more := lines_of(pieces[first - 1])) < full:
            first, lines = first - 1, lines + more
        if lines >= full and len(pieces) - first > 1:
            whole = Segment(pieces[first].first, pieces[-1].last)
            if whole.last - whole.first <= MOST_BYTES:
                return whole
        full *= BASE
    return None


def packed(pieces: Sequence[Segment]) -> list[Segment]:
    """The fewest pieces of a chain that have their places: how it is left when a run has ended."""
    found: list[Segment] = []
    for one in pieces:
        if found and one.last - found[-1].first <= MOST_BYTES:
            found[-1] = Segment(found[-1].first, one.last)
        else:
            found.append(one)
    return found
