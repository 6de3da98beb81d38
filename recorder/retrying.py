"""What a failing disk does to a run: nothing that stops a training."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from .guard import warn
from .runfile import EpochRecord, Output, RunFileWriter

MAX_WAITING = 1_000  # epochs kept in memory while the disk fails
NOT_MENDED_BY_WAITING = (FileExistsError, FileNotFoundError, IsADirectoryError, NotADirectoryError)


class RetryingWriter:
    """A writer that never raises for a failing disk: it warns once, keeps the epochs, and tries again later.

    Args:
        root: folder of runs, to be named while there is no run.
        start: makes the run, or the next attempt of one. It is called at once, and again before each epoch until it
            succeeds.

    Raises:
        OSError: One of `NOT_MENDED_BY_WAITING`, from the first call of `start`.
    """

    def __init__(self, root: Path, start: Callable[[], RunFileWriter]) -> None:
        self._root, self._start = root, start
        self._writer: RunFileWriter | None = None
        self._undescribed: Sequence[Output] = ()
        self._waiting: deque[EpochRecord] = deque()
        self._warned = self._closed = False
        try:
            self._writer = start()
        except NOT_MENDED_BY_WAITING:
            raise
        except OSError as error:
            self._warn(error)

    def __reduce__(self) -> NoReturn:
        of = self._root if self.folder is None else self.folder.name
        raise TypeError(f"a writer of a run must not be copied or pickled. Received: that of {of}")

    @property
    def folder(self) -> Path | None:
        """The run; None while the disk has refused to start it."""
        return None if self._writer is None else self._writer.folder

    @property
    def attempt(self) -> int | None:
        """Which start of the run this is, from 0; None while there is no run."""
        return None if self._writer is None else self._writer.attempt

    def describe(self, outputs: Sequence[Output]) -> None:
        """States what is counted; raises ValueError where the run states something else."""
        self._undescribed = outputs
        self._flush()

    def append(self, record: EpochRecord) -> None:
        """Takes one epoch, and writes what earlier faults left waiting first."""
        self._waiting.append(record)
        self._flush()
        if len(self._waiting) > MAX_WAITING:
            lost = self._waiting.popleft()
            warn(f"epochreel keeps {MAX_WAITING} epochs while the disk fails; epoch {lost.epoch} is lost")

    def close(self, reason: str = "finished") -> None:
        """Writes what waits, then ends the attempt; a second call does nothing."""
        if self._closed:
            return
        self._closed = True
        self._flush()
        if self._waiting:
            epochs = [record.epoch for record in self._waiting]
            warn(f"epochreel could not record {len(epochs)} epochs, from {epochs[0]} to {epochs[-1]}")
        try:
            if self._writer is not None:
                self._writer.close(reason)
        except OSError as error:
            self._warn(error)

    def _flush(self) -> None:
        try:
            if self._writer is None:
                self._writer = self._start()
            if self._undescribed:
                self._describe(self._writer)
            while self._waiting:
                self._append(self._writer, self._waiting.popleft())
        except OSError as error:
            self._warn(error)

    def _describe(self, writer: RunFileWriter) -> None:
        outputs, self._undescribed = self._undescribed, ()
        try:
            writer.describe(outputs)
        except OSError:
            self._undescribed = outputs
            raise

    def _append(self, writer: RunFileWriter, record: EpochRecord) -> None:
        try:
            writer.append(record)
        except OSError:
            self._waiting.appendleft(record)
            raise

    def _warn(self, error: OSError) -> None:
        if not self._warned:
            self._warned = True
            folder = self.folder or self._root
            warn(f"epochreel cannot write {folder}: {error}. Training goes on; it is tried again every epoch.")
