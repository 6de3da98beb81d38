"""The panel `curves` holds the numbers of its frame."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from viewer.drawing.captions import TRAINING
from viewer.drawing.ribbon import Ribbon, outline, step_for
from viewer.drawing.strokes import Strokes, marked
from viewer.drawing.theme import LIGHT
from viewer.frame import Framer, Knobs
from viewer.frame.curve import Curve
from viewer.panels.curves.numbers import curves

Show, Runs = Callable[..., Any], dict[str, Framer]
GAPPY = st.lists(st.one_of(st.floats(-5, 5), st.just(np.nan)), min_size=1, max_size=40)


def by_dash(shown: Any) -> dict[str, Any]:
    """Visible lines with more than two points, or marks, by how they are dashed."""
    return {line.get_linestyle(): line for line in shown.lines() if line.get_marker() == "."}


def ribbons(shown: Any) -> list[Ribbon]:
    """Those that can be seen."""
    return [artist for artist in shown.axes.get_children() if isinstance(artist, Ribbon) and artist.get_visible()]


def test_validation_is_solid_and_training_dashed_in_one_colour(runs: Runs, show: Show) -> None:
    """With the sentence on what training counts are, at any width."""
    frame = runs["binary"].frame(4)
    for size in ((240, 260), (700, 350)):
        shown = show("curves", "recall", size=size).update(frame)
        lines = by_dash(shown)
        for curve in curves(frame, ["recall"]).curves:
            line = lines["-" if curve.split == "val" else "--"]
            np.testing.assert_array_equal(line.get_ydata(), curve.values)
            assert line.get_color() == LIGHT.colour(1)  # recall is the second formula of the frame
        assert TRAINING in shown.panel._plots[0]._note.get_text().replace("\n", " ")


def test_a_probe_is_dotted_and_named(make_framer: Callable[..., Framer], rng: np.random.Generator, show: Show) -> None:
    """Beside validation."""
    from recorder import RunWriter

    framer = make_framer([])
    with RunWriter(framer.run.folder.parent, name="probed") as writer:
        arrays = rng.integers(0, 2, 40), rng.random(40).astype(np.float32)
        for epoch in range(3):
            writer.epoch(epoch, val=arrays, night=arrays)
    import viewer

    shown = show("curves", "f1").update(Framer(viewer.open_run(writer.folder)).frame())
    assert set(by_dash(shown)) == {"-", ":"}
    assert "dotted: night" in shown.panel._plots[0]._note.get_text()
    assert any(words.startswith("night 0") for words in shown.words())


def test_the_best_epoch_is_starred_and_the_cursor_stands_at_the_epoch(runs: Runs, show: Show) -> None:
    """One star a formula, in its colour."""
    frame = runs["binary"].frame(9)
    shown = show("curves", "f1", "recall").update(frame)
    wanted = [
        (c.epochs[c.best], c.values[c.best]) for c in curves(frame, ["f1", "recall"]).curves if c.best is not None
    ]
    np.testing.assert_array_equal(shown.panel._plots[0]._strokes._stars.places, wanted)
    assert list(shown.panel._plots[0]._cursor.get_xdata()) == [9, 9]
    assert shown.panel.pick(3.2, 0.5) == {"epoch": 3.2}


def test_a_click_in_a_panel_without_curves_moves_nothing(runs: Runs, show: Show) -> None:
    """Its axis has no epochs that one could mean."""
    shown = show("curves", "no_such_log").update(runs["binary"].frame(9))
    assert shown.panel.pick(0.5, 0.5) == {}


def test_names_carry_the_values_at_the_cursor(runs: Runs, show: Show) -> None:
    """And the epoch they are of stands above them."""
    frame = runs["binary"].frame(9)
    shown = show("curves", "f1", "recall", size=(700, 350)).update(frame)
    words = shown.words()
    for curve in curves(frame, ["f1", "recall"]).curves:
        if curve.main:
            assert f"{curve.label} {curve.now:.3f}" in words
    assert "epoch 9" in words


def test_a_step_of_the_cursor_draws_cursor_and_names_alone(runs: Runs, show: Show) -> None:
    """Not the lines, and not the axes: that is what makes it fast."""
    shown = show("curves").update(runs["binary"].frame(9))
    shown.panel.update(runs["binary"].frame(10))
    assert shown.stale() <= {
        shown.panel._plots[0]._cursor,
        shown.panel._plots[0]._at,
        *shown.panel._plots[0]._ends._labels,
    }
    assert shown.panel._plots[0]._cursor in shown.stale()
    assert not shown.axes.stale


def test_an_undefined_value_is_a_gap_and_a_lonely_one_a_mark(show: Show) -> None:
    """Marks stand at every epoch of a short run, and where a value has no neighbour."""
    values = np.array([np.nan, 0.5, np.nan, 0.2, 0.3])
    assert marked(values) == [1, 3, 4]
    assert marked(np.concatenate([values, np.full(30, 0.4), [np.nan, 0.1]])) == [1, 36]


def test_a_few_epochs_are_lines_and_more_than_pixels_are_filled(runs: Runs, show: Show) -> None:
    """The filled shape reaches as far as the values do."""
    few = show("curves", "recall", size=(400, 300)).update(without_bands(runs["binary"]).frame())
    assert len(by_dash(few)) == 2
    assert ribbons(few) == []
    frame = without_bands(runs["long"]).frame()
    many = show("curves", "recall", size=(400, 300)).update(frame)
    assert by_dash(many) == {}
    solid = ribbons(many)[0].get_path().vertices[1:]
    values = curves(frame, ["recall"]).curves[0].values
    thick = 0.05
    assert solid[:, 1].min() == pytest.approx(np.nanmin(values), abs=thick)
    assert solid[:, 1].max() == pytest.approx(np.nanmax(values), abs=thick)


@pytest.mark.parametrize("size", [(225, 265), (500, 350), (1400, 700)])
def test_one_epoch_is_bars_side_by_side_in_the_middle(runs: Runs, show: Show, size: tuple[int, int]) -> None:
    """Each of a few pixels, apart from the others, whole within the axes; one tick, the epoch."""
    shown = show("curves", size=size).update(runs["one"].frame())
    outlines = [ribbon.get_path().vertices[1:] for ribbon in ribbons(shown)]
    boxes = [Bbox.null() for _ in outlines]
    for box, corners in zip(boxes, outlines, strict=True):
        box.update_from_data_xy(shown.axes.transData.transform(corners))
    assert len(boxes) == 4
    axes = shown.axes.get_window_extent()
    assert all(axes.x0 < box.x0 and box.x1 < axes.x1 and box.width <= 8 for box in boxes)
    edges = sorted((box.x0, box.x1) for box in boxes)
    assert all(one[1] <= other[0] for one, other in pairwise(edges))
    assert [tick.get_loc() for tick in shown.axes.xaxis._update_ticks()] == [0]


def test_the_band_of_an_epoch_between_gaps_is_a_bar(show: Show) -> None:
    """No block of half an epoch's width."""
    ax = show("curves").axes
    strokes = Strokes(ax)
    values = np.array([0.5, np.nan, 0.5])
    curve = Curve(label="f1", split="val", epochs=np.arange(3), values=values, band=(values - 0.1, values + 0.1))
    ax.set(xlim=(-0.1, 2.1), ylim=(0, 1))
    strokes.update([curve], (4.0, 3.0))
    corners = strokes._bands[curve.key].get_path().vertices[1:]
    assert set(np.round(corners[:, 0]).astype(int)) == {0, 2}
    assert np.abs(corners[:, 0] - np.round(corners[:, 0])).max() < 0.03


@pytest.mark.parametrize(("size", "faint"), [((400, 300), True), ((2600, 900), False)])
def test_crowded_training_is_faint_and_not_dashed(runs: Runs, show: Show, size: Any, faint: bool) -> None:
    """As dashes of a line that goes up and down at every pixel are blots; the words below say which it is."""
    shown = show("curves", "recall", size=size).update(without_bands(runs["long"]).frame())
    said = shown.panel._plots[0]._note.get_text().replace("\n", " ")
    assert f"{'faint' if faint else 'dashed'}: {TRAINING}" in said
    assert ("--" in by_dash(shown)) is not faint
    if faint:
        alphas = sorted(float(ribbon.get_alpha()) for ribbon in ribbons(shown))
        assert alphas == [0.4, 1.0]
        paths = [ribbon.get_path() for ribbon in ribbons(shown)]
        assert all((path.codes == path.MOVETO).sum() == 2 for path in paths)  # one stretch, after the empty start


@pytest.mark.parametrize(
    ("names", "titles"),
    [
        (("f1", "mcc"), ["Formulas at threshold 0.500"]),
        (("f1@0.3", "mcc"), ["Formulas at threshold 0.500, those with @ at their own"]),
        (("f1@0.3", "mcc@0.3"), ["Formulas"]),
        (("f1@0.3",), ["F1@0.3"]),
        (("f1@0.5", "mcc"), ["Formulas at threshold 0.500"]),
    ],
)
def test_the_title_says_no_threshold_of_a_formula_that_has_its_own(
    runs: Runs, show: Show, names: tuple[str, ...], titles: list[str]
) -> None:
    """Nor any where all have their own; `f1@0.5` at 0.5 is no other."""
    shown = show("curves", *names, size=(900, 350)).update(runs["binary"].frame())
    assert [shown.panel._plots[0]._title.get_text()] == titles


def without_bands(framer: Framer) -> Framer:
    """The same run, bands switched off."""
    return Framer(framer.run, Knobs(band=0.0))


def test_the_band_is_the_frames_and_its_level_is_told(runs: Runs, show: Show) -> None:
    """Around the validation."""
    frame = Framer(runs["binary"].run, Knobs(band=0.9)).frame()
    shown, ends = show("curves", "recall", size=(700, 350)).update(frame), frame.band("recall")
    assert ends is not None
    (band,) = ribbons(shown)
    corners = band.get_path().vertices[1:]
    assert (corners[:, 1].min(), corners[:, 1].max()) == pytest.approx((np.nanmin(ends[0]), np.nanmax(ends[1])))
    assert "band: 90% credible" in shown.panel._plots[0]._note.get_text()


def test_a_band_goes_when_it_is_switched_off() -> None:
    """And is there again with the next."""
    axes = Figure().add_axes((0.1, 0.1, 0.8, 0.8))
    FigureCanvasAgg(axes.figure)
    strokes, epochs = Strokes(axes), np.arange(5)
    ends = np.full(5, 0.2), np.full(5, 0.6)
    curve = Curve(label="f1", split="val", epochs=epochs, values=np.full(5, 0.4), band=ends, style=0)
    strokes.update([curve], (4.0, 3.0))
    (band,) = (artist for artist in axes.get_children() if isinstance(artist, Ribbon))
    assert band.get_visible()
    corners = band.get_path().vertices[1:]
    assert (corners[:, 1].min(), corners[:, 1].max()) == (0.2, 0.6)
    strokes.update([Curve(label="f1", split="val", epochs=epochs, values=np.full(5, 0.4), style=0)], (4.0, 3.0))
    assert not band.get_visible()
    strokes.update([curve], (4.0, 3.0))
    assert band.get_visible()


@example([0.0, 5.0, -5.0])
@given(GAPPY)
def test_an_outline_covers_every_value_and_no_gap(values: list[float]) -> None:
    """A ray through an epoch is inside between the ends of the band, and nowhere where they are NaN.

    Of values from -5 to 5 a band of 2 falls by half a unit, at most, as far as the points beside the epoch lie.
    """
    middle = np.array(values)
    path = outline(np.arange(len(values)), middle - 1, middle + 1)
    for epoch, value in enumerate(middle):
        near = [(epoch + shift, value if np.isfinite(value) else 0.0) for shift in (-0.05, 0.05)]
        assert path.contains_points(near).any() == np.isfinite(value)


@given(st.integers(1, 20_000), st.integers(50, 2_000))
def test_columns_are_as_wide_as_the_screen_asks(epochs: int, pixels: int) -> None:
    """A step of 1 while there is a pixel for each epoch; never more columns than pixels."""
    step = step_for(epochs, pixels)
    assert step == 1 if epochs <= pixels else -(-epochs // step) <= pixels


def test_the_log_key_makes_open_axes_logarithmic_and_shares_stay(runs: Runs, show: Show) -> None:
    """And back."""
    shown, shares = show("curves", "loss"), show("curves", "f1")
    for scale in ("log", "linear"):
        for panel, expected in ((shown, scale), (shares, "linear")):
            panel.panel.toggle_log()
            panel.update(runs["binary"].frame())
            assert panel.axes.get_yscale() == expected


def test_the_mouse_reads_out_the_nearest_point(runs: Runs, show: Show) -> None:
    """With its epoch, split and value."""
    frame = runs["binary"].frame()
    shown = show("curves", "recall").update(frame)
    validation = curves(frame, ["recall"]).curves[0]
    words = shown.panel.read_out(12.4, validation.values[12])
    assert words == f"epoch 12: recall validation {validation.values[12]:.3f}"
    assert show("curves").update(runs["empty"].frame()).panel.read_out(0, 0) is None


def test_a_formula_that_fails_is_told_in_the_panel_and_the_others_stay(runs: Runs, show: Show) -> None:
    """In lines that fit."""
    shown = show("curves", "recal", "f1").update(runs["binary"].frame())
    assert "'recal'" in shown.panel._plots[0]._fault.get_text().replace("\n", " ")
    assert len(by_dash(shown)) == 2
