"""Words that fit, measured, and places for them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from viewer.drawing.end_labels import Entry, room_for, spread
from viewer.drawing.margins import Seat, elide, fitting, inside, width, wrap
from viewer.drawing.theme import DARK, LIGHT, text

WORDS = st.text("abc defgij WM.,1 é", min_size=1, max_size=60)


@given(WORDS)
def test_the_width_of_words_is_what_matplotlib_makes_of_them(words: str) -> None:
    """Within two pixels at a hundred an inch, which kerning and hinting take."""
    figure = Figure(dpi=100)
    canvas = FigureCanvasAgg(figure)
    box = text(figure.add_axes((0, 0, 1, 1)), 0, 0, words).get_window_extent(canvas.get_renderer())
    assert width(words) * 100 == pytest.approx(box.width, abs=2 + 0.2 * len(words))


@given(WORDS, st.floats(0.2, 3))
def test_lines_of_a_text_fit_and_nothing_is_lost(words: str, room: float) -> None:
    """Broken between words, or within one that is too long by itself."""
    lines = wrap(words, room)
    assert all(width(line) <= room for line in lines)
    assert "".join(lines).replace(" ", "") == words.replace(" ", "")


@given(WORDS, st.floats(0.2, 3))
def test_a_shortened_text_fits_and_is_as_long_as_can_be(words: str, room: float) -> None:
    """It is a beginning, and an ellipsis stands for the rest."""
    found = elide(words, room)
    assert width(found) <= room
    if found != words:
        assert found.endswith("…")
        assert words.startswith(found[:-1])


def test_the_first_that_fits_is_taken() -> None:
    """Of the last as much as fits."""
    assert fitting(["a very long sentence", "short"], 0.5) == "short"
    assert fitting(["a very long sentence", "also a very long one"], 0.5).endswith("…")


def test_axes_lie_inside_of_their_margins() -> None:
    """Inches at the sides given, the usual ones at the others."""
    left, bottom, wide, tall = inside(
        (0.5, 0.0, 0.5, 1.0), (10, 5), {"left": 1.0, "right": 0.5, "top": 0.5, "bottom": 1}
    )
    assert (left * 10, bottom * 5, wide * 10, tall * 5) == pytest.approx((6, 1, 3.5, 3.5))


def test_a_seat_that_keeps_its_margins_does_not_touch_the_axes() -> None:
    """Moving axes draws their whole panel anew."""
    figure = Figure(figsize=(10, 5))
    axes = figure.add_axes((0, 0, 1, 1))
    seat = Seat(axes, left=1.0)
    seat.take((0, 0, 1, 1), (10, 5))
    FigureCanvasAgg(figure).draw()
    axes.stale = False
    seat.leave(left=1.0)
    assert not axes.stale
    seat.leave(left=2.0)
    assert axes.stale
    assert seat.inner == pytest.approx((10 - 2.22, 5 - 0.86))
    np.testing.assert_allclose(axes.get_position(original=True).width * 10, seat.inner[0])


@given(st.lists(st.floats(-0.2, 1.2), max_size=8), st.floats(0.01, 0.14))
def test_places_are_spread_in_their_order_and_stay_inside(places: list[float], gap: float) -> None:
    """At least the gap apart wherever there is room for all, which there is here."""
    found = spread(places, gap)
    order = sorted(range(len(places)), key=lambda i: places[i])
    moved = [found[i] for i in order]
    assert all(second - first >= gap - 1e-9 for first, second in pairwise(moved))
    assert all(-1e-9 <= place <= 1 + 1e-9 for place in moved)


@given(st.floats(0.0, 1.0))
def test_a_place_that_is_free_is_not_moved(place: float) -> None:
    """Names stand at the ends of their lines."""
    assert spread([place], 0.1) == [place]


def test_names_stand_beside_wide_axes_and_above_narrow_ones() -> None:
    """In at most three rows; what does not fit there is left out."""
    entries = [Entry(f"formula {n}", "0.123", "0.123", "k", 0.5) for n in range(12)]
    assert room_for(entries[:2], 5.0).column > 0
    narrow = room_for(entries, 2.0)
    assert narrow.column == 0
    assert len(narrow.rows) == 3
    assert sum(map(len, narrow.rows)) < 12


@pytest.mark.parametrize("look", [LIGHT, DARK])
def test_coloured_words_can_be_read(look: object) -> None:
    """At a contrast of 4.5 to the paper, as WCAG 2 asks."""
    from matplotlib.colors import to_rgb

    def luminance(colour: str) -> float:
        channels = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
        return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]

    for colour in look.palette:
        pair = sorted([luminance(look.words(colour)), luminance(look.paper)])
        assert (pair[1] + 0.05) / (pair[0] + 0.05) >= 4.4  # of eight bits a channel
