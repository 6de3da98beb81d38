"""The panel `samples` holds the numbers of its frame."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from viewer.drawing.dots import Dots
from viewer.frame import Framer
from viewer.panels.samples.numbers import NONE_RECORDED, samples

Show, Runs = Callable[..., Any], dict[str, Framer]


@pytest.mark.parametrize("name", ["binary", "multilabel"])
def test_every_sample_is_a_dot_coloured_by_how_often_it_was_right(runs: Runs, show: Show, name: str) -> None:
    """Those that were often wrong lie on top."""
    frame = runs[name].frame()
    shown, numbers = show("samples").update(frame), samples(frame)
    assert numbers is not None
    stood, dots = numbers.so_far, shown.panel._dots
    order = np.argsort(-stood.correctness, kind="stable")
    np.testing.assert_array_equal(dots.places, np.column_stack([stood.variability, stood.confidence])[order])
    expected = shown.panel._colours(stood.correctness[order], bytes=True)[:, :3]
    np.testing.assert_array_equal(dots.colours, expected)


@pytest.mark.parametrize("size", [(620, 320), (280, 320)])
def test_the_hardest_and_the_most_flipped_are_named_by_id(runs: Runs, show: Show, size: tuple[int, int]) -> None:
    """Beside the map or below it."""
    frame = runs["binary"].frame()
    shown, numbers = show("samples", size=size).update(frame), samples(frame)
    assert numbers is not None
    hardest, flipped = (label.get_text().split("\n")[1:] for label in shown.panel._lists)
    for rows, places in ((hardest, numbers.hardest()), (flipped, numbers.most_flipped())):
        assert len(rows) >= 3
        assert [int(row.split()[0].removeprefix("#")) for row in rows] == numbers.sample[places[: len(rows)]].tolist()
    assert hardest[0].endswith(f"  {numbers.so_far.confidence[numbers.hardest(1)[0]]:.3f}")


def test_a_step_of_the_threshold_draws_nothing(runs: Runs, show: Show) -> None:
    """The map does not depend on it; a step of the cursor moves dots and lists, not the axes."""
    framer = Framer(runs["binary"].run)
    shown = show("samples").update(framer.frame(8))
    framer.turn(threshold=0.2)
    shown.panel.update(framer.frame(8))
    assert shown.stale() == set()
    shown.panel.update(framer.frame(9))
    assert shown.panel._dots in shown.stale()
    assert not shown.axes.stale


def test_the_mouse_reads_the_nearest_sample(runs: Runs, show: Show) -> None:
    """With its class, and what became of it."""
    frame = runs["multiclass"].frame()
    shown, numbers = show("samples").update(frame), samples(frame)
    assert numbers is not None
    at = int(numbers.hardest(1)[0])
    words = shown.panel.read_out(numbers.so_far.variability[at], numbers.so_far.confidence[at])
    assert words.startswith(f"sample {numbers.sample[at]}, {numbers.name(at)}: mean ")
    assert f"{numbers.so_far.flips[at]} flips" in words


@pytest.mark.parametrize(
    ("name", "words"),
    [("empty", "no epoch yet"), ("logs", "no counts were recorded, only logs"), ("counts", NONE_RECORDED)],
)
def test_what_is_missing_is_said(runs: Runs, show: Show, name: str, words: str) -> None:
    """In a sentence, broken into lines."""
    assert words in [text.replace("\n", " ") for text in show("samples").update(runs[name].frame()).words()]


def test_dots_are_discs_where_they_belong() -> None:
    """In their colours, the later on top; what lies outside is not drawn."""
    figure = Figure(figsize=(1, 1), dpi=100)
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, 1), ylim=(0, 1))
    axes.axis("off")
    dots = Dots(axes)
    canvas.draw()
    before = np.asarray(canvas.buffer_rgba()).copy()
    places, colours = np.array([[0.2, 0.9], [0.7, 0.3], [0.7, 0.3], [2.0, 0.5]]), np.diag([255, 255, 0])[[0, 0, 1, 1]]
    dots.show(places, colours.astype(np.uint8), 2.0)
    dots.draw(canvas.get_renderer())
    image = np.asarray(canvas.buffer_rgba())
    assert image[10, 20, :3].tolist() == [255, 0, 0]
    assert image[70, 70, :3].tolist() == [0, 255, 0]
    changed = (image != before).any(axis=-1)
    assert 2 * 18 < changed.sum() < 2 * 60  # two discs of a radius of three pixels
