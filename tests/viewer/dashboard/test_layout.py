"""Rows of panels that fit the picture they are drawn on."""

from __future__ import annotations

import pytest

from viewer.dashboard.layout import LOWEST, NARROWEST, broken, parse_layout

FOUR = parse_layout("curves scores / loss pr matrix threshold")


@pytest.mark.parametrize(
    ("inches", "rows"),
    [
        ((12.8, 6.5), [2, 4]),  # a window
        ((9.0, 5.5), [2, 4]),
        ((3.6, 5.8), [2, 2, 2]),  # a phone held upright
        ((1.4, 9.0), [1, 1, 1, 1, 1, 1]),
        ((3.6, 2.0), [2, 4]),  # no room to break anything
    ],
)
def test_a_row_of_narrow_panels_is_broken_while_there_is_height(inches: tuple[float, float], rows: list[int]) -> None:
    """Each panel keeps its place in the order; none gets lower than its labels need."""
    found = broken(FOUR, inches)
    assert [len(row) for row in found] == rows
    assert [place for row in found for place in row] == [place for row in FOUR for place in row]
    assert len(found) == len(FOUR) or inches[1] / len(found) >= LOWEST
    narrow = [row for row in found if len(row) > 1 and inches[0] / len(row) < NARROWEST]
    assert not narrow or inches[1] / (len(found) + 1) < LOWEST
