"""`epochs.jsonl` as its writer sees it: whole lines, each appended in one piece."""

from __future__ import annotations

from pathlib import Path

from . import disk
from .door import LINES_BYTES, open_regular


class LineFile:
    """Appends lines to a file, and cuts off what a kill or a full disk left of one.

    Args:
        path: of the file.
        synced: whether each line is on the disk when `append` returns.
    """

    def __init__(self, path: Path, *, synced: bool) -> None:
        self._path, self._synced = path, synced
        self._whole = 0  # bytes that are known to be whole lines

    def append(self, line: bytes) -> None:
        """Puts a line, with its newline, behind the others.

        Raises:
            OSError: The disk failed; half a line is cut off before the next one. A whole one stays, and is there once
                however often it is tried.
        """
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
