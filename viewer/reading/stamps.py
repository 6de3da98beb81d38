"""Whether a file is another one than at the last look."""

from __future__ import annotations

import os

Stamp = tuple[int, int, int]


def stamp_of(path: str | os.PathLike[str]) -> Stamp | None:
    """Size, time of change and number of a file, links not followed; None where it is not to be had.

    One of them is another once the file was written to or replaced.
    """
    try:
        stat = os.lstat(path)
    except OSError:
        return None
    return stat.st_size, stat.st_mtime_ns, stat.st_ino
