"""What goes to the page at once: words that changed, and patches of the pictures that did."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Patch:
    """A part of a picture that is another one now.

    Args:
        panel: number of the panel.
        left: pixels from the left of the picture.
        top: pixels from its top.
        size: width and height of the whole picture, in pixels.
        pixels: uint8 [height, width, 4] of the part; opaque.
    """

    panel: int
    left: int
    top: int
    size: tuple[int, int]
    pixels: npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Words by name, and patches; `encoded` may be called in any thread."""

    words: dict[str, Any]
    patches: Sequence[Patch] = ()

    def encoded(self) -> bytes:
        """The length of the words (4 bytes, the lowest first), the words as JSON, then a PNG for each patch."""
        blobs = [png(patch.pixels) for patch in self.patches]
        places = [
            {"panel": patch.panel, "left": patch.left, "top": patch.top, "size": patch.size, "bytes": len(blob)}
            for patch, blob in zip(self.patches, blobs, strict=True)
        ]
        words = msgspec.json.encode(self.words | {"patches": places})
        return b"".join([struct.pack("<I", len(words)), words, *blobs])


def png(pixels: npt.NDArray[np.uint8]) -> bytes:
    """A PNG of opaque pixels, uint8 [height, width, 4]; half of the time that Pillow takes at its quickest."""
    height, width = pixels.shape[:2]
    lines = np.zeros((height, 1 + 3 * width), np.uint8)  # each behind the number of its filter: none
    lines[:, 1:].reshape(height, width, 3)[:] = pixels[:, :, :3]
    squeezed = zlib.compressobj(1, zlib.DEFLATED, 15, 9, zlib.Z_RLE)
    data = squeezed.compress(lines.data) + squeezed.flush()
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
