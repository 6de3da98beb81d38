"""From what a user's `show(sample)` returned to what a card can hold: a picture, a text, or names and values."""

from __future__ import annotations

import io
import sys
from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from ..needs import told

LONGEST = 512  # pixels of a picture's longer side; larger ones are scaled down
MOST_LETTERS, MOST_ROWS, MOST_OF_VALUE = 4_000, 40, 300
RULE = (
    "show(sample) must return an image array, (height, width), (height, width, 1), (height, width, 3) or "
    "(height, width, 4), a text, a mapping, a figure, a PIL image, or None"
)
FIRST = "; its channels seem to come first: array.transpose(1, 2, 0) puts them last"


class Shown(msgspec.Struct, kw_only=True, frozen=True):
    """What a card shows of a sample: one of a picture, a text or rows; or nothing, and why.

    Args:
        png: the picture as a PNG file, its longer side `LONGEST` at most.
        size: pixels of it, width and height.
        text: as it came, `MOST_LETTERS` at most.
        rows: names and values.
        note: what was done to it, in words.
        fault: what went wrong, in words.
    """

    png: bytes = b""
    size: tuple[int, int] = (0, 0)
    text: str = ""
    rows: list[tuple[str, str]] = []
    note: str = ""
    fault: str = ""

    @property
    def nbytes(self) -> int:
        """About how much memory it takes."""
        rows = sum(len(name) + len(value) for name, value in self.rows)
        return 500 + len(self.png) + 4 * (len(self.text) + rows + len(self.note) + len(self.fault))


NOTHING = Shown(note="nothing to show")


def shown_of(value: Any) -> Shown:
    """What a card shows of a value.

    Raises:
        ValueError: It is none of those that `RULE` names.
    """
    if value is None:
        return NOTHING
    if isinstance(value, str):
        return Shown(text=_cut(value, MOST_LETTERS))
    if isinstance(value, Mapping) or hasattr(value, "items"):  # a row of pandas has them, and is no Mapping
        return _rows(list(value.items()))
    if hasattr(value, "savefig"):
        return _figure(value)
    if hasattr(value, "convert") and hasattr(value, "thumbnail"):
        return _picture(value.convert("RGBA"))
    if hasattr(value, "__array__"):
        return _array(np.asarray(value))
    raise ValueError(f"{RULE}. Received: {type(value).__name__}")


def pixels_of(array: npt.NDArray[Any]) -> tuple[npt.NDArray[np.uint8], str]:
    """An image array as uint8, and what was done to it in words.

    uint8 is taken as it is, floats in [0, 1] are too, with 1 as 255, and so are booleans. Whatever has other values is
    stretched from its least to its largest value. What is no number is drawn as the least.

    >>> pixels_of(np.array([[0.0, 1.0]]))
    (array([[  0, 255]], dtype=uint8), '')
    >>> pixels_of(np.array([[-2.0, 0.0, 2.0]]))
    (array([[  0, 128, 255]], dtype=uint8), 'stretched from -2 to 2')
    """
    if array.dtype == np.uint8:
        return array, ""
    values = array.astype(np.float64)
    known = np.isfinite(values)
    low, high = (float(values[known].min()), float(values[known].max())) if known.any() else (0.0, 1.0)
    notes = [] if known.all() else [f"{np.count_nonzero(~known):,} values are no numbers"]
    whole = array.dtype == np.bool_ or (array.dtype.kind == "f" and low >= 0 and high <= 1)
    if whole:
        low, high = 0.0, 1.0
    elif low == high:
        notes.append(f"every value is {low:.4g}")
    else:
        notes.append(f"stretched from {low:.4g} to {high:.4g}")
    share = (np.where(known, values, low) - low) / (high - low if high > low else 1.0)
    return np.rint(255 * share).astype(np.uint8), "; ".join(notes)


def _array(array: npt.NDArray[Any]) -> Shown:
    with told():
        from PIL import Image

    plane = array[..., 0] if array.ndim == 3 and array.shape[-1] == 1 else array
    if plane.ndim not in (2, 3) or (plane.ndim == 3 and plane.shape[-1] not in (3, 4)) or not plane.size:
        first = FIRST if array.ndim == 3 and array.shape[0] in (1, 3, 4) and array.size else ""
        raise ValueError(f"{RULE}. Received: an array of shape {array.shape}{first}")
    if plane.dtype.kind not in "buif":
        raise ValueError(f"an image array must hold numbers. Received: {array.dtype}")
    pixels, note = pixels_of(plane)
    return _picture(Image.fromarray(np.ascontiguousarray(pixels)), note)


def _figure(figure: Any) -> Shown:
    with told():
        from PIL import Image

    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close(figure)  # else it would be kept for ever
    buffer.seek(0)
    return _picture(Image.open(buffer))


def _picture(image: Any, note: str = "") -> Shown:
    """Of a PIL image."""
    with told():
        from PIL import Image

    if max(image.size) > LONGEST:
        note = "; ".join(filter(None, [note, f"{image.size[0]} x {image.size[1]} pixels, scaled down"]))
        image.thumbnail((LONGEST, LONGEST), Image.Resampling.BOX)
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", compress_level=3)
    return Shown(png=buffer.getvalue(), size=(image.size[0], image.size[1]), note=note)


def _rows(items: list[tuple[Any, Any]]) -> Shown:
    rows = [(_cut(str(name), MOST_OF_VALUE), _cut(str(value), MOST_OF_VALUE)) for name, value in items[:MOST_ROWS]]
    return Shown(rows=rows, note=f"{len(items) - MOST_ROWS:,} more" if len(items) > MOST_ROWS else "")


def _cut(words: str, most: int) -> str:
    kept = words if len(words) <= most else f"{words[: most - 1]}…"
    return kept.encode("utf-8", "replace").decode()  # halves of characters cannot be sent
