"""Panels on figures of one's own: every panel keeps to the place of its axes, and the numbers are those of the run."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.figure import Figure
from sklearn.metrics import average_precision_score, roc_auc_score

import viewer
from tests.conftest import later_rows
from viewer.export.display import PanelDisplay
from viewer.export.user_axes import room_of
from viewer.panels import PANELS, PanelError

from ..conftest import Runs

NAMES = [
    "curves",
    "scores",
    "pr",
    "roc",
    "matrix",
    "threshold",
    "surface",
    "calibration",
    "classes",
    "samples",
    "status",
]


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """No figure of pyplot is left over."""
    yield
    pyplot.close("all")


def taken(figure: Any, axes: list[Any]) -> Any:
    """The box in pixels that axes reach with all their words."""
    renderer = figure.canvas.get_renderer()
    boxes = [box for one in axes if (box := one.get_tightbbox(renderer)) is not None]  # None of one that is not shown
    return type(boxes[0]).union(boxes)


@pytest.mark.parametrize(
    ("kind", "engine"),
    [
        ("multiclass", "tight"),
        ("one", "constrained"),
        *later_rows(("binary", None), ("logs", None), ("multilabel", "constrained")),
    ],
)
def test_every_panel_keeps_to_the_place_of_its_axes(runs: Runs, kind: str, engine: Any) -> None:
    """Twelve axes, one of them its owner's: no panel reaches into another one's place, nor over the figure's edge."""
    run = runs[kind].run
    figure, grid = pyplot.subplots(3, 4, figsize=(18, 11), layout=engine)
    for name, ax in zip(NAMES, grid.flat, strict=False):
        before = {*figure.axes} - {ax}
        display = run.plot(name, ax=ax)
        assert display.ax_ is ax
        assert display.figure_ is figure
        made = [one for one in figure.axes if one not in before]
        left, bottom, width, height = room_of(ax)
        box = taken(figure, made).transformed(figure.transFigure.inverted())
        edges = np.array([[box.x0, box.y0], [box.x1, box.y1]])
        assert (edges[0] > (left - 0.004, bottom - 0.004)).all(), (name, edges)
        assert (edges[1] < (left + width + 0.004, bottom + height + 0.004)).all(), (name, edges)
    assert not [artist for artist in figure.findobj() if artist.get_animated()]  # all is drawn, whoever draws


def test_what_is_drawn_is_what_the_run_says(runs: Runs) -> None:
    """Of the epoch that was named, of the best, of the last; the matrix at a threshold."""
    run = runs["binary"].run
    for epoch, position in ((7, 7), ("last", 29), ("best", run.best().position)):
        ax = run.plot("pr", epoch=epoch).ax_
        words = " ".join(text.get_text() for text in ax.texts if text.get_visible())
        assert f"AP {run.exact('average_precision')[position]:.3f}" in words
    words = [text.get_text() for text in run.plot("matrix", epoch=7, threshold=0.25).ax_.texts]
    assert "Confusion matrix at 0.250" in words


def test_predictions_that_were_never_recorded(tmp_path: Path) -> None:
    """The areas are scikit-learn's; what they are counted in goes when the display does."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 500)
    score = np.clip(rng.normal(0.4 + 0.2 * truth, 0.2), 0, 1).astype(np.float32)
    for panel, area in (("roc", roc_auc_score), ("pr", average_precision_score)):
        display = PanelDisplay.from_predictions(truth, score, panel=panel).plot()
        words = " ".join(text.get_text() for text in display.ax_.texts)
        assert f"{area(truth, score):.3f}" in words
    folder = display._frame.run.folder.parent
    assert folder.is_dir()
    del display
    assert not folder.exists()
    shown = PanelDisplay.from_predictions(
        ["a", "b", "c"] * 9, np.eye(3)[[0, 1, 2] * 9], panel="matrix", class_names=["a", "b", "c"]
    )
    assert "a" in [label.get_text() for label in shown.plot().ax_.texts] or shown.ax_.get_xticklabels()


def test_predictions_that_cannot_be_counted_leave_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rule, then what came; no folder stays behind."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(ValueError, match="Received"):
        PanelDisplay.from_predictions([0, 1, 1], [0.5, 0.5])
    with pytest.raises(PanelError):
        PanelDisplay.from_predictions([0, 1], [0.5, 0.5], panel="nothing")
    assert not list(tmp_path.iterdir())


def test_a_part_of_a_figure_is_a_figure_too(runs: Runs) -> None:
    """Axes of a subfigure, in a figure with a layout engine."""
    figure = pyplot.figure(figsize=(12, 5), layout="constrained")
    left, right = figure.subfigures(1, 2)
    right.subplots().plot([1, 2])
    display = runs["binary"].run.plot("calibration", ax=left.subplots())
    assert display.figure_ is left
    figure.canvas.draw()
    box = taken(figure, list(left.axes))
    assert 0 <= box.x0 < box.x1 <= figure.bbox.width / 2


@pytest.mark.parametrize(
    ("colour", "theme", "dark"), [("black", None, True), ("white", None, False), ("white", "dark", True)]
)
def test_a_panel_takes_the_colours_that_suit_the_figure(runs: Runs, colour: str, theme: Any, dark: bool) -> None:
    """Light words on dark paper, unless a theme is named."""
    figure = Figure(facecolor=colour)
    display = runs["binary"].run.plot("roc", ax=figure.add_subplot(), theme=theme)
    assert (np.mean(display.ax_.get_facecolor()[:3]) < 0.5) == dark


@pytest.mark.parametrize(
    ("panel", "asked", "message"),
    [
        ("nothing", {}, r"a panel must be one of .* Received: 'nothing'"),
        ("pr roc", {}, r"one panel must be named, .* Received: 'pr roc'"),
        ("pr", {"epoch": 99}, r"epoch must be a recorded one \(0 to 29; nearest: 29\)\. Received: 99"),
        ("pr", {"epoch": "first"}, r"a point of a run must be best, last, a number, .* Received: 'first'"),
        ("pr", {"split": "test"}, r"split must be one of .* Received: 'test'"),
        ("pr", {"threshold": 1.5}, r"threshold must be in \[0, 1\]\. Received: 1\.5"),
        ("pr", {"band": 95}, r"band must be in \[0, 1\)\. Received: 95"),
        ("pr", {"label": "cat"}, r"label must be one of .* Received: 'cat'"),
        ("pr", {"output": "left"}, r"output must be one of .* Received: 'left'"),
        ("pr", {"theme": "pink"}, r"theme must be one of light, dark\. Received: 'pink'"),
        ("curves", {"metrics": ["nonsense"]}, r"Received: 'nonsense'"),
        ("pr", {"colour": "red"}, r"(?s)colour"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_drawn(runs: Runs, panel: str, asked: Any, message: str) -> None:
    """The rule, then what came; no figure is left open."""
    with pytest.raises((ValueError, TypeError), match=message):
        runs["binary"].run.plot(panel, **asked)
    assert not pyplot.get_fignums()


def test_a_panel_of_ones_own_raises_its_own_error(runs: Runs) -> None:
    """Where a dashboard would show the error and go on, a program is told."""
    layer = object()
    with PANELS.layer(layer):
        PANELS.register("broken", lambda ax, frame: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            runs["binary"].run.plot("broken")


def test_a_dashboard_is_drawn_and_written(runs: Runs, tmp_path: Path) -> None:
    """On a figure of one's own, as a picture, a film and a report; a name that says none of these is refused."""
    run = runs["short"].run
    figure = Figure(figsize=(9, 6))
    assert run.draw(figure, epoch="best", layout="pr matrix") is figure
    assert not [artist for artist in figure.findobj() if artist.get_animated()]
    done: list[tuple[int, int]] = []
    run.save(tmp_path / "a.png", epoch=1, size=(640, 400))
    run.save(str(tmp_path / "a.gif"), size=(640, 400), every=2, progress=lambda *step: done.append(step))
    run.save(tmp_path / "report.html")
    assert {path.name for path in tmp_path.iterdir()} == {"a.png", "a.gif", "report.html"}
    assert done[-1][0] == done[-1][1]
    assert "<h1" in (tmp_path / "report.html").read_text()
    for name, message in (("a.csv", "a picture must end in one of"), ("a-report.png", "")):
        if message:
            with pytest.raises(ValueError, match=message):
                run.save(tmp_path / name)
        else:
            run.save(tmp_path / name, size=(640, 400))
            assert (tmp_path / name).read_bytes()[:4] == b"\x89PNG"  # a picture, whatever it is called
    with pytest.raises(ValueError, match="a picture needs an epoch"):
        runs["empty"].run.save(tmp_path / "b.png")


def test_nothing_that_draws_is_loaded_before_it_is_wanted(tmp_path: Path) -> None:
    """`import viewer` and an opened run load no matplotlib; `dir` knows `PanelDisplay` all the same."""
    code = "import sys, viewer; 'PanelDisplay' in dir(viewer); viewer.open_run; assert 'matplotlib' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert viewer.PanelDisplay is PanelDisplay
    assert issubclass(PanelError, ValueError)
