"""The film that is a page: each picture as what changed since the one before, and a slider for the threshold."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..needs import told
from .pages import template

Pixels = npt.NDArray[np.uint8]
KEY = 32  # pictures from one that is whole to the next: so many are laid over one another at most
COLOURS = 127  # of a palette; of WebP's lossless pictures those of fewer colours are smaller
# 200 epochs of the default dashboard took 5.3 MB in base64 as PNG of a palette, one in 16 of them whole, 7.1 as WebP
# of all colours; so they take 3.4. Method 4 makes them no smaller, and 6 by 4% in a hundred times the time.
WEBP: dict[str, Any] = {"format": "WEBP", "lossless": True, "quality": 30, "method": 2}


def page(
    path: Path, frames: Iterator[Pixels], size: tuple[int, int], fps: float, *, title: str, names: Sequence[str],
    sliding: dict[str, Any] | None = None,
) -> None:  # fmt: skip
    """Writes a self-contained page with play, pause and a scrubber; it asks nothing of any network.

    Args:
        path: of the page.
        frames: uint8 [height, width, 4] of each epoch; the array may be used again for the next.
        size: width and height.
        fps: epochs a second.
        title: of the film.
        names: what each picture is of, such as `epoch 12`.
        sliding: what `threshold_slider.sliding` gives; None for no slider.
    """
    words = template("film.html").render(
        pictures=list(changes(frames)), width=size[0], height=size[1], fps=fps, title=title, names=list(names),
        sliding=sliding, key=KEY, unit=(names[0].rpartition(" ")[0] if names else "") or "epoch",
    )  # fmt: skip
    path.write_text(words, encoding="utf-8")


def changes(frames: Iterator[Pixels]) -> Iterator[list[Any]]:
    """Of each picture left, top and a WebP in base64 of what is to be laid there; one in `KEY` is whole."""
    before: Pixels | None = None
    for number, frame in enumerate(frames):
        key = before is None or number % KEY == 0
        changed = np.ones(frame.shape[:2], bool) if key else (frame[..., :3] != before[..., :3]).any(axis=2)  # type: ignore[index] # it is none of the first alone
        before = frame.copy()
        rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
        if not len(rows):
            yield [0, 0, ""]
            continue
        part = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
        yield [int(columns[0]), int(rows[0]), base64.b64encode(_webp(frame[part], changed[part])).decode()]


def _webp(pixels: Pixels, changed: npt.NDArray[np.bool_]) -> bytes:
    """A picture of few colours, transparent where nothing has changed."""
    with told():
        from PIL import Image

    image = Image.fromarray(np.ascontiguousarray(pixels[..., :3]))
    few = image.quantize(COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    shown = np.dstack([np.asarray(few.convert("RGB")), np.full(changed.shape, 255, np.uint8)])
    shown[~changed] = 0
    buffer = io.BytesIO()
    Image.fromarray(shown).save(buffer, **WEBP)
    return buffer.getvalue()
