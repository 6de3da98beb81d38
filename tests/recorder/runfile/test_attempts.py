"""Which epochs of several attempts count."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from recorder.runfile import Attempts, BeginLine, EpochHead, EpochLine, committed

STARTS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 6)), min_size=1, max_size=5)  # first epoch, how many


def lines_of(starts: list[tuple[int, int]]) -> list[EpochLine]:
    """The lines of attempts that begin at an epoch and record so many."""
    return [
        EpochLine(attempt=attempt, epoch=epoch, time="")
        for attempt, (first, many) in enumerate(starts)
        for epoch in range(first, first + many)
    ]


def by_hand(lines: list[EpochLine]) -> list[tuple[int, int]]:
    """A list of epochs from which each attempt's beginning cuts the tail: (attempt, epoch)."""
    kept: list[tuple[int, int]] = []
    seen: set[int] = set()
    for line in lines:
        if line.attempt not in seen:
            kept = [(attempt, epoch) for attempt, epoch in kept if epoch < line.epoch]
        seen.add(line.attempt)
        kept.append((line.attempt, line.epoch))
    return kept


@given(STARTS)
def test_an_attempt_cuts_what_it_did_not_go_on_from(starts: list[tuple[int, int]]) -> None:
    """After any series of attempts what counts is what training from checkpoint to checkpoint left."""
    lines = lines_of(starts)
    found = [(line.attempt, line.epoch) for line in committed(lines).values()]
    assert found == sorted(by_hand(lines), key=lambda key: key[1])


@given(STARTS, st.integers(1, 5))
def test_lines_that_arrive_bit_by_bit_count_alike(starts: list[tuple[int, int]], step: int) -> None:
    """However the lines are split into looks, the same epochs count; and a look that hides some says so."""
    lines, attempts = lines_of(starts), Attempts()
    seen: list[EpochLine] = []
    for at in range(0, len(lines), step):
        before = [line for line in seen if attempts.counts(line.attempt, line.epoch)]
        hides = attempts.add([EpochHead(attempt=line.attempt, epoch=line.epoch) for line in lines[at : at + step]])
        seen += lines[at : at + step]
        if not hides:
            assert all(attempts.counts(line.attempt, line.epoch) for line in before)
        there = sorted((line.epoch, line.attempt) for line in seen if attempts.counts(line.attempt, line.epoch))
        assert there == [(line.epoch, line.attempt) for line in committed(seen).values()]


def test_an_attempt_without_epochs_hides_nothing() -> None:
    """A start that ended before its first epoch leaves everything as it was."""
    lines = [BeginLine(attempt=0, time=""), *lines_of([(0, 3)]), BeginLine(attempt=1, time="")]
    assert list(committed(lines)) == [0, 1, 2]
