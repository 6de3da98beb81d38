"""A growing file, read from where one left off."""

from __future__ import annotations

from pathlib import Path

from .door import open_regular


class Tail:
    """Reads the complete lines that were appended since the last read.

    Args:
        path: of `epochs.jsonl`; it may not exist yet.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0

    def read(self) -> bytes:
        """What is new; nothing where the file is missing or unreadable at the moment.

        Raises:
            RunFormatError: It is no regular file, or larger than such a file may be.
        """
        try:
            return self.read_strictly()
        except OSError:
            return b""

    def read_strictly(self) -> bytes:
        """The same. Raises OSError where the file is missing or unreadable at the moment."""
        with open_regular(self._path) as file:
            file.seek(self._offset)
            found = file.read()
        text = found[: found.rfind(b"\n") + 1]
        self._offset += len(text)
        return text
