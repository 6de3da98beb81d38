"""Pictures without a browser: every panel of every kind of run is drawn, said in words, zoomed into and out again."""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
import pytest
from PIL import Image

from tests.conftest import later
from viewer.dashboard.layout import Place
from viewer.drawing.theme import DARK, LIGHT
from viewer.frame import Framer
from viewer.panels import PANELS
from viewer.surfaces.web.picture import Picture
from viewer.surfaces.web.sheet import Patch, Sheet

KINDS = ["binary", "one", "multiclass", "hundred", "multilabel", "counts", "unscored", "logs", "empty"]
SIZE = (420.0, 300.0)


def picture_of(framer: Framer, panel: str, *, ratio: float = 1.0, theme: Any = LIGHT) -> tuple[Picture, Any]:
    """A picture, and what was drawn of it first."""
    picture = Picture(0, Place(panel), theme)
    picture.resize(SIZE, ratio)
    patch = picture.draw(framer.frame())
    assert patch is not None
    return picture, patch


def pasted(canvas: np.ndarray, patch: Patch | None) -> np.ndarray:
    """What the page has once a patch is pasted in."""
    found = canvas.copy()
    if patch is not None:
        tall, wide = patch.pixels.shape[:2]
        found[patch.top : patch.top + tall, patch.left : patch.left + wide] = patch.pixels
    return found


@pytest.mark.parametrize(
    ("panel", "kind"),
    [
        pytest.param(panel, kind, marks=() if (row + column) % len(KINDS) < 2 else pytest.mark.campaign)
        for row, panel in enumerate(PANELS)
        for column, kind in enumerate(KINDS)
    ],
)
def test_every_panel_is_said_in_words_and_zoomed_into(runs: Mapping[str, Framer], panel: str, kind: str) -> None:
    """Its words name it and hold no NaN; zoomed in it is another picture, and out again the one it was."""
    framer = Framer(runs[kind].run)
    framer.turn(band=0.0)
    picture, first = picture_of(framer, panel)
    facts = picture.facts
    assert facts["alt"].startswith(panel)
    assert "nan" not in facts["alt"].lower()
    assert len(facts["alt"]) < 600
    if not facts["zooms"]:
        return
    picture.zoom((0.3, 0.3, 0.7, 0.7))
    assert picture.facts["zoomed"]
    closer = picture.draw(framer.frame())
    assert closer is not None
    canvas = pasted(first.pixels, closer)
    for _ in range(2):  # the panel sets its own limits, and the part that is shown stays
        assert picture.draw(framer.frame()) is None
    picture.zoom(None)
    assert not picture.facts["zoomed"]
    canvas = pasted(canvas, picture.draw(framer.frame()))
    assert np.abs(canvas.astype(int) - first.pixels.astype(int)).max() <= 2


@pytest.mark.parametrize("ratio", [1.5, *later(0.5, 1.0, 3.0)])
def test_patches_make_the_picture(runs: Mapping[str, Framer], ratio: float) -> None:
    """Pasted one after another while the threshold and the cursor move, they are what is drawn at once in the end."""
    framer = Framer(runs["binary"].run)
    for panel in ("curves", "scores", "matrix", "threshold"):
        picture, first = picture_of(framer, panel, ratio=ratio)
        assert first.size == (round(SIZE[0] * ratio), round(SIZE[1] * ratio))
        canvas, smaller = first.pixels, False
        for position, threshold in [(3, 0.2), (4, 0.2), (4, 0.7), (29, 0.45)]:
            framer.turn(threshold=threshold)
            patch = picture.draw(framer.frame(position))
            canvas = pasted(canvas, patch)
            smaller |= patch is not None and patch.pixels.size < first.pixels.size
        again = Picture(0, Place(panel), LIGHT)
        again.resize(SIZE, ratio)
        framer_alone = framer.frame(29)
        whole = again.draw(framer_alone)
        assert whole is not None
        assert smaller
        assert np.abs(canvas.astype(int) - whole.pixels.astype(int)).max() <= 2
        framer.turn(threshold=0.5)


def test_a_sheet_is_words_and_pictures_of_any_encoder(runs: Mapping[str, Framer]) -> None:
    """What is sent is read back, the words and each pixel, by a reader of PNG that is not ours."""
    _, patch = picture_of(Framer(runs["binary"].run), "curves", theme=DARK)
    data = Sheet({"title": "é"}, [patch, patch]).encoded()
    (length,) = struct.unpack("<I", data[:4])
    words = msgspec.json.decode(data[4 : 4 + length])
    assert words["title"] == "é"
    at = 4 + length
    for place in words["patches"]:
        read = np.asarray(Image.open(io.BytesIO(data[at : at + place["bytes"]])))
        assert np.array_equal(read, patch.pixels[:, :, :3])
        at += place["bytes"]
    assert at == len(data)
