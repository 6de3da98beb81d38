"""The panel `threshold` holds the numbers of its frame."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from viewer.formulas import parse_spec
from viewer.frame import Framer
from viewer.panels.threshold.artists import named
from viewer.panels.threshold.numbers import against_threshold

Make, Show = Callable[..., Framer], Callable[..., Any]


@pytest.fixture
def framer(make_framer: Make, rng: np.random.Generator) -> Framer:
    """Of two epochs."""
    truth = rng.random(200) < 0.3
    return make_framer([(truth, np.clip(rng.random(200) * 0.7 + 0.3 * truth, 0, 1)) for _ in range(2)])


def test_lines_and_stars_are_the_frames(framer: Framer, show: Show) -> None:
    """A line a formula in the colour of its number, a star at its best, whose threshold stands behind its name."""
    framer.turn(metrics=(parse_spec("f1"), parse_spec("mcc")))
    shown, expected = show("threshold").update(framer.frame()), against_threshold(framer.frame())
    drawn = {line.get_color(): line.get_xydata() for line in shown.lines()}
    for curve in expected.curves:
        np.testing.assert_array_equal(drawn[shown.panel._theme.colour(curve.style)], np.column_stack(curve.line))
        now = curve.values[expected.position(0.5)]
        assert f"{curve.label} {now:.3f} ★ at {named(curve.best[0])}" in shown.words()
    stars, colour = shown.panel._stars, shown.panel._theme.colour
    assert dict(zip(stars.colours, stars.places, strict=True)) == {
        colour(curve.style): curve.best for curve in expected.curves
    }


def test_the_axis_stays_where_mcc_is_a_little_below_zero_now_and_then(make_framer: Make, show: Show) -> None:
    """One negative above all positives makes MCC negative at the highest thresholds: nothing behind is redrawn."""
    truth = np.arange(1_000) < 500
    good = np.where(truth, 0.8, 0.2)
    odd = np.where(np.arange(1_000) == 999, 0.99, good)
    framer = make_framer([(truth, good), (truth, odd), (truth, good)])
    framer.turn(metrics=(parse_spec("mcc"),))
    shown, ends, lowest = show("threshold"), set(), []
    for position in range(3):
        frame = framer.frame(position)
        shown.update(frame)
        lowest.append(np.nanmin(against_threshold(frame).curves[0].values))
        ends.add(shown.axes.get_ylim())
    assert lowest[0] >= 0 > lowest[1]
    assert len(ends) == 1


def test_a_moving_threshold_draws_one_line_and_the_values(framer: Framer, show: Show) -> None:
    """No curve is drawn again."""
    shown = show("threshold", "f1", "recall").update(framer.frame())
    framer.turn(threshold=0.62)
    shown.panel.update(framer.frame())
    assert {type(artist).__name__ for artist in shown.stale()} == {"Line2D", "Label"}
    assert [artist for artist in shown.stale() if type(artist).__name__ == "Line2D"] == [shown.panel._line]


def test_a_drag_sets_the_threshold_and_the_mouse_reads_values(framer: Framer, show: Show) -> None:
    """Within [0, 1]."""
    shown = show("threshold", "f1").update(framer.frame())
    assert shown.panel.pick(0.31, 0.5) == {"threshold": 0.31}
    assert shown.panel.pick(-0.1, 0.5) == {"threshold": 0.0}
    numbers = against_threshold(framer.frame(), ["f1"])
    curve = numbers.curves[0]
    value, best = curve.values[numbers.position(0.31)], named(curve.best[0])
    assert shown.panel.read_out(0.31, 0.2) == f"threshold 0.31: F1 {value:.3f} (★ at {best})"


@pytest.mark.parametrize("width", [180, 225, 320, 600])
def test_every_number_stands_behind_the_name_that_it_is_of(framer: Framer, show: Show, width: int) -> None:
    """Where a panel is narrow the value goes before the star's threshold, and no number stands alone."""
    framer.turn(metrics=tuple(map(parse_spec, ("precision", "recall", "f1", "mcc"))))
    shown = show("threshold", size=(width, 265)).update(framer.frame())
    labels = [curve.label for curve in against_threshold(framer.frame()).curves]
    named_words = [words for words in shown.words() if any(words.startswith(f"{label} ") for label in labels)]
    assert len(named_words) == len(labels)
    assert len(shown.words()) == len(labels) + 1  # and the title


def test_a_formula_that_fails_says_so_and_the_others_stay(framer: Framer, show: Show) -> None:
    """With what is wrong, broken into lines that fit."""
    shown = show("threshold", "f1", "nonsense").update(framer.frame())
    assert any("nonsense" in words for words in shown.words())
    assert len(shown.lines()) == 1


def test_the_axis_holds_formulas_that_go_below_zero(make_framer: Make, show: Show) -> None:
    """Scores that are wrong have a negative MCC."""
    framer = make_framer([([0, 1, 0, 1], [0.9, 0.2, 0.7, 0.1])])
    low, high = show("threshold", "mcc").update(framer.frame()).axes.get_ylim()
    values = against_threshold(framer.frame(), ["mcc"]).curves[0].values
    assert low < np.nanmin(values) < 0
    assert high > np.nanmax(values)
