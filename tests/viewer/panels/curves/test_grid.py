"""Small plots in the place of one panel: of several runs a formula each, of logs a log each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.text import Text

import viewer
from recorder import RunWriter
from viewer.drawing.theme import LIGHT
from viewer.frame import Framer, Knobs
from viewer.panels.curves.grid import LOWEST, NARROWEST, plot_grid
from viewer.panels.curves.numbers import log_names

Show, Runs = Callable[..., Any], dict[str, Framer]
LOGS = {"learning_rate": 1e-3, "loss": 1.0, "val_loss": 2.0, "accuracy": 0.5, "val_auc": 0.4, "norm": 30.0, "mcc": 0.1}


@given(st.integers(1, 12), st.floats(0.5, 20), st.floats(0.5, 20))
def test_a_grid_has_as_many_plots_as_have_room(plots: int, wide: float, tall: float) -> None:
    """Each in a part of its own, inside; one in any case, and all of them where that leaves each enough."""
    grid = plot_grid(plots, wide, tall)
    places = grid.places((0.0, 0.0, 1.0, 1.0))
    assert len(places) == grid.plots == len({(left, bottom) for left, bottom, *_ in places})
    assert all(left >= 0 and bottom >= -1e-9 for left, bottom, *_ in places)
    if grid.plots > 1:
        assert wide / grid.columns >= NARROWEST
        assert tall / grid.rows >= LOWEST
    if wide >= plots * NARROWEST and tall >= LOWEST:
        assert grid.plots == plots


@pytest.mark.parametrize("size", [(700, 600), (1400, 400), (360, 640)])
def test_two_runs_have_a_plot_a_formula_in_which_colour_says_run(runs: Runs, show: Show, size: tuple[int, int]) -> None:
    """Two lines each, named once above all of them, whatever shape the panel has; another formula has another plot."""
    framer = Framer(runs["binary"].run, others=(runs["short"].run,))
    shown = show("curves", "f1", "recall", "mcc", size=size).update(framer.frame(3))
    shown.cell.update(framer.frame(3))
    plots = shown.panel._plots
    assert [plot._title.get_text() for plot in plots] == ["F1", "recall", "MCC"]
    for plot in plots:
        drawn = [line for line in plot.axes.lines if line.get_visible() and line.get_marker() == "."]
        assert [line.get_color() for line in drawn] == [LIGHT.colour(0), LIGHT.colour(1)]
        assert {line.get_linestyle() for line in drawn} == {"-"}
        assert shown.cell.panel_at(plot.axes) is plot
    words = shown.words()
    assert {"binary", "short"} <= set(words)
    assert f"{framer.run.values('f1')[3]:.3f}" in words
    assert "at threshold 0.500" in words


def test_plots_come_and_go_with_what_is_asked_for(runs: Runs, show: Show) -> None:
    """A run that is laid over makes several of one; without it there is one again, and nothing of the others stays."""
    alone, both = Framer(runs["binary"].run), Framer(runs["binary"].run, others=(runs["short"].run,))
    shown = show("curves", "f1", "recall", size=(700, 400))
    for framer, plots in ((alone, 1), (both, 2), (alone, 1)):
        shown.cell.update(framer.frame())
        shown.paint()
        assert len(shown.panel._plots) == len(shown.figure.axes) == len(shown.cell.axes) == plots
    before = np.asarray(shown.canvas.buffer_rgba()).copy()
    fresh = show("curves", "f1", "recall", size=(700, 400))
    fresh.cell.update(alone.frame())
    fresh.paint()
    np.testing.assert_array_equal(before, np.asarray(fresh.canvas.buffer_rgba()))


def test_what_has_no_room_is_counted(runs: Runs, show: Show) -> None:
    """One plot at least."""
    framer = Framer(runs["binary"].run, others=(runs["short"].run,))
    shown = show("curves", "f1", "recall", "mcc", size=(240, 240)).update(framer.frame())
    assert len(shown.panel._plots) == 1
    assert "2 more have no room" in shown.panel._note.get_text().replace("\n", " ")


@pytest.fixture
def logged(tmp_path: Path) -> viewer.Run:
    with RunWriter(tmp_path) as writer:
        for epoch in range(3):
            writer.epoch(epoch, logs=LOGS | {"norm": 30.0 * epoch}, val=([0, 1, 1], [0.2, 0.9, 0.4]))
    return viewer.open_run(writer.folder)


def test_every_log_has_a_plot_and_a_scale_of_its_own(logged: viewer.Run, show: Show) -> None:
    """The loss first; a metric of Keras is the log, though a formula has its name; one's own stand behind."""
    frame = Framer(logged).frame()
    assert log_names(frame) == ["loss", "accuracy", "auc", "norm"]
    shown = show("logs", size=(900, 600)).update(frame)
    shown.cell.update(frame)
    titles = {plot._title.get_text(): plot for plot in shown.panel._plots}
    assert list(titles) == ["loss", "accuracy", "auc", "norm"]
    low, high = titles["accuracy"].axes.get_ylim()
    assert low < 0.5 < high < 10
    assert titles["norm"].axes.get_ylim()[1] > 50
    assert {"val 2.000", "train 1.000", "0.500", "60"} <= set(shown.words())
    assert "epoch 2: norm 60" in shown.cell.panel_at(titles["norm"].axes).read_out(2, 60)
    named = show("logs", "norm", size=(500, 300)).update(frame)
    assert [plot._title.get_text() for plot in named.panel._plots] == ["norm"]


def test_a_rate_is_shown_where_it_changes_or_is_all(tmp_path: Path, runs: Runs) -> None:
    """Last; without counts, what is called mcc is somebody's log."""
    for logs, expected in (
        ([{"learning_rate": 1.0, "loss": 1.0, "mcc": 1.0}, {"learning_rate": 0.5}], ["loss", "mcc", "learning_rate"]),
        ([{"learning_rate": 1.0}], ["learning_rate"]),
        ([{}], []),
    ):
        with RunWriter(tmp_path) as writer:
            for epoch, own in enumerate(logs):
                writer.epoch(epoch, logs=own)
        assert log_names(Framer(viewer.open_run(writer.folder)).frame()) == expected


@pytest.mark.parametrize("name", ["curves", "logs"])
def test_what_has_no_logarithm_is_said_and_marked(tmp_path: Path, show: Show, name: str) -> None:
    """Values of 0 or less, on a logarithmic axis only: a mark at its lower end, and words beneath."""
    with RunWriter(tmp_path) as writer:
        for epoch in range(12):
            writer.epoch(epoch, logs={"loss": 5.0 - epoch, "other": 1.0 + epoch})
    frame = Framer(viewer.open_run(writer.folder)).frame()
    for names, expected in ((("loss",), True), (("other",), False)):
        shown = show(name, *names, size=(900, 600)).update(frame)
        words = lambda shown=shown: " ".join(text.get_text() for text in shown.figure.findobj(Text))  # noqa: E731
        assert "0 or less" not in words()
        shown.panel.toggle_log()
        shown.update(frame)
        assert ("▼ 0 or less" in words()) == expected
        assert [place[0] for plot in shown.panel._plots for place in plot._strokes._below.places] == [5.0] * expected


def test_the_key_for_logarithms_reaches_every_plot_whenever_it_is_made(logged: viewer.Run, show: Show) -> None:
    """Also those that come later."""
    shown = show("logs", "loss", size=(900, 600)).update(Framer(logged).frame())
    shown.panel.toggle_log()
    shown.panel.formulas = ()
    shown.cell.update(Framer(logged, Knobs()).frame())
    assert {plot.axes.get_yscale() for plot in shown.panel._plots} == {"log"}
