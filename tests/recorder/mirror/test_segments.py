"""Lines in pieces."""

from __future__ import annotations

import math
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from recorder.mirror.segments import BASE, Segment, chain, joined, packed, segments_among

LINE = 10  # bytes


def lines_of(piece: Segment) -> int:
    return (piece.last - piece.first) // LINE


@given(st.lists(st.integers(1, 30), max_size=300))
def test_joining_keeps_every_line_and_few_pieces(pushes: list[int]) -> None:
    """However many lines come at a time: the chain has all of them, each sent log(n) times, in log(n) pieces."""
    there, sent, end = set[Segment](), 0, 0
    for lines in pushes:
        there.add(Segment(end, end + lines * LINE))
        sent, end = sent + lines, end + lines * LINE
        while (whole := joined(chain(there), lines_of)) is not None:
            there.add(whole)
            sent += lines_of(whole)
            there = set(chain(there))
        assert chain(there)[-1].last == end
        assert [one.first for one in chain(there)] == [0, *(one.last for one in chain(there))][:-1]
    levels = 1 + math.floor(math.log(max(end // LINE, 1), BASE))
    assert len(there) <= BASE * (levels + 1)
    assert sent <= (end // LINE) * (levels + 2)
    if pushes:
        assert packed(chain(there)) == [Segment(0, end)]


@given(st.sets(st.tuples(st.integers(0, 20), st.integers(1, 20))), st.integers(0, 20))
def test_a_chain_has_no_holes_and_goes_as_far_as_it_can(pairs: set[tuple[int, int]], start: int) -> None:
    """Against brute force: the bytes that pieces which touch one another hold from a place on."""
    pieces = [Segment(first, first + size) for first, size in pairs]
    end = start
    while fitting := [one.last for one in pieces if one.first <= end < one.last]:
        end = max(fitting)
    found = chain(pieces, start)
    assert (found[-1].last if found else start) == end
    assert all(a.last >= b.first for a, b in pairwise(found))


def test_a_name_says_which_bytes() -> None:
    """A name is read back as the piece that it is of; what is no such name is passed over."""
    piece = Segment(0, 123_456_789_012_345)
    assert segments_among([piece.name, "lines/1-2.jsonl", "lines/../x", "run.json"]) == [piece]
