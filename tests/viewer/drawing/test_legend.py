"""Names in axes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from viewer.drawing.legend import Legend, Sentence
from viewer.drawing.theme import LIGHT, using

NAMES = [(f"class {number} 0.{number}", LIGHT.colour(number)) for number in range(8)]
Axes = Callable[[float, float], Any]


@pytest.fixture
def axes() -> Iterator[Axes]:
    """`axes(width, height)`: in inches, on a figure that has an inch around them."""

    def make(wide: float, tall: float) -> Any:
        figure = Figure(figsize=(wide + 2, tall + 2), dpi=100)
        FigureCanvasAgg(figure)
        return figure.add_axes((1 / (wide + 2), 1 / (tall + 2), wide / (wide + 2), tall / (tall + 2)))

    with using(LIGHT):
        yield make


def boxes(ax: Any) -> list[Any]:
    """Where the words stand, in pixels."""
    return [label.get_window_extent() for label in ax.texts if label.get_text()]


@pytest.mark.parametrize("corner", ["upper left", "lower left", "lower right"])
def test_a_stack_stays_in_its_axes_and_counts_what_it_leaves_out(axes: Axes, corner: str) -> None:
    """One name a row, from top to bottom."""
    ax = axes(2, 1)
    legend = Legend(ax, corner, stack=True)
    legend.show(NAMES)
    words = [label.get_text() for label in ax.texts if label.get_text()]
    assert words[-1] == f"and {len(NAMES) - legend.rows + 1} more"
    assert all(ax.bbox.y0 <= box.y0 + 2 and box.y1 - 2 <= ax.bbox.y1 for box in boxes(ax))
    heights = [box.y0 for box in boxes(ax)]
    assert heights == sorted(heights, reverse=True)
    left, right = corner.endswith("left"), corner.endswith("right")
    assert all((box.x0 < ax.bbox.x0 + 10) == left and (box.x1 > ax.bbox.x1 - 10) == right for box in boxes(ax))


@pytest.mark.parametrize("above", [False, True])
def test_rows_fill_the_width(axes: Axes, above: bool) -> None:
    """Inside below the upper edge, or above it, as high as it says."""
    ax = axes(3, 2)
    legend = Legend(ax, above=above)
    legend.show(NAMES)
    assert 1 < legend.rows < len(NAMES)
    top = ax.bbox.y1 + (100 * legend.inches if above else 0)
    assert all(top - 100 * legend.inches - 5 <= box.y0 and box.y1 <= top + 2 for box in boxes(ax))
    assert all(box.x1 <= ax.bbox.x1 + 2 for box in boxes(ax))


def test_fewer_names_leave_none_of_before(axes: Axes) -> None:
    """A class in view is alone."""
    ax = axes(3, 2)
    legend = Legend(ax)
    legend.show(NAMES)
    legend.show(NAMES[:1])
    assert [label.get_text() for label in ax.texts if label.get_text()] == ["class 0 0.0"]
    legend.show([])
    assert (boxes(ax), legend.inches) == ([], 0.0)


def test_a_sentence_breaks_into_lines_that_fit(axes: Axes) -> None:
    """And goes when there is nothing to say."""
    ax = axes(2, 2)
    sentence = Sentence(ax)
    sentence.say("the counts are known at one threshold only, the scores are not")
    (box,) = boxes(ax)
    assert box.width <= ax.bbox.width
    sentence.say("")
    assert boxes(ax) == []
