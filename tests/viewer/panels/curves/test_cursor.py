"""A cursor that moves over the epochs leaves curves as they are, and is what a picture of that epoch alone shows."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from viewer.dashboard.figure import Dashboard
from viewer.frame import Framer
from viewer.panels.curves.numbers import curves, curves_alone
from viewer.run import open_run
from viewer.run.patience import Patience

from ...dashboard.redraws import Growing, Stepped


def test_curves_are_the_same_object_wherever_the_cursor_is(tmp_path: Path) -> None:
    """Until the run grows or something is set; what is at the cursor is told apart from them."""
    run = Growing(tmp_path, "binary")
    run.grow(5)
    framer = Framer(open_run(run.folder))
    first = curves_alone(framer.frame(1))
    assert curves_alone(framer.frame(3)) is first
    np.testing.assert_array_equal(
        [curve.now for curve in curves(framer.frame(3)).curves], [curve.values[3] for curve in first.curves]
    )
    framer.turn(threshold=0.3)
    moved = curves_alone(framer.frame(3))
    assert moved is not first
    run.grow(1)
    framer.refresh()
    assert {len(curve.values) for curve in curves_alone(framer.frame(3)).curves} == {6}


def test_bands_that_are_not_whole_are_not_kept(tmp_path: Path) -> None:
    """A picture that did not wait for its bands is followed by one that has more of them."""
    run = Growing(tmp_path, "multiclass")
    run.grow(30)
    framer = Framer(open_run(run.folder))
    ticks = itertools.count()  # seconds pass whenever somebody looks
    whole = curves_alone(Framer(open_run(run.folder)).frame()).curves[0].band
    framer.patience = Patience(1.0, clock=lambda: next(ticks) / 2)
    known = []
    for _ in range(60):
        framer.patience.begin(0)
        band = curves_alone(framer.frame()).curves[0].band
        assert band is not None
        known.append(int(np.isfinite(band[0]).sum()))
    assert whole is not None
    assert known[0] < known[-1] == int(np.isfinite(whole[0]).sum())


def test_steps_of_the_cursor_lead_where_one_drawing_does(tmp_path: Path) -> None:
    """To epochs whose values are shorter and longer, in large and in small plots, and after a size has changed."""
    run = Growing(tmp_path, "multiclass")
    run.grow(12)
    picture = Stepped(run, "curves:mcc,accuracy logs / curves:loss")
    for step in [("seek", 0.0), ("seek", 0.5), ("seek", 1.0), ("size", (640, 480)), ("seek", 0.2), ("log", None)]:
        picture.step(*step)
        np.testing.assert_array_equal(picture.pixels(), picture.at_once())


def test_a_threshold_that_moves_leaves_the_plot_of_logs_as_it_is(tmp_path: Path) -> None:
    """Nothing of it is laid out again, or drawn; a value that is another is."""
    run = Growing(tmp_path, "binary")
    run.grow(5)
    framer = Framer(open_run(run.folder))
    figure = Figure(figsize=(6, 4))
    FigureCanvasAgg(figure)
    dashboard = Dashboard(figure, "curves:loss")
    panel: Any = dashboard.panels[0]
    (plot,) = panel._plots
    plot._lay_out = Mock(wraps=plot._lay_out)
    for threshold in (0.2, 0.4, 0.6):
        framer.turn(threshold=threshold)
        dashboard.update(framer.frame())
    assert plot._lay_out.call_count == 1
    run.grow(1)
    framer.refresh()
    dashboard.update(framer.frame())
    assert plot._lay_out.call_count == 2
