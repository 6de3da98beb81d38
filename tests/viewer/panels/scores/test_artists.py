"""The panel `scores` holds the numbers of its frame."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_rgba
from matplotlib.patches import StepPatch

from viewer.drawing.limits import count
from viewer.frame import Framer
from viewer.panels.scores.numbers import distribution

Make, Show = Callable[..., Framer], Callable[..., Any]


def steps(shown: Any) -> list[StepPatch]:
    """The visible distributions."""
    return [patch for patch in shown.axes.patches if isinstance(patch, StepPatch) and patch.get_visible()]


@pytest.fixture
def framer(make_framer: Make, rng: np.random.Generator) -> Framer:
    """Of ten epochs."""
    truth = rng.random(200) < 0.3
    return make_framer([(truth, np.clip(rng.random(200) * 0.7 + 0.3 * truth, 0, 1)) for _ in range(10)])


def test_each_side_and_each_ghost_is_drawn_as_counted(framer: Framer, show: Show) -> None:
    """Filled and in the colour of the class; ghosts are outlines."""
    shown, expected = show("scores").update(framer.frame()), distribution(framer.frame())
    palette = shown.panel._theme.palette
    found = {(patch.get_edgecolor(), patch.get_facecolor()[3] > 0): patch.get_data() for patch in steps(shown)}
    assert len(found) == 4
    for side in expected.sides:
        data = found[to_rgba(palette[side.style], 1), True]
        np.testing.assert_array_equal(data.values, side.counts)
        np.testing.assert_array_equal(data.edges, expected.edges)
        assert f"{side.name} {side.counts.sum():,}" in shown.words()
    for number, counts in enumerate(expected.ghosts[0][1]):
        np.testing.assert_array_equal(found[to_rgba(palette[number], 0.4), False].values, counts)
    assert shown.axes.get_xlabel() == "predicted probability of positive   (faint: 8 epochs ago)"


@pytest.mark.parametrize("size", [(250, 180), (500, 350), (1200, 900)])
@pytest.mark.parametrize("panel", ["scores", "calibration"])
def test_every_tick_of_counts_has_its_number(framer: Framer, show: Show, panel: str, size: tuple[int, int]) -> None:
    """And the largest count is not above the last by more than a decade."""
    shown = show(panel, size=size).update(framer.frame())
    axes = shown.cell.axes[0 if panel == "scores" else 1]
    ticks = axes.yaxis._update_ticks()
    assert [tick.label1.get_text() for tick in ticks] == [count(tick.get_loc()) for tick in ticks]
    expected = distribution(framer.frame())
    assert max(tick.get_loc() for tick in ticks) * 10 >= max(side.counts.max() for side in expected.sides)


@pytest.mark.parametrize("log", [True, False])
def test_the_tallest_bin_stays_below_the_names(framer: Framer, show: Show, log: bool) -> None:
    """With logarithmic and linear counts."""
    shown = show("scores")
    if not log:
        shown.panel.toggle_log()
    shown.update(framer.frame())
    highest = max(side.counts.max() for side in distribution(framer.frame()).sides)
    top = shown.axes.transData.transform((0, highest))[1]
    below = [
        text.get_window_extent().y0
        for text in shown.texts()
        if text.axes is shown.axes and text is not shown.panel._title
    ]
    assert top <= min(below) + 1
    assert shown.axes.get_yscale() == ("symlog" if log else "linear")


def test_a_moving_threshold_draws_one_line_and_its_value(framer: Framer, show: Show) -> None:
    """No distribution is drawn again, and a drag sets what the line shows."""
    shown = show("scores").update(framer.frame())
    assert "threshold 0.500" in shown.words()
    framer.turn(**shown.panel.pick(0.9, 10))
    shown.panel.update(framer.frame())
    assert shown.stale() == {shown.panel._threshold, shown.panel._value}
    assert list(shown.panel._threshold.get_xdata()) == [framer.frame().threshold] * 2
    assert shown.panel._value.get_horizontalalignment() == "right"


def test_the_mouse_reads_the_bin(framer: Framer, show: Show) -> None:
    """Its ends and its counts."""
    shown, expected = show("scores").update(framer.frame()), distribution(framer.frame())
    negative, positive = (side.counts[15] for side in expected.sides)
    assert shown.panel.read_out(0.31, 3) == f"0.3 < probability ≤ 0.32: {negative} negative, {positive} positive"


def test_the_class_in_view_goes_and_comes(make_framer: Make, show: Show, rng: np.random.Generator) -> None:
    """Three classes, one against the rest, and three again: what is not shown is hidden."""
    framer = make_framer([(rng.integers(0, 3, 60), rng.dirichlet(np.ones(3), 60))], class_names=["cat", "dog", "owl"])
    shown = show("scores").update(framer.frame())
    assert len(steps(shown)) == 3
    framer.turn(label=2)
    shown.update(framer.frame())
    palette, quiet = shown.panel._theme.palette, shown.panel._theme.quiet
    assert [patch.get_edgecolor() for patch in steps(shown)] == [to_rgba(quiet), to_rgba(palette[2])]
    framer.turn(label=None)
    assert len(steps(shown.update(framer.frame()))) == 3


def test_counts_have_few_digits() -> None:
    """On an axis there is little room."""
    assert [count(value) for value in (500, 2_000, 20_000, 3_000_000)] == ["500", "2,000", "20k", "3M"]
