"""Pictures of a page as what changed since the one before: laid over one another they are the pictures."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image

from viewer.export.page_film import KEY, changes

SIZE = (48, 64)
GROUND = np.random.default_rng(0).choice([[255, 255, 255], [200, 210, 220], [90, 95, 99]], SIZE)


def moving(count: int) -> Iterator[Any]:
    """Pictures of four colours, in an array that is used again: a square that wanders over a speckled ground."""
    picture = np.zeros((*SIZE, 4), np.uint8)
    for number in range(count):
        picture[..., :3], picture[..., 3] = GROUND, 255
        at = 3 * (number // 2)  # every second one is the same as before
        picture[at % 40 : at % 40 + 8, at % 50 : at % 50 + 8, :3] = (5 * (number // 2), 40, 90)
        yield picture


@pytest.mark.parametrize("count", [1, 2, KEY, KEY + 1, 3 * KEY + 2])
def test_laid_over_one_another_they_are_the_pictures(count: int) -> None:
    """From the last whole one on, each exactly, as there are fewer colours than a palette has."""
    parts = list(changes(moving(count)))
    for number, wanted in enumerate(moving(count)):
        canvas = Image.new("RGBA", SIZE[::-1])
        for left, top, data in parts[number - number % KEY : number + 1]:
            if data:
                part = Image.open(io.BytesIO(base64.b64decode(data))).convert("RGBA")
                canvas.alpha_composite(part, (left, top))
        np.testing.assert_array_equal(np.asarray(canvas), wanted)


def test_what_did_not_change_takes_no_bytes() -> None:
    """Every second picture is empty, and the others are small."""
    parts = list(changes(moving(KEY)))
    assert all(data == "" for _, _, data in parts[1::2])
    assert max(len(data) for _, _, data in parts[2::2]) < len(parts[0][2])
