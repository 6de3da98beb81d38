"""Pictures through a pipe: each behind its length, an unsigned 32-bit number, big-endian. Draws nothing itself."""

from __future__ import annotations

import struct
from typing import IO

_LENGTH = struct.Struct(">I")


def send(out: IO[bytes], picture: bytes) -> bool:
    """Writes a picture, or an empty one as a sign of life; False where nobody reads any more."""
    try:
        out.write(_LENGTH.pack(len(picture)) + picture)
        out.flush()
    except (BrokenPipeError, ValueError):
        return False
    return True


def receive(stream: IO[bytes]) -> bytes | None:
    """The next picture, empty for a sign of life; None at the end, and of one that was cut off."""
    header = stream.read(_LENGTH.size)
    if len(header) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(header)
    picture = stream.read(length)
    return picture if len(picture) == length else None
