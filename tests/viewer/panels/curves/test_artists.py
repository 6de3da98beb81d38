"""The panel `curves` holds the numbers of its frame."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

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
        assert TRAINING in shown.panel._note.get_text().replace("\n", " ")


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
    assert "dotted: night" in shown.panel._note.get_text()
    assert any(words.startswith("night 0") for words in shown.words())


def test_the_best_epoch_is_starred_and_the_cursor_stands_at_the_epoch(runs: Runs, show: Show) -> None:
    """One star a formula, in its colour."""
    frame = runs["binary"].frame(9)
    shown = show("curves", "f1", "recall").update(frame)
    wanted = [
        (c.epochs[c.best], c.values[c.best]) for c in curves(frame, ["f1", "recall"]).curves if c.best is not None
    ]
    np.testing.assert_array_equal(shown.panel._strokes._stars.places, wanted)
    assert list(shown.panel._cursor.get_xdata()) == [9, 9]
    assert shown.panel.pick(3.2, 0.5) == {"epoch": 3.2}


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
    assert shown.stale() <= {shown.panel._cursor, shown.panel._at, *shown.panel._ends._labels}
    assert shown.panel._cursor in shown.stale()
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
    assert "band: 90% credible" in shown.panel._note.get_text()


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


@given(GAPPY)
def test_an_outline_covers_every_value_and_no_gap(values: list[float]) -> None:
    """A ray through an epoch is inside between the ends of the band, and nowhere where they are NaN."""
    middle = np.array(values)
    path = outline(np.arange(len(values)), middle - 1, middle + 1)
    for epoch, value in enumerate(middle):
        near = [(epoch + shift, value if np.isfinite(value) else 0.0) for shift in (-0.1, 0.1)]
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
    assert "'recal'" in shown.panel._fault.get_text().replace("\n", " ")
    assert len(by_dash(shown)) == 2
