"""CRC-32 of a run's files, as the lines of `epochs.jsonl` record them: damage by a disk or a copy is told by it."""

from __future__ import annotations

import zlib
from pathlib import Path

from .door import PART_BYTES, open_regular

AT_ONCE = 2**20  # bytes


def crc32(data: bytes | bytearray | memoryview, before: int = 0) -> int:
    """Of some bytes, or of what goes on behind those of `before`; as in zlib, PNG and Ethernet."""
    return zlib.crc32(data, before)


def crc32_of(path: Path) -> int:
    """Of all bytes of a part.

    Raises:
        FileNotFoundError: There is none.
        RunFormatError: It is no regular file, or larger than a part may be.
        OSError: It cannot be read at the moment.
    """
    found = 0
    with open_regular(path, most=PART_BYTES) as file:
        while piece := file.read(AT_ONCE):
            found = crc32(piece, found)
    return found
