"""The clock: the latch, the steps, and what playing does at the ends."""

from __future__ import annotations

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
