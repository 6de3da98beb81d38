"""The clock: the latch, the steps, and what playing does at the ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewer.dashboard.clock import Player

MOVES = ("home", "end", "toggle", "tick", "back", "forth", "grow", "far")


@given(st.lists(st.sampled_from(MOVES), max_size=30), st.integers(0, 5))
def test_the_cursor_is_always_on_an_epoch(moves: list[str], length: int) -> None:
    """Whatever is done in whatever order, the position is one of the epochs, and following means the newest."""
    player = Player(length)
    for move in moves:
        if move == "grow":
            length += 1
            player.grow(length)
        elif move in ("back", "forth", "far"):
            player.step({"back": -1, "forth": 1, "far": 100}[move])
        else:
            getattr(player, move)()
        assert 0 <= player.position <= max(length - 1, 0)
        if player.following:
            assert player.position == max(length - 1, 0)


def test_scrubbing_releases_the_latch_and_end_takes_it_up() -> None:
    """A step back stays where it is while epochs come; End follows them again."""
    player = Player(5)
    player.step(-1)
    player.grow(6)
    assert (player.position, player.following) == (3, False)
    player.end()
    player.grow(7)
    assert (player.position, player.following) == (6, True)


def test_playing_stops_at_the_last_epoch_or_starts_again() -> None:
    """From first to last and no further; with `loop`, from the last to the first."""
    once = Player(10, following=False, first=2, last=4)
    once.toggle()
    assert [(once.tick(), once.position) for _ in range(3)] == [(True, 3), (True, 4), (False, 4)]
    once.toggle()
    assert once.position == 2
    again = Player(10, following=False, first=2, last=4, loop=True)
    again.toggle()
    assert [again.tick() and again.position for _ in range(4)] == [3, 4, 2, 3]


def test_the_speed_has_bounds() -> None:
    """Faster and slower stay between 1 and 100 epochs a second."""
    player = Player(10)
    for _ in range(20):
        player.faster(2)
    assert player.speed == 100
    for _ in range(20):
        player.faster(0.5)
    assert player.speed == 1


@pytest.mark.parametrize("speed", [1.0, 7.0, 24.0, 60.0, 99.0, 100.0])
@pytest.mark.parametrize("beat", [0.001, 0.016, 1 / 60, 0.033, 0.21])
def test_a_speed_is_what_it_says(speed: float, beat: float) -> None:
    """In ten seconds of any beat, the clock plays ten times as many epochs as it says a second."""
    player = Player(10_000, following=False, speed=speed)
    player.advance(5.0)
    player.toggle()
    for number in range(1, round(10 / beat) + 1):
        player.advance(5.0 + number * beat)
    assert player.position == pytest.approx(10 * speed, abs=1 + speed * beat)


def test_time_that_passed_while_paused_does_not_count() -> None:
    """An hour after the pause, playing goes on with the next epoch."""
    player = Player(1_000, following=False)
    player.advance(0.0)
    player.toggle()
    player.advance(0.5)
    player.toggle()
    player.advance(3_600.0)
    player.toggle()
    player.advance(3_600.1)
    assert player.position == 6


@given(st.integers(1, 20), st.integers(0, 19), st.integers(1, 60))
def test_a_loop_skips_what_is_due_and_no_more(last: int, at: int, epochs: int) -> None:
    """So many epochs at once lead to where as many single ones lead."""
    once, singly = (Player(20, following=False, last=min(last, 19), loop=True) for _ in range(2))
    for player in (once, singly):
        player.seek(min(at, player.last))
        player.playing = True
    once.tick(epochs)
    for _ in range(epochs):
        singly.tick()
    assert once.position == singly.position


def test_what_plays_from_the_start_begins_at_the_first_epoch() -> None:
    """A clock that plays before it was ever told the time, as by `replay --play`, does not jump to the end."""
    player = Player(5, following=False, speed=2.0)
    player.toggle()
    seen = []
    for now in (8000.0, 8000.5, 8001.0):
        player.advance(now)
        seen.append(player.position)
    assert (seen, player.playing) == ([0, 1, 2], True)
