"""Pictures through a pipe: each behind its length, an unsigned 32-bit number, big-endian; and who draws at its end."""

from __future__ import annotations

import struct
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import IO, Any

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


class DrawingProcess:
    """A process that draws for a notebook, and goes on while a cell runs or is interrupted; it ends with the kernel.

    Args:
        command: that starts it.
        hear: is given what it sends, in a thread of its own, until it has ended.

    Attributes:
        command: as above.
    """

    def __init__(self, command: Sequence[str], hear: Callable[[Iterator[bytes]], Any]) -> None:
        self.command = tuple(command)
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            start_new_session=True,  # what interrupts a cell is sent to the kernel and all that belong to it
        )  # fmt: skip
        self._thread = threading.Thread(target=lambda: hear(self._sent()), daemon=True, name="epochreel")
        self._speaking = threading.Lock()
        self._thread.start()

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    @property
    def lives(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.poll() is None

    def say(self, words: bytes) -> None:
        """Writes to it, from any thread."""
        assert self._process.stdin is not None
        with self._speaking:
            send(self._process.stdin, words)

    def stop(self) -> None:
        """Ends it."""
        self._process.terminate()
        self._process.wait()
        self._thread.join(timeout=5)

    def _sent(self) -> Iterator[bytes]:
        assert self._process.stdout is not None
        while (data := receive(self._process.stdout)) is not None:
            yield data
