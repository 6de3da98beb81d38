"""Words around points."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from viewer.drawing.label_places import APART, Box, along, around

NOTHING = np.zeros((0, 2))
ROOM = (4.0, 3.0)
points = st.lists(st.tuples(st.floats(0.2, 3.8), st.floats(0.2, 2.8)), min_size=1, max_size=6)


def meet(one: Box, other: Box) -> bool:
    """Whether two boxes overlap."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


@given(points=points)
def test_words_stay_inside_and_cover_no_others_where_there_is_room(points: list[tuple[float, float]]) -> None:
    """However close the points are."""
    boxes = around(np.array(points), [0.3] * len(points), ROOM, NOTHING)
    assert all(box[0] >= 0 and box[2] <= ROOM[0] and box[1] >= 0 and box[3] <= ROOM[1] for box in boxes)
    assert not any(meet(one, other) for number, one in enumerate(boxes) for other in boxes[:number])


def test_a_line_is_avoided() -> None:
    """The words that would stand above the point stand below it."""
    line = along(np.array([0.0, 4.0]), np.array([1.12, 1.12]))
    ((_, _, _, top),) = around(np.array([[2.0, 1.0]]), [0.4], ROOM, line)
    assert top < 1.0


def test_words_that_are_there_are_avoided() -> None:
    """A box that others have taken."""
    taken = (1.0, 1.05, 3.0, 2.0)
    (box,) = around(np.array([[2.0, 1.0]]), [0.4], ROOM, NOTHING, [taken])
    assert not meet(box, taken)


def test_steps_run_level_to_each_point() -> None:
    """Every place of a step line has the height of a point, but on the upright parts."""
    places = along(np.array([0.0, 1.0, 2.0]), np.array([np.nan, 1.0, 0.5]), steps=True)
    level = places[places[:, 0] < 0.99]
    assert set(np.round(level[:, 1], 9)) <= {1.0}
    assert places[-1].tolist() == [2.0, 0.5]


def test_two_numbers_are_not_read_as_one() -> None:
    """Words of points that lie beside one another are a space apart, or on lines of their own."""
    for between in np.linspace(0.0, 0.8, 33):
        points = np.array([[2.0, 1.0], [2.0 + between, 1.0]])
        first, second = around(points, [0.3, 0.3], (4.0, 2.0), np.zeros((0, 2)))
        level = first[1] < second[3] and second[1] < first[3]
        assert not level or max(first[0] - second[2], second[0] - first[2]) >= APART - 1e-9
