"""`epochs.jsonl` as its writer sees it: whole lines, each appended in one piece."""

from __future__ import annotations

from pathlib import Path

import msgspec

from . import disk
from .codec import encode_line
from .door import LINES_BYTES, open_regular
from .schema import Line


class LineFile:
    """Appends lines to a file, and cuts off what a kill or a full disk left of one.

    Args:
        path: of the file.
        merged: checksums of merged parts, by path; each goes with the next line.
        synced: whether each line is on the disk when `append` returns.
    """

    def __init__(self, path: Path, merged: dict[str, int], *, synced: bool) -> None:
        self._path, self._merged, self._synced = path, merged, synced
        self._whole = 0  # bytes that are known to be whole lines
        self._tried: Line | None = None  # the last one, if it failed

    def append(self, line: Line) -> None:
        """Puts a line behind the others.

        Raises:
            OSError: The disk failed; half a line is cut off before the next one. A whole one stays, and is there once
                however often it is tried.
        """
        tried = self._tried
        if tried is not None and line == msgspec.structs.replace(tried, merged=None):
            line = tried  # its bytes may be there
        else:
            line = msgspec.structs.replace(line, merged=dict(self._merged) or None)
        self._tried = line
        self._put(encode_line(line))
        self._tried = None
        for path in line.merged or ():
            del self._merged[path]

    def _put(self, line: bytes) -> None:
        lines = self._behind() if self._path.stat().st_size > self._whole else b""
        if lines.endswith(line):
            disk.append_again(self._path, line, self._whole + len(lines) - len(line))
            self._whole += len(lines)
        else:
            self._whole = disk.append(self._path, line, synced=self._synced)

    def _behind(self) -> bytes:
        """The whole lines behind those that are known. Half a line is cut off; a whole one may be another hand's."""
        with open_regular(self._path, most=LINES_BYTES) as file:
            file.seek(self._whole)
            behind = file.read()
        lines = behind[: behind.rfind(b"\n") + 1]
        if lines != behind:
            disk.cut(self._path, self._whole + len(lines))
        return lines
