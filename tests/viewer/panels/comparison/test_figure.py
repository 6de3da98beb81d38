"""The figure of a comparison: what is drawn, that nothing overlaps, and that a film is what full drawings are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.text import Text

from tests.conftest import later
from viewer.drawing.theme import DARK
from viewer.frame.curve import Curve
from viewer.panels.comparison.differences import fitting_rows, height_of
from viewer.panels.comparison.figure import ComparisonFigure, grid
from viewer.panels.comparison.numbers import Interval, Overlay, Picture

from ..test_tidy import untidy


def curve(name: str, style: int | None, *, epochs: int = 60, band: bool = False) -> Curve:
    values = 1 - 0.7 * np.exp(-np.arange(epochs) / 9) - 0.02 * (style or 0)
    return Curve(
        label="MCC", split="", epochs=np.arange(epochs, dtype=float), values=values, now=float(values[-1]), style=style,
        low=-1.0, high=1.0, best=None if band else epochs - 1, run=name,
        band=(values - 0.1, values + 0.1) if band else None,
    )  # fmt: skip


def picture(formulas: int = 2, runs: int = 3, faint: int = 0, pairs: int = 3, **changes: Any) -> Picture:
    names = [f"a run with a name of its own {number}" for number in range(runs)]
    overlays = tuple(
        Overlay(
            label=f"formula {number}",
            named=tuple(curve(name, style, band=style == 0) for style, name in enumerate(names)),
            faint=tuple(curve(f"faint {other}", None) for other in range(faint)),
        )
        for number in range(formulas)
    )
    intervals = tuple(
        Interval(
            formula=f"formula {number}", pair=f"{names[pair % runs]} − {names[0]}", difference=0.02 * pair - 0.01,
            low=0.02 * pair - 0.04, high=0.02 * pair + 0.02, paired=pair != 1, beyond_chance=pair == 2,
        )
        for number in range(formulas)
        for pair in range(pairs)
    )  # fmt: skip
    found = Picture(
        title="three runs", facts="validation", overlays=overlays, intervals=intervals, note="★: the chosen epoch",
        covers="An interval covers that other validation samples might have been drawn.",
    )  # fmt: skip
    return replace(found, **changes)


def drawn(shown: Picture, size: tuple[int, int] = (900, 600), **options: Any) -> ComparisonFigure:
    figure = Figure(figsize=(size[0] / 100, size[1] / 100), dpi=100)
    FigureCanvasAgg(figure)
    drawing = ComparisonFigure(figure, shown, **options)
    drawing.update(shown)
    return drawing


def texts(drawing: ComparisonFigure) -> list[Text]:
    return [artist for artist in drawing.figure.findobj(Text) if artist.get_text().strip() and artist.get_visible()]


@pytest.mark.parametrize("size", [(900, 600), *later((1920, 1080))])
@pytest.mark.parametrize(
    "shown",
    [picture(), picture(1, 8), picture(4, 5, pairs=10), picture(3, 2, pairs=0), picture(2, 5, faint=995, pairs=4)],
    ids=["three runs", "eight runs", "four formulas", "no pairs", "a thousand runs"],
)
def test_words_neither_overlap_nor_leave_the_figure(shown: Picture, size: tuple[int, int]) -> None:
    """Titles, names with values, rows of differences, ticks and notes keep clear of one another."""
    drawing = drawn(shown, size)
    drawing.paint()
    assert untidy(drawing) == []  # type: ignore[arg-type] # it asks for cells and a figure, which this has


def test_lines_are_the_curves_and_the_rest_is_faint() -> None:
    """A line a named run with its colour and value, one collection of all others behind them."""
    drawing = drawn(picture(1, 3, faint=100))
    axes = drawing.cells[2].axes[0]
    lines = [line for line in axes.lines if len(line.get_xdata()) == 60]
    assert len(lines) == 3
    np.testing.assert_array_equal(lines[1].get_ydata(), curve("", 1).values)
    (faint,) = (artist for artist in axes.collections if isinstance(artist, LineCollection))
    assert len(faint.get_segments()) == 100
    assert faint.get_alpha() < 0.3
    assert faint.get_zorder() < lines[0].get_zorder()
    assert any(one.get_text().endswith(f" {curve('', 1).now:.3f}") for one in texts(drawing))


def test_rows_of_differences_show_interval_value_and_whether_it_was_paired() -> None:
    """Solid and filled where sample by sample, dotted and hollow where not; coloured where more than chance."""
    drawing = drawn(picture(1, 3, pairs=3))
    axes = drawing.cells[-1].axes[0]
    bars = [line for line in axes.lines if len(line.get_xdata()) == 2 and line.get_linewidth() > 2]
    assert [line.get_xdata()[0] for line in bars] == pytest.approx([-0.04, -0.02, 0.0])
    assert [line.get_linestyle() for line in bars] == ["-", ":", "-"]
    assert len({line.get_color() for line in bars[:2]}) == 1
    assert bars[2].get_color() != bars[0].get_color()
    assert any("+0.030  [0.000, +0.060]" in one.get_text() for one in texts(drawing))


def test_rows_that_do_not_fit_are_counted() -> None:
    """Each formula keeps as many pairs as the others; the label says how many more the table has."""
    shown = picture(2, 3, pairs=30)
    kept = fitting_rows(shown.intervals, 4.0)
    assert height_of(kept) <= 4.0
    assert len({sum(one.formula == name for one in kept) for name in ("formula 0", "formula 1")}) == 1
    label = drawn(shown).cells[-1].axes[0].get_xlabel()
    assert label.endswith("more in the table")


def test_a_film_draws_what_a_full_drawing_is() -> None:
    """Frame by frame, drawing only what changed gives the pixels of drawing everything anew."""
    moving = [
        replace(picture(), cursor=float(place), overlays=tuple(
            replace(one, named=tuple(replace(line, now=float(line.values[place])) for line in one.named))
            for one in picture().overlays
        ))
        for place in (0, 20, 59)
    ]  # fmt: skip
    quick = drawn(moving[0])
    for shown in moving:
        quick.update(shown)
        quick.paint()
        whole = drawn(shown)
        whole.paint()
        np.testing.assert_array_equal(*(np.asarray(one.figure.canvas.buffer_rgba())[..., :3] for one in (quick, whole)))


def test_a_dark_picture_is_dark() -> None:
    """The paper is the theme's everywhere."""
    drawing = drawn(picture(), theme=DARK)
    drawing.paint()
    assert np.asarray(drawing.figure.canvas.buffer_rgba())[..., :3].mean() < 60


@pytest.mark.parametrize(("cells", "wide", "tall", "layout"), [(1, 6, 5, (1, 1)), (2, 6, 5, (2, 1)), (2, 16, 5, (1, 2)),
                                                             (4, 12, 9, (2, 2)), (3, 6, 5, (3, 1))])  # fmt: skip
def test_cells_have_the_shape_of_curves(cells: int, wide: float, tall: float, layout: tuple[int, int]) -> None:
    """As many rows and columns as suit the room, and no row without a curve."""
    assert grid(cells, wide, tall) == layout
