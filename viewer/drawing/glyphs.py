"""Text that changes with every picture, drawn from glyphs that were drawn before.

Matplotlib lays out and renders a string anew each time, at about two milliseconds; a dashboard changes a dozen a step.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.colors import to_rgb
from matplotlib.text import Text

from .fonts import drawable, families

Pixels = npt.NDArray[np.uint8]
SHARES = {"left": 0.0, "center": 0.5, "right": 1.0}
SMALLER = 0.88  # signs of another script, most of which are taller than the letters of ours
LINE = 1.2  # heights of a line from one to the next, as in matplotlib


class Label(Text):
    """A level `Text` without mathematics, its pixels put together from glyphs; renderers but Agg draw it as usual."""

    def set_text(self, s: Any) -> None:
        """Takes a text, of which nothing is drawn that is not printable or that no font has."""
        words = drawable("" if s is None else str(s))
        super().set_text(words)
        wanted = list(families(words))
        if hasattr(self, "_fontproperties") and self.get_fontfamily() != wanted:  # it has none while it is being made
            self.set_fontfamily(wanted)

    def draw(self, renderer: Any) -> None:
        """Draws it."""
        if not isinstance(renderer, RendererAgg) or self.get_rotation() or self.get_bbox_patch() is not None:
            super().draw(renderer)
            return
        if not self.get_visible() or not self.get_text():
            self.stale = False
            return
        x, y = self.get_transform().transform(self.get_position())  # which is of numbers, not of dates
        image, below = self._image(renderer.dpi)
        height, width = image.shape[:2]
        left = x - width * SHARES[self.get_horizontalalignment()]
        lower = {"bottom": 0.0, "center": height / 2, "top": float(height)}.get(self.get_verticalalignment(), below)
        graphics = renderer.new_gc()
        renderer.draw_image(graphics, round(left), round(y - lower), image)
        graphics.restore()
        self.stale = False

    def _image(self, dpi: float) -> tuple[Pixels, float]:
        """uint8 [height, width, 4] from the bottom up, and how much of it is below the baseline."""
        size, weight, alpha = float(self.get_fontsize()), str(self.get_fontweight()), self.get_alpha()
        share = SHARES[self.get_horizontalalignment()]
        image = coloured(
            self.get_text(), size, weight, dpi, share, to_rgb(self.get_color()), None if alpha is None else float(alpha)
        )
        return image, _height(size, weight, dpi)[1]


@lru_cache(maxsize=512)
def coloured(
    words: str, size: float, weight: str, dpi: float, share: float, colour: tuple[float, float, float],
    alpha: float | None,
) -> Pixels:  # fmt: skip
    """uint8 [height, width, 4], not to be written to: `pixels` in a colour, from the bottom up."""
    cover = pixels(words, size, weight, dpi, share)[::-1]
    image = np.empty((*cover.shape, 4), np.uint8)
    image[..., :3] = [round(255 * part) for part in colour]
    image[..., 3] = cover if alpha is None else (cover * alpha).astype(np.uint8)
    return image


@lru_cache(maxsize=2048)
def pixels(words: str, size: float, weight: str, dpi: float, share: float = 0.5) -> Pixels:
    """uint8 [height, width]: how much of each pixel the lines cover; `share` of the spare width is left of them."""
    lines = [_line(line, size, weight, dpi) for line in words.split("\n")]
    step, width = int(np.ceil(_height(size, weight, dpi)[0] * LINE)), max(line.shape[1] for line in lines)
    cover = np.zeros((step * (len(lines) - 1) + lines[0].shape[0], width), np.uint8)
    for number, line in enumerate(lines):
        left = int((width - line.shape[1]) * share)
        cover[number * step : number * step + line.shape[0], left : left + line.shape[1]] |= line
    return cover


def _line(words: str, size: float, weight: str, dpi: float) -> Pixels:
    """uint8 [height, width]: how much of each pixel the line covers, top down."""
    parts = [_word(word, size, weight, dpi) for word in words.split(" ")]
    cover, length = _joined(parts, advance(" ", size, weight, dpi))
    return cover[:, : max(int(np.ceil(length)), 1)]


@lru_cache(maxsize=4096)
def _word(word: str, size: float, weight: str, dpi: float) -> tuple[Pixels, float]:
    """The same of one word, with room for ink beyond its length, and that: most words stand in the last picture too."""
    if not word:
        return np.zeros((int(np.ceil(_height(size, weight, dpi)[0])) + 2, 0), np.uint8), 0.0
    return _joined([_glyph(sign, size, weight, dpi) for sign in word])


def _joined(parts: Sequence[tuple[Pixels, float]], apart: float = 0.0) -> tuple[Pixels, float]:
    """Parts beside one another, each of its own length and so many pixels apart, as `_word` gives one."""
    length = sum(long for _, long in parts) + apart * (len(parts) - 1)
    tall = parts[0][0].shape[0]
    cover = np.zeros((tall, int(np.ceil(length)) + tall), np.uint8)
    at = 0.0
    for bitmap, long in parts:
        left = round(at)
        cover[:, left : left + bitmap.shape[1]] |= bitmap[:, : cover.shape[1] - left]
        at += long + apart
    return cover, length


@lru_cache(maxsize=4096)
def advance(sign: str, size: float, weight: str, dpi: float) -> float:
    """Pixels from one sign to the next."""
    return _glyph(sign, size, weight, dpi)[1]


@lru_cache(maxsize=64)
def _height(size: float, weight: str, dpi: float) -> tuple[float, float]:
    """Height of a line and its part below the baseline, in pixels."""
    _, height, below = _scratch(dpi).get_text_width_height_descent("lp", _font(size, weight), False)
    return height, below


@lru_cache(maxsize=4096)
def _glyph(sign: str, size: float, weight: str, dpi: float) -> tuple[Pixels, float]:
    """The pixels of one sign in a box of a line's height, and how far the next one stands from it."""
    names = families(sign)
    font = _font(size * SMALLER if len(names) > 1 else size, weight, names)
    scratch = _scratch(dpi)
    scratch.clear()
    both, _, _ = scratch.get_text_width_height_descent(f"0{sign}0", font, False)
    zeros, _, _ = scratch.get_text_width_height_descent("00", font, False)
    height, below = _height(size, weight, dpi)
    tall, base = int(np.ceil(height)) + 2, round(height - below) + 1
    graphics = scratch.new_gc()
    graphics.set_foreground("black")
    scratch.draw_text(graphics, 0, base, sign, font, 0)
    graphics.restore()
    advance = both - zeros
    wide = int(np.ceil(advance)) + 3
    return np.asarray(scratch.buffer_rgba())[:tall, :wide, 3].copy(), advance


@lru_cache(maxsize=8)
def _scratch(dpi: float) -> Any:
    return RendererAgg(int(dpi), int(dpi), dpi)  # type: ignore[no-untyped-call]


@lru_cache(maxsize=64)
def _font(size: float, weight: str, names: tuple[str, ...] = ("sans-serif",)) -> Any:
    from matplotlib.font_manager import FontProperties

    return FontProperties(family=list(names), size=size, weight=weight)
