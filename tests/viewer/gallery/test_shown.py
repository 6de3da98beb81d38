"""What becomes of a value that a user's `show(sample)` returned."""

from __future__ import annotations

import io
import re
from collections import OrderedDict
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from matplotlib.figure import Figure
from PIL import Image

from viewer.gallery.shown import LONGEST, MOST_LETTERS, MOST_ROWS, NOTHING, RULE, pixels_of, shown_of


def pixels(value: Any) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(shown_of(value).png)))


GREY = np.arange(12, dtype=np.uint8).reshape(3, 4) * 20


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (GREY, GREY),
        (GREY[..., None], GREY),
        (np.stack([GREY, GREY, GREY], axis=-1), np.stack([GREY, GREY, GREY], axis=-1)),
        (np.stack([GREY, GREY, GREY, GREY], axis=-1), np.stack([GREY, GREY, GREY, GREY], axis=-1)),
        (GREY / 255, GREY),
        ((GREY / 255).astype(np.float16), GREY),
        (GREY > 100, (GREY > 100) * 255),
        (GREY.astype(int) - 110, np.rint(GREY / 220 * 255)),
        (GREY * 16.0, np.rint(GREY / 220 * 255)),
    ],
)
def test_arrays_are_pictures_of_their_numbers(value: np.ndarray, expected: np.ndarray) -> None:
    """uint8 as it is, [0, 1] with 1 as 255, whatever else from its least to its largest value: pixel for pixel."""
    assert (pixels(value).astype(int) == expected).all()


@given(
    arrays.arrays(
        st.sampled_from([np.float32, np.float64, np.int16, np.int64, np.uint8, np.bool_]),
        arrays.array_shapes(min_dims=2, max_dims=2, max_side=5),
    )
)
def test_every_array_of_numbers_has_pixels_in_its_order(array: np.ndarray) -> None:
    """Whatever the numbers, a larger one is never darker, and what is no number breaks nothing."""
    found, _ = pixels_of(array)
    assert found.dtype == np.uint8
    known = np.isfinite(array.astype(np.float64))
    order = np.argsort(array[known].astype(np.float64), kind="stable")
    assert (np.diff(found[known][order].astype(int)) >= 0).all()


@pytest.mark.parametrize(
    ("value", "note"),
    [
        (GREY.astype(int) - 110, "stretched from -110 to 110"),
        (np.full((2, 2), 3.0), "every value is 3"),
        (np.array([[np.nan, 0.5]]), "1 values are no numbers"),
        (np.zeros((LONGEST * 2, 4), np.uint8), f"4 x {LONGEST * 2} pixels, scaled down"),
        (GREY, ""),
    ],
)
def test_what_was_done_to_a_picture_is_said(value: np.ndarray, note: str) -> None:
    """A card never shows other numbers than it claims."""
    assert shown_of(value).note == note


def test_large_pictures_are_scaled_down_in_shape() -> None:
    """The longer side is bounded, the shape and the mean stay."""
    found = shown_of(np.full((1_000, 2_000, 3), 77, np.uint8))
    assert found.size == (LONGEST, LONGEST // 2)
    assert (pixels(np.full((1_000, 2_000, 3), 77, np.uint8)) == 77).all()


def test_texts_rows_and_nothing() -> None:
    """Texts as they are but for their length; mappings and rows of pandas as names and values; None as nothing."""
    assert shown_of("two\nlines <b>").text == "two\nlines <b>"
    assert len(shown_of("x" * 10_000).text) == MOST_LETTERS
    assert shown_of("half \ud800").text == "half ?"
    assert shown_of(OrderedDict(age=31, town=None)).rows == [("age", "31"), ("town", "None")]
    assert shown_of(pd.Series({"age": 31.5})).rows == [("age", "31.5")]
    many = shown_of({number: number for number in range(MOST_ROWS + 7)})
    assert (len(many.rows), many.note) == (MOST_ROWS, "7 more")
    assert shown_of(None) == NOTHING


def test_figures_and_pil_images_are_pictures() -> None:
    """A matplotlib figure at its size, a PIL image of any mode."""
    figure = Figure(figsize=(2, 1), dpi=100)
    figure.add_subplot().plot([1, 2])
    assert shown_of(figure).size == (200, 100)
    for mode in ("RGB", "L", "P", "1", "CMYK", "I;16"):
        assert shown_of(Image.new(mode, (6, 4))).size == (6, 4)


@pytest.mark.parametrize(
    ("value", "received"),
    [
        (np.zeros((3, 8, 9)), r"an array of shape \(3, 8, 9\); its channels seem to come first: array\.transpose"),
        (np.zeros((8, 9, 2)), r"an array of shape \(8, 9, 2\)"),
        (np.zeros(5), r"an array of shape \(5,\)"),
        (np.zeros((0, 4)), r"an array of shape \(0, 4\)"),
        (b"bytes", "bytes"),
        (12, "int"),
    ],
)
def test_what_is_none_of_these_is_refused(value: Any, received: str) -> None:
    """The rule, then what came."""
    with pytest.raises(ValueError, match=rf"^{re.escape(RULE)}\. Received: {received}"):
        shown_of(value)
    with pytest.raises(ValueError, match=r"^an image array must hold numbers\. Received: object$"):
        shown_of(np.array([[None]]))
