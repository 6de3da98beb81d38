"""Nothing overlaps and nothing is clipped, whatever the run, the size and the theme."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from tests.conftest import later
from viewer.dashboard.figure import Dashboard, default_layout
from viewer.drawing.grid import Grid
from viewer.drawing.theme import THEMES
from viewer.formulas import parse_spec
from viewer.frame import Framer
from viewer.panels.cell import Cell

Runs = dict[str, Framer]
SLACK = 2.0  # pixels: boxes of text have air around the ink
EVERY = "curves scores pr roc matrix / threshold surface calibration classes / samples[2] status logs gallery"


def drawn(framer: Framer, layout: str, *, size: str = "900x600", theme: str = "light", position: int = -1) -> Dashboard:
    """A painted dashboard."""
    wide, tall = map(int, size.split("x"))
    figure = Figure(figsize=(wide / 100, tall / 100), dpi=100)
    FigureCanvasAgg(figure).draw()
    frame = framer.frame(position)
    dashboard = Dashboard(figure, layout or default_layout(frame), theme=THEMES[theme])
    for _ in range(2):  # room is made in the first, words are placed for good in the second
        dashboard.update(frame)
        dashboard.paint()
    return dashboard


def untidy(dashboard: Dashboard) -> list[str]:
    """A sentence for each text that leaves its cell, and for each two that overlap."""
    renderer: Any = dashboard.figure.canvas.get_renderer()  # type: ignore[attr-defined] # Agg has it
    faults = []
    for cell in dashboard.cells:
        boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in seen(cell)]
        name = type(cell.panel).__name__
        for words, box in boxes:
            if (box.p0 < cell.bbox.p0 - SLACK).any() or (box.p1 > cell.bbox.p1 + SLACK).any():
                faults.append(f"{name}: {words!r} leaves its cell")
        for number, (words, box) in enumerate(boxes):
            for other, second in boxes[:number]:
                across = np.minimum(box.p1, second.p1) - np.maximum(box.p0, second.p0)
                if (across > SLACK).all():
                    faults.append(f"{name}: {words!r} overlaps {other!r}")
    return faults


def seen(cell: Cell) -> Iterator[Text]:
    """Every visible text of a cell that says something."""
    for axes in cell.axes:
        if not axes.get_visible():
            continue
        ticks = [tick for axis in (axes.xaxis, axes.yaxis) if axes.axison for tick in axis._update_ticks()]
        names = [axes.xaxis.label, axes.yaxis.label] if axes.axison else []
        grids = [label for grid in axes.get_children() if isinstance(grid, Grid) for label in grid._labels()]
        found = [*axes.texts, *names, *grids, *(tick.label1 for tick in ticks), *(tick.label2 for tick in ticks)]
        yield from (text for text in found if text.get_visible() and text.get_text())


@pytest.mark.parametrize("size", ["900x600", "360x640", *later("1920x1080", "3840x2160")])
@pytest.mark.parametrize(
    "name", ["binary", "multiclass", "logs", "by steps", *later("multilabel", "counts", "hundred", "long")]
)
def test_the_default_dashboard_is_tidy(runs: Runs, name: str, size: str) -> None:
    """From a telephone to a wall, for every kind of run."""
    assert untidy(drawn(runs[name], "", size=size)) == []


@pytest.mark.parametrize(
    "name", ["hundred", *later("one", "three steps", "binary", "multiclass", "short", "by steps", "one step")]
)
def test_every_panel_is_tidy_where_there_is_little_room(runs: Runs, name: str) -> None:
    """Twelve panels on 1,280 x 860, in the dark, in the middle of the run."""
    framer = runs[name]
    assert untidy(drawn(framer, EVERY, size="1280x860", theme="dark", position=len(framer) // 2)) == []


@pytest.mark.parametrize(
    "layout", ["curves scores calibration / roc pr samples", "samples matrix status / surface logs"]
)
@pytest.mark.parametrize("name", ["binary", *later("multiclass", "hundred", "one")])
def test_panels_of_two_inches_leave_out_what_has_no_room(runs: Runs, name: str, layout: str) -> None:
    """Three beside one another on 800 x 450: labels are shorter, lists and words in the map of samples go."""
    assert untidy(drawn(runs[name], layout, size="800x450")) == []


@pytest.mark.parametrize("name", ["logs", "unscored", *later("empty", "one", "counts")])
def test_every_panel_says_what_is_missing(runs: Runs, name: str) -> None:
    """Of a run without epochs, with one, of logs, of four counts, or with NaN for scores, no panel fails."""
    dashboard = drawn(runs[name], EVERY, size="1280x860")
    assert [cell._fault.get_text() for cell in dashboard.cells if cell._fault.get_text()] == []
    assert untidy(dashboard) == []


@pytest.mark.parametrize("metrics", [8, 1])
def test_curves_of_many_and_of_one_formula_are_tidy(runs: Runs, metrics: int) -> None:
    """Names stand beside the lines, or above them where the cell is narrow."""
    names = ["precision", "recall", "f1", "mcc", "specificity", "npv", "kappa", "lr+"][-metrics:]
    framer = Framer(runs["binary"].run)
    framer.turn(metrics=tuple(map(parse_spec, names)))
    assert untidy(drawn(framer, "curves[3] curves / status curves threshold")) == []


@pytest.mark.campaign
def test_runs_laid_over_each_other_are_tidy(runs: Runs) -> None:
    """Each has a colour and a name."""
    framer = Framer(runs["binary"].run, others=(runs["long"].run, runs["short"].run))
    assert untidy(drawn(framer, "curves curves:f1 / curves:loss curves:f1,mcc,recall status")) == []
    for size in ("900x600", "1366x650"):
        assert untidy(drawn(framer, "", size=size)) == []
        assert untidy(drawn(framer, "logs curves", size=size)) == []


def test_a_long_name_and_a_running_run_share_the_header(runs: Runs, make_framer: Callable[..., Framer]) -> None:
    """The name is shortened, the state is not."""
    scores = np.array([0, 1]), np.array([0.2, 0.8], np.float32)
    framer = make_framer([scores], name="a name given in the belief that there is always room for more words")
    dashboard = drawn(framer, "status")
    assert untidy(dashboard) == []
    words = [text.get_text() for text in seen(dashboard.cells[-1])]
    assert any(text.endswith("finished") for text in words)
    assert any(text.endswith("…") for text in words)
