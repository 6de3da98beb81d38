"""The panel `calibration` holds the numbers of its frame."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from viewer.frame import Framer
from viewer.panels.calibration.artists import small
from viewer.panels.calibration.numbers import calibration

Make, Show = Callable[..., Framer], Callable[..., Any]


@pytest.fixture
def framer(make_framer: Make, rng: np.random.Generator) -> Framer:
    """Of three epochs, without scores from 0.8 up."""
    epochs = []
    for _ in range(3):
        scores = 0.8 * rng.random(150) ** 2
        epochs.append((rng.random(150) < scores, scores))
    return make_framer(epochs)


def test_line_bars_and_counts_are_the_frames(framer: Framer, show: Show) -> None:
    """A point a group that has samples, an interval around it, a bar below it."""
    shown, expected = show("calibration").update(framer.frame()), calibration(framer.frame())
    diagram = expected.diagrams[0]
    (line,) = [line for line in shown.lines() if line.get_marker() == "o"]
    np.testing.assert_array_equal(line.get_xydata(), np.column_stack([diagram.predicted, diagram.observed]))
    upright = [bar[:, 1] for bar in shown.panel._whiskers.get_segments() if bar[0, 0] == bar[1, 0]]
    np.testing.assert_allclose(upright, np.column_stack(diagram.interval))
    level = [bar[:, 0] for bar in shown.panel._whiskers.get_segments() if bar[0, 1] == bar[1, 1]]
    np.testing.assert_allclose(level, np.column_stack(diagram.reach))
    np.testing.assert_array_equal(shown.panel._counts._bars.get_data().values, expected.counts)
    assert small(diagram.ece) in shown.panel._title.get_text()


def test_a_moving_threshold_draws_nothing(framer: Framer, show: Show) -> None:
    """Calibration knows no threshold."""
    shown = show("calibration").update(framer.frame())
    framer.turn(threshold=0.2)
    shown.panel.update(framer.frame())
    assert shown.stale() == set()


def test_measures_over_epochs_stand_beside_where_there_is_room(framer: Framer, show: Show) -> None:
    """On a wide cell; on a narrow one the title has their values."""
    expected = calibration(framer.frame(1))
    wide, narrow = (show("calibration", size=size).update(framer.frame(1)) for size in ((800, 350), (300, 350)))
    axes = wide.panel._history.axes
    assert axes.get_visible()
    assert not narrow.panel._history.axes.get_visible()
    drawn = [line.get_ydata() for line in axes.lines if len(line.get_xdata()) == 3]
    np.testing.assert_array_equal(drawn, [each.values for each in expected.history])
    assert [each.label for each in expected.history] == ["ECE", "Brier score"]
    assert expected.history[0].now == pytest.approx(expected.diagrams[0].ece)


def test_the_mouse_reads_the_group(framer: Framer, show: Show) -> None:
    """How many, what was predicted, and what came; of an empty one that it is empty."""
    shown, expected = show("calibration").update(framer.frame()), calibration(framer.frame())
    diagram = expected.diagrams[0]
    words = f"0.1 < score ≤ 0.2: {expected.counts[1]:.0f} scores"
    values = f"{diagram.predicted[1]:.3f} predicted, {diagram.observed[1]:.3f} came true"
    assert shown.panel.read_out(0.15, 0.5) == f"{words}, {values}"
    assert shown.panel.read_out(0.95, 0.5) == "0.9 < score ≤ 1: 0 scores"


def test_classes_have_a_line_and_an_error_each(make_framer: Make, show: Show, rng: np.random.Generator) -> None:
    """And no bars, which would hide each other."""
    framer = make_framer([(rng.integers(0, 3, 60), rng.dirichlet(np.ones(3), 60))], class_names=["cat", "dog", "owl"])
    shown = show("calibration").update(framer.frame())
    for diagram in calibration(framer.frame()).diagrams:
        assert f"{diagram.name} {small(diagram.ece)}" in shown.words()
    assert shown.panel._whiskers.get_segments() == []


def test_small_errors_keep_two_digits() -> None:
    """And none has five."""
    assert [small(value) for value in (0.0627, 0.00612, 0.000512, 0.0)] == ["0.063", "0.0061", "0.00051", "0.000"]


def test_measures_of_one_epoch_are_marks(runs: dict[str, Framer], show: Show) -> None:
    """As a line of one point is nothing to be seen; the epoch stands in the middle, and is the one tick."""
    shown = show("calibration", size=(700, 350)).update(runs["one"].frame())
    axes = shown.panel._history.axes
    lines = [line for line in axes.lines if line.get_marker() == "."]
    assert [line.get_markevery() for line in lines] == [[0], [0]]
    assert axes.get_xlim() == (-0.5, 0.5)
    assert [tick.get_loc() for tick in axes.xaxis._update_ticks()] == [0]
