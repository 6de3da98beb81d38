"""Turns among pages: equal shares of the time, whatever a picture of each costs."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from viewer.surfaces.web.turns import BEHIND, DEAR, Turns


@dataclass
class Drawer:
    """What turns know of a visit, and how long its sheets take.

    Args:
        cost: seconds of each.
    """

    cost: float
    spent: float = 0.0


@given(costs=st.lists(st.floats(0.001, 0.4), min_size=2, max_size=8), first=st.integers(0, 7))
def test_time_is_shared_equally_and_nobody_waits_for_a_dear_picture_long(costs: list[float], first: int) -> None:
    """All always want to draw: two have had as much of it, but for one sheet and what a dear one waits."""
    pages, turns = [Drawer(cost) for cost in costs], Turns()
    pages[first % len(pages)].cost = 0.5  # as the first sheet of all pictures
    for _ in range(300):
        page = turns.order(pages, lambda page: page)[0]
        page.spent += page.cost
        turns.drew(page)
        spent = [each.spent for each in pages]
        assert max(spent) - min(spent) <= max(each.cost for each in pages) + DEAR + 1e-9


def test_who_rested_may_have_a_bounded_time_before_others() -> None:
    """A page that drew nothing for long gets half a second before the others, and no more."""
    busy, rested, turns = Drawer(0.01), Drawer(0.01), Turns()
    for _ in range(10_000):
        busy.spent += busy.cost
        turns.drew(busy)
    alone = 0
    while turns.order([busy, rested], lambda page: page)[0] is rested:
        rested.spent += rested.cost
        turns.drew(rested)
        alone += 1
    assert (alone - 1) * rested.cost <= BEHIND + 1e-9
