"""One formula over epochs and thresholds: each column is what the panel `threshold` has of that epoch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import viewer
from recorder import RunWriter
from viewer.formulas import FormulaError
from viewer.frame import Framer
from viewer.panels.surface.numbers import COLUMNS, ROWS, surface
from viewer.panels.threshold.numbers import against_threshold

Make = Callable[..., Framer]
GRID = np.float32([0, 0.05, 0.2, 0.35, 0.5, 0.6, 0.85, 1])


def epochs(rng: np.random.Generator, number: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Labels and scores of so many epochs."""
    return [(rng.random(30) < 0.4, rng.random(30).astype(np.float32)) for _ in range(number)]


def test_columns_ridge_and_peak_are_those_of_each_epoch(make_framer: Make, rng: np.random.Generator) -> None:
    """Values, the best threshold of each epoch, and the best of all."""
    framer = make_framer(epochs(rng, 5), thresholds=GRID)
    shown = surface(framer.frame(), "f1")
    curves = [against_threshold(framer.frame(position), ["f1"]).curves[0] for position in range(5)]
    np.testing.assert_allclose(shown.values, np.column_stack([curve.values for curve in curves]), rtol=1e-6)
    np.testing.assert_allclose(shown.ridge, [curve.best[0] for curve in curves])
    np.testing.assert_allclose(shown.heights, [curve.best[1] for curve in curves], rtol=1e-6)
    assert shown.best == int(np.argmax(shown.heights))
    assert shown.at(3.2, 0.37) == (3, float(GRID[3]), float(shown.values[3, 3]))


def test_an_error_is_best_where_it_is_small(make_framer: Make, rng: np.random.Generator) -> None:
    """The ridge of the false positive rate is a valley."""
    shown = surface(make_framer(epochs(rng, 3), thresholds=GRID).frame(), "fpr")
    np.testing.assert_allclose(shown.heights, np.nanmin(shown.values, axis=0))


def test_new_epochs_are_added_and_the_whole_is_the_same(tmp_path: Path, rng: np.random.Generator) -> None:
    """What is extended equals what is computed at once; an epoch recorded again is computed again."""
    arrays = epochs(rng, 6)
    with RunWriter(tmp_path, thresholds=GRID) as writer:
        framer = None
        before = None
        for number, pair in enumerate(arrays):
            writer.epoch(number, val=pair)
            framer = framer or Framer(viewer.open_run(writer.folder))
            framer.refresh()
            before = surface(framer.frame(), "mcc", before)
    fresh = surface(Framer(viewer.open_run(writer.folder)).frame(), "mcc")
    np.testing.assert_array_equal(before.values, fresh.values)
    with RunWriter(tmp_path, thresholds=GRID, resume="must", name=framer.run.name) as writer:
        writer.epoch(2, val=arrays[0])
    framer.refresh()
    again = surface(framer.frame(), "mcc", before)
    np.testing.assert_array_equal(again.values[:, 2], fresh.values[:, 0])


def test_the_picture_holds_the_nearest_values_and_no_more_than_can_be_seen(make_framer: Make) -> None:
    """Rows are even in the threshold, columns in the epoch; epochs that were not recorded are gaps."""
    framer = make_framer([([0, 1], [0.3, number / 900]) for number in range(COLUMNS + 50)], thresholds=GRID)
    shown = surface(framer.frame(), "recall")
    assert shown.picture.shape == (ROWS, COLUMNS)
    assert np.isfinite(shown.picture).all()
    row, column = ROWS // 4, COLUMNS // 2
    assert shown.picture[row, column] == shown.at((column + 0.5) * (COLUMNS + 50) / COLUMNS - 0.5, 0.2525)[2]


def test_epochs_that_were_not_recorded_are_gaps(tmp_path: Path) -> None:
    """Every other epoch, say."""
    with RunWriter(tmp_path, thresholds=GRID) as writer:
        for number in (3, 5, 9):
            writer.epoch(number, val=([0, 1], [0.3, 0.7]))
    shown = surface(Framer(viewer.open_run(writer.folder)).frame(), "recall")
    assert np.isfinite(shown.picture).any(axis=0).tolist() == [True, False, True, False, False, False, True]


def test_the_class_in_view(make_framer: Make, rng: np.random.Generator) -> None:
    """Its own counts, and its name."""
    pair = rng.integers(0, 3, 30), rng.dirichlet(np.ones(3), 30).astype(np.float32)
    framer = make_framer([pair], thresholds=GRID, class_names=["cat", "dog", "owl"])
    framer.turn(label=1)
    shown = surface(framer.frame(), "f1")
    np.testing.assert_allclose(
        shown.values[:, 0], against_threshold(framer.frame(), ["f1"]).curves[0].values, rtol=1e-6
    )
    assert shown.label == "F1, dog"


def test_a_formula_must_follow_the_threshold(make_framer: Make) -> None:
    """The error says what one can use."""
    frame = make_framer([([0, 1], [0.3, 0.7])], thresholds=GRID).frame()
    with pytest.raises(FormulaError, match=r"^a formula must follow the threshold: use tp, fp, .* Received: 'loss'$"):
        surface(frame, "loss")
