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
            OSError: The disk failed; what it took is cut off before the next line.
        """
        if self._path.stat().st_size > self._whole:
            self._cut()
        self._whole = disk.append(self._path, line, synced=self._synced)

    def _cut(self) -> None:
        """Cuts what stands behind the last newline, and no whole line: it may be another hand's."""
        with open_regular(self._path, most=LINES_BYTES) as file:
            file.seek(self._whole)
            behind = file.read()
        if not behind.endswith(b"\n"):
            disk.cut(self._path, self._whole + behind.rfind(b"\n") + 1)
        self._whole += behind.rfind(b"\n") + 1
