"""The panel `matrix` holds the numbers of its frame, and writes what fits."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from recorder import RunWriter
from viewer.drawing.grid import Grid, Number
from viewer.drawing.margins import MARGINS, width
from viewer.frame import Framer
from viewer.panels.matrix.numbers import confusion
from viewer.panels.matrix.plan import plan
from viewer.run import open_run

Show, Runs = Callable[..., Any], dict[str, Framer]


def test_counts_and_row_shares_stand_in_their_squares(runs: Runs, show: Show) -> None:
    """The colour is that of the share."""
    frame = runs["binary"].frame()
    shown, numbers = show("matrix").update(frame), confusion(frame)
    assert numbers is not None
    grid = shown.panel._grid
    words = {(number.row, number.column): number.words for number in grid.numbers}
    for row, column in np.ndindex(2, 2):
        count, share = numbers.counts[row, column], numbers.share(row, column)
        assert words[row, column] == f"{count:,}\n{share:.1%}"
        assert tuple(grid.colours[row, column]) == tuple(shown.panel._colours(share, bytes=True))
    assert "at 0.500" in shown.panel._title.get_text()


def test_where_numbers_do_not_fit_the_largest_confusions_are_named(runs: Runs, show: Show) -> None:
    """Beside a wide image, or below."""
    frame = runs["hundred"].frame()
    numbers = confusion(frame)
    assert numbers is not None
    for size in ((640, 300), (300, 320)):
        shown = show("matrix", size=size).update(frame)
        assert shown.panel._grid.numbers == ()
        lines = shown.panel._list.get_text().split("\n")
        worst = numbers.largest(1)[0]
        assert lines[0] == "largest confusions"
        assert f"  {worst.count:,} (" in lines[1]
        assert len(lines) > 2


def test_neighbours_share_a_square_where_the_screen_cannot_tell_them_apart(runs: Runs, show: Show) -> None:
    """And the axis says how many."""
    shown = show("matrix", size=(420, 240)).update(runs["hundred"].frame())
    assert len(shown.panel._grid.colours) < 100
    large = show("matrix", size=(1000, 700)).update(runs["hundred"].frame())
    assert len(large.panel._grid.colours) == 100


@pytest.mark.parametrize("classes", [2, 3, 5, 10, 12, 16, 20, 50, 100, 1000])
@pytest.mark.parametrize("cell", [(2.2, 2.6), (3.0, 2.6), (5.0, 3.0), (9.6, 5.0)])
@pytest.mark.parametrize("word", ["", "class", "a name of many letters"])
def test_whatever_is_planned_fits(classes: int, cell: tuple[float, float], word: str) -> None:
    """Names in their rows and columns, numbers in their squares, the image in what is left."""
    names = [f"{word} {number}" for number in range(classes)]
    found = plan(names, 12_345, cell)
    wide, tall = cell[0] - found.left - found.right, cell[1] - MARGINS["top"] - found.bottom
    assert min(wide, tall) > 0.5
    column, row = wide / classes, tall / classes
    if found.lines:
        assert found.lines * 1.2 * found.size / 72 <= row
        assert width("12,345", found.size) <= column
        assert not found.listed
    else:
        assert found.listed > 1
    if found.across:
        assert (0.12 if found.upright else max(map(width, found.across))) <= column
        assert found.down
    if found.down:
        assert row >= 0.12  # what a name of 7.5 points takes, from the highest letter to the lowest


def test_few_classes_have_numbers_and_names_at_every_size_of_a_dashboard() -> None:
    """Two classes in a quarter of 900 x 600."""
    found = plan(["negative", "positive"], 123_456, (2.25, 2.65))
    assert (found.lines, found.across, found.down) == (2, ("negative", "positive"), ("negative", "positive"))


def test_only_what_changed_is_drawn_again(runs: Runs, show: Show) -> None:
    """And nothing where nothing did."""
    frame = runs["binary"].frame()
    shown = show("matrix").update(frame)
    shown.panel.update(frame)
    assert shown.stale() == set()
    shown.panel.update(runs["binary"].frame(0))
    assert shown.stale() == {shown.panel._grid}
    assert not shown.axes.stale


def test_classes_of_another_size_leave_the_axes_alone(tmp_path: Path, show: Show) -> None:
    """Names are written anew only where the numbers need another room than before."""
    rng = np.random.default_rng(0)
    with RunWriter(tmp_path) as writer:
        for epoch, samples in enumerate((300, 320)):
            writer.epoch(epoch, val=(rng.integers(0, 3, samples), rng.dirichlet(np.ones(3), samples)))
    framer = Framer(open_run(writer.folder))
    shown = show("matrix").update(framer.frame(0))
    shown.panel.update(framer.frame(1))
    assert not shown.axes.stale


def test_the_mouse_reads_a_square_and_a_click_chooses_its_class(runs: Runs, show: Show) -> None:
    """Of two classes none can be chosen."""
    frame = runs["multiclass"].frame()
    shown, numbers = show("matrix").update(frame), confusion(frame)
    assert numbers is not None
    words = shown.panel.read_out(2.2, 6.9)
    assert words.startswith(f"true {numbers.names[7]}, predicted {numbers.names[2]}: {numbers.counts[7, 2]} (")
    assert shown.panel.pick(2.2, 6.9) == {"label": 7}
    assert show("matrix").update(runs["binary"].frame()).panel.pick(0, 1) == {}


def test_a_grid_fills_its_axes_and_puts_numbers_in_the_middle() -> None:
    """Row by row from the top; ink where the number is."""
    figure = Figure(figsize=(2, 1), dpi=100)
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.axis("off")
    canvas.draw()
    grid = Grid(axes)
    colours = np.array([[[255, 0, 0, 255], [0, 255, 0, 255]], [[0, 0, 255, 255], [9, 9, 9, 255]]], np.uint8)
    grid.show(colours, [Number(0, 1, "8", "#ffffff")])
    grid.draw(canvas.get_renderer())
    image = np.asarray(canvas.buffer_rgba())
    np.testing.assert_array_equal(image[[10, 10, 90, 90], [10, 190, 10, 190]], colours.reshape(4, 4))
    middle = image[15:35, 140:160].reshape(-1, 4)
    assert (middle[:, 0] > 128).any(), "white has red, which green has not"


def test_a_vector_picture_has_the_numbers_as_text(runs: Runs, show: Show) -> None:
    """So that they stay sharp and can be searched."""
    shown, frame = show("matrix").update(runs["binary"].frame()), runs["binary"].frame()
    numbers = confusion(frame)
    assert numbers is not None
    file = io.StringIO()
    import matplotlib as mpl

    with mpl.rc_context({"svg.fonttype": "none"}):
        shown.figure.savefig(file, format="svg")
    for count in numbers.counts.ravel():
        assert f"{count:,}" in file.getvalue()
