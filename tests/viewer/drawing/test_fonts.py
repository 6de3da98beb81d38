"""Names in any script: drawn where a font of the machine has their signs, else said once in plain words."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager

from viewer.drawing import fonts, glyphs, margins
from viewer.drawing.theme import label_axes, text

CAT = "\u732b"  # no font that matplotlib brings has it


@pytest.fixture(autouse=True)
def afresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The fonts of matplotlib and no others, and nothing known of them yet."""
    ours = [font for font in fontManager.ttflist if "matplotlib" in font.fname]
    monkeypatch.setattr(fontManager, "ttflist", ours)

    def forget() -> None:
        known = (fonts.drawable, fonts.families, fonts.fallback, fonts._others, fonts._warn, margins.width)
        for function in (*known, glyphs._glyph, glyphs.pixels):
            function.cache_clear()

    forget()
    yield
    forget()


@pytest.fixture
def font(tmp_path: Path) -> str:
    """The name of a font with one sign, a full square of a thousand units."""
    pen = TTGlyphPen(None)
    for move, corner in zip((pen.moveTo, *[pen.lineTo] * 3), ((0, 0), (0, 800), (900, 800), (900, 0)), strict=True):
        move(corner)
    pen.closePath()
    empty = TTGlyphPen(None).glyph()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "cat"])
    builder.setupCharacterMap({ord(CAT): "cat"})
    builder.setupGlyf({".notdef": empty, "cat": pen.glyph()})
    builder.setupHorizontalMetrics({".notdef": (500, 0), "cat": (1000, 0)})
    builder.setupHorizontalHeader(ascent=900, descent=-200)
    builder.setupNameTable({"familyName": "Cats", "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=900, usWinAscent=900, usWinDescent=200)
    builder.setupPost()
    builder.save(tmp_path / "cats.ttf")
    fontManager.addfont(str(tmp_path / "cats.ttf"))
    return "Cats"


def drawn(words: str, format: str = "png") -> bytes:
    """Words as a label and as the name of an axis, in a picture."""
    figure = Figure(figsize=(2, 1), dpi=100)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.1, 0.5, 0.8, 0.4))
    axes.set(xticks=[], yticks=[])
    text(axes, 0.5, 0.5, words).set_animated(False)
    label_axes(axes, words)
    buffer = io.BytesIO()
    figure.savefig(buffer, format=format)
    return buffer.getvalue()


@pytest.mark.parametrize("format", ["png", "svg", "pdf"])
def test_a_sign_is_drawn_from_the_font_that_has_it(font: str, format: str) -> None:
    """Without a word about it, as label and as the name of an axis, on pixels and on paper."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = drawn(f"{CAT} 7", format)
    assert fonts.families(f"{CAT} 7") == ("sans-serif", font)
    assert found != drawn("□ 7", format)


def test_its_width_is_what_it_takes(font: str) -> None:
    """Signs of another font are a little smaller, so that they fit the lines of ours."""
    del font
    assert margins.width(CAT, 10) == pytest.approx(10 * glyphs.SMALLER / 72, abs=0.015)
    ink = glyphs.pixels(CAT, 10, "normal", 100.0)
    assert np.count_nonzero(ink.max(axis=1) > 128) == pytest.approx(0.8 * 10 * glyphs.SMALLER / 72 * 100, abs=1.5)


def test_what_no_font_has_is_a_square_and_one_sentence() -> None:
    """However many names and pictures there are; matplotlib says nothing of its own."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        assert drawn(f"{CAT} 7") == drawn("□ 7") == drawn("\u72ac 7")
    assert [str(warning.message).split(",")[0] for warning in said] == [
        "no font on this machine has all signs of the names here"
    ]


@pytest.mark.parametrize("words", ["plain", "★ at 0.3", "α → β ± 0.1 − “x”…", "Größe", ""])
def test_words_in_our_own_font_stay_as_they_are(words: str) -> None:
    """And no font is looked for."""
    assert fonts.drawable(words) == words
    assert fonts.families(words) == ("sans-serif",)
    assert fonts.fallback.cache_info().misses == 0
