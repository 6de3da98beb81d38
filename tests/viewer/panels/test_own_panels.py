"""Panels of a user's own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import viewer
from viewer.dashboard.figure import Dashboard
from viewer.formulas.loading import load
from viewer.frame import Framer
from viewer.panels import PANELS, PanelError

Runs = dict[str, Framer]
NORMS = """
import viewer

@viewer.panel
def norms(ax, frame):
    if frame.epoch == {fails}:
        raise {error}
    ax.plot(frame.epochs, frame.logs["loss"] * {times})
"""


@pytest.fixture(autouse=True)
def registry() -> Iterator[None]:
    """What a test registers goes with it."""
    before = set(PANELS)
    yield
    for name in set(PANELS) - before:
        PANELS.unregister(name)


def dashboard(layout: str) -> Dashboard:
    """On a canvas in memory."""
    figure = Figure(figsize=(8, 5), dpi=100)
    FigureCanvasAgg(figure)
    return Dashboard(figure, layout)


def fault(shown: Dashboard, number: int = 0) -> str:
    """The sentence about what went wrong, in one line."""
    return shown.cells[number]._fault.get_text().replace("\n", " ")


def test_a_function_draws_on_cleared_axes_with_its_name_for_title(runs: Runs) -> None:
    """Every number of the frame is at hand; a title of its own takes the place of the name."""

    @viewer.panel
    def losses(ax: Any, frame: Any) -> None:
        ax.plot(frame.epochs, frame.logs["val_loss"])
        if frame.epoch == 2:
            ax.set_title("mine")

    shown = dashboard("losses")
    for position in (0, 1, 2):
        shown.update(runs["binary"].frame(position))
        shown.paint()
        (line,) = shown.cells[0].axes[0].lines
        np.testing.assert_array_equal(line.get_ydata(), runs["binary"].run.logs["val_loss"])
        titles = [text.get_text() for text in shown.cells[0].axes[0].texts if text.get_visible() and text.get_text()]
        assert titles == ([] if position == 2 else ["losses"])


def test_a_class_makes_its_artists_once_and_takes_the_words_of_the_layout(runs: Runs) -> None:
    """Under the name given."""

    @viewer.panel("my-log")
    class Mine:
        def __init__(self, name: str) -> None:
            self.name = name

        def setup(self, ax: Any) -> None:
            (self.line,) = ax.plot([], [], animated=True)

        def update(self, frame: Any) -> None:
            self.line.set_data(frame.epochs, frame.logs[self.name])

    shown = dashboard("my-log:accuracy")
    shown.update(runs["binary"].frame())
    panel: Any = shown.panels[0]
    np.testing.assert_array_equal(panel.line.get_ydata(), runs["binary"].run.logs["accuracy"])


def test_an_error_is_shown_with_file_line_and_message_and_the_last_good_picture_stays(
    runs: Runs, tmp_path: Path
) -> None:
    """The other panels go on; at the next epoch all is well again."""
    file = tmp_path / "mine.py"
    file.write_text(NORMS.format(fails=2, error="KeyError('no such norm')", times=1))
    load(file, registries=(PANELS,))
    shown = dashboard("norms curves:loss")
    shown.update(runs["binary"].frame(1))
    shown.paint()
    shown.update(runs["binary"].frame(2))
    shown.paint()
    assert fault(shown) == "mine.py, line 7: KeyError: 'no such norm'"
    (line,) = shown.cells[0].axes[0].lines
    np.testing.assert_array_equal(line.get_ydata(), runs["binary"].run.logs["loss"])
    assert fault(shown, 1) == ""
    shown.update(runs["binary"].frame(3))
    assert fault(shown) == ""


def test_the_line_is_the_users_also_where_a_library_fails(runs: Runs, tmp_path: Path) -> None:
    """Matplotlib's own line would help nobody."""
    file = tmp_path / "theirs.py"
    file.write_text("import viewer\n@viewer.panel\ndef wrong(ax, frame):\n    ax.plot([1, 2], [1, 2, 3])\n")
    load(file, registries=(PANELS,))
    shown = dashboard("wrong")
    shown.update(runs["binary"].frame())
    assert fault(shown).startswith("theirs.py, line 4: ValueError: x and y must have same first dimension")


def test_a_function_that_is_loaded_again_takes_over_in_the_same_dashboard(runs: Runs, tmp_path: Path) -> None:
    """While the new one fails, what the old one drew stays; when the file is mended, the new one draws."""
    file = tmp_path / "mine.py"
    shown = None
    for times, error, expected in ((1, "", 1), (2, "ValueError()", 1), (3, "", 3)):
        file.write_text(NORMS.format(fails="frame.epoch" if error else -1, error=error or "ValueError", times=times))
        load(file, registries=(PANELS,))
        shown = shown or dashboard("norms")
        shown.update(runs["binary"].frame())
        (line,) = shown.cells[0].axes[0].lines
        np.testing.assert_allclose(line.get_ydata(), runs["binary"].run.logs["loss"] * expected)
        assert bool(fault(shown)) == bool(error)


def test_axes_that_a_function_makes_are_drawn_with_its_own_and_go_with_them(runs: Runs) -> None:
    """Twins do not pile up."""

    @viewer.panel
    def twins(ax: Any, frame: Any) -> None:
        ax.twinx().plot(frame.epochs, frame.logs["loss"])

    shown = dashboard("twins")
    for position in range(3):
        shown.update(runs["binary"].frame(position))
        shown.paint()
        assert len(shown.cells[0].axes) == 2
    assert len(shown.figure.axes) == 3  # with the header's


def test_an_unknown_name_and_words_that_are_not_taken_are_told() -> None:
    """With the nearest name."""
    with pytest.raises(
        PanelError, match=r"^a panel must be one of curves, .* \(nearest: curves; name:words\)\. Received: 'curve'$"
    ):
        PANELS.make("curve")
    with pytest.raises(PanelError, match=r"^the panel matrix must be given what it takes\. Received: \['f1'\]"):
        PANELS.make("matrix", "f1")


@pytest.mark.parametrize("name", sorted(PANELS))
def test_every_panel_has_setup_and_update(name: str, show: Callable[..., Any]) -> None:
    """And can be made without words."""
    panel = show(name).panel
    assert callable(panel.setup)
    assert callable(panel.update)


@pytest.mark.parametrize(
    "wanted",
    ["viewer.panel", "import viewer.panels.curves.numbers", "from viewer.panels import PANELS; list(PANELS)"],
)
def test_matplotlib_is_loaded_when_a_panel_is_made_and_not_before(wanted: str) -> None:
    """Neither registering a panel, nor the numbers of one, nor their names load it; each in a process of its own."""
    code = f"""
import sys, viewer
{wanted}
print("matplotlib" in sys.modules)
from viewer.panels import PANELS
PANELS.make("curves")
print("matplotlib" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]
