"""A growing file, read from where one left off."""

from __future__ import annotations

from pathlib import Path

from .door import open_regular
from .errors import ReplacedError

TELLING = 256  # bytes of the first line, with the time of its start, that tell a run from another


class Tail:
    """Reads the complete lines that were appended since the last read.

    Args:
        path: of `epochs.jsonl`; it may not exist yet.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset, self._start = 0, b""

    def read(self) -> bytes:
        """What is new; nothing where the file is missing or unreadable at the moment.

        Raises:
            RunFormatError: It is no regular file, or larger than such a file may be.
            ReplacedError: It does not begin as it did.
        """
        try:
            return self.read_strictly()
        except OSError:
            return b""

    def read_strictly(self) -> bytes:
        """The same. Raises OSError where the file is missing or unreadable at the moment."""
        with open_regular(self._path) as file:
            if file.read(len(self._start)) != self._start:
                raise ReplacedError(f"another run's lines are in the place of those that were read: {self._path.name}")
            file.seek(self._offset)
            found = file.read()
        text = found[: found.rfind(b"\n") + 1]
        if not self._offset:
            self._start = text[: min(text.find(b"\n") + 1, TELLING)]
        self._offset += len(text)
        return text
