"""The panel `surface` holds the numbers of its frame."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import viewer
from recorder import RunWriter
from viewer.frame import Framer
from viewer.panels.surface.numbers import surface

Make, Show = Callable[..., Framer], Callable[..., Any]


@pytest.fixture
def framer(make_framer: Make, rng: np.random.Generator) -> Framer:
    """Of six epochs."""
    truth = rng.random(100) < 0.3
    return make_framer([(truth, np.clip(rng.random(100) * 0.7 + 0.3 * truth, 0, 1)) for _ in range(6)])


def test_image_ridge_and_star_are_the_frames(framer: Framer, show: Show) -> None:
    """In the place where the epochs and thresholds are."""
    shown, expected = show("surface", "f1").update(framer.frame()), surface(framer.frame(), "f1")
    np.testing.assert_array_equal(shown.panel._image.get_array(), expected.picture)
    assert shown.panel._image.get_extent() == [-0.5, 5.5, 0, 1]
    np.testing.assert_array_equal(shown.panel._ridge.get_xydata(), np.column_stack([expected.epochs, expected.ridge]))
    assert shown.panel._star.get_xydata().tolist() == [[expected.best, expected.ridge[expected.best]]]
    low, high = shown.panel._image.get_clim()
    assert low <= expected.reach[0] < expected.reach[1] <= high
    assert shown.panel._scale.get_ylim() == (low, high)
    assert f"{expected.heights[expected.best]:.3f}" in shown.axes.get_xlabel()


def test_cursor_and_threshold_move_over_an_image_that_stays(framer: Framer, show: Show) -> None:
    """Only the two lines are drawn again."""
    shown = show("surface", "f1").update(framer.frame())
    framer.turn(threshold=0.2)
    shown.panel.update(framer.frame(2))
    assert shown.stale() == {shown.panel._cursor, shown.panel._threshold}
    assert list(shown.panel._cursor.get_xdata()) == [2, 2]
    assert shown.panel.pick(3.2, 0.6) == {"epoch": 3.2, "threshold": 0.6}
    value = surface(framer.frame(), "f1").at(3, 0.6)[2]
    assert shown.panel.read_out(3.2, 0.6) == f"epoch 3, threshold 0.6: F1 {value:.3f}"


def test_a_new_epoch_is_one_more_column(tmp_path: Path, show: Show, rng: np.random.Generator) -> None:
    """A live run grows to the right."""
    shown = show("surface", "f1")
    with RunWriter(tmp_path, epochs=3) as writer:
        framer = None
        for epoch in range(3):
            writer.epoch(epoch, val=(rng.random(50) < 0.4, rng.random(50)))
            framer = framer or Framer(viewer.open_run(writer.folder))
            framer.refresh()
            shown.update(framer.frame())
            assert shown.panel._image.get_array().shape[1] == epoch + 1


def test_a_mistake_is_shown_and_mended(framer: Framer, show: Show) -> None:
    """A formula that does not follow the threshold; then nothing of an image is left over it."""
    shown = show("surface", "loss").update(framer.frame())
    assert "a formula must follow the threshold" in " ".join(shown.words()).replace("\n", " ")
    assert not shown.panel._image.get_visible()
    assert not shown.panel._scale.get_visible()


@pytest.mark.filterwarnings("ignore:epochreel.*NaN")
def test_what_is_undefined_everywhere_says_so(make_framer: Make, show: Show) -> None:
    """As when every score is NaN."""
    shown = show("surface", "f1").update(make_framer([([0, 1], [np.nan, np.nan])]).frame())
    assert "F1 is undefined at every epoch and threshold" in " ".join(shown.words()).replace("\n", " ")
