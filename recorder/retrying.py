"""What a failing disk does to a run: nothing that stops a training."""

from __future__ import annotations

import warnings
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from .runfile import EpochRecord, Output, RunFileWriter

MAX_WAITING = 1_000  # epochs kept in memory while the disk fails


class RetryingWriter:
    """A writer that never raises for a failing disk: it warns once, keeps the epochs, and tries again later.

    Args:
        writer: the one that may raise OSError.
    """

    def __init__(self, writer: RunFileWriter) -> None:
        self._writer = writer
        self._undescribed: Sequence[Output] = ()
        self._waiting: deque[EpochRecord] = deque()
        self._warned = False

    @property
    def folder(self) -> Path:
        """The run."""
        return self._writer.folder

    @property
    def attempt(self) -> int:
        """Which start of the run this is, from 0."""
        return self._writer.attempt

    def describe(self, outputs: Sequence[Output]) -> None:
        """States what is counted; raises ValueError where the run states something else."""
        try:
            self._writer.describe(outputs)
        except OSError as error:
            self._undescribed = outputs
            self._warn(error)

    def append(self, record: EpochRecord) -> None:
        """Takes one epoch, and writes what earlier faults left waiting first."""
        self._waiting.append(record)
        self._flush()
        if len(self._waiting) > MAX_WAITING:
            lost = self._waiting.popleft()
            message = f"epochreel keeps {MAX_WAITING} epochs while the disk fails; epoch {lost.epoch} is lost"
            warnings.warn(message, RuntimeWarning, stacklevel=2)

    def close(self, reason: str = "finished") -> None:
        """Writes what waits, then ends the attempt."""
        self._flush()
        if self._waiting:
            epochs = [record.epoch for record in self._waiting]
            message = f"epochreel could not record {len(epochs)} epochs, from {epochs[0]} to {epochs[-1]}"
            warnings.warn(message, RuntimeWarning, stacklevel=2)
        try:
            self._writer.close(reason)
        except OSError as error:
            self._warn(error)

    def _flush(self) -> None:
        try:
            if self._undescribed:
                self._writer.describe(self._undescribed)
                self._undescribed = ()
            while self._waiting:
                self._append(self._waiting.popleft())
        except OSError as error:
            self._warn(error)

    def _append(self, record: EpochRecord) -> None:
        try:
            self._writer.append(record)
        except OSError:
            self._waiting.appendleft(record)
            raise

    def _warn(self, error: OSError) -> None:
        if not self._warned:
            self._warned = True
            message = f"epochreel cannot write {self.folder}: {error}. Training goes on; it is tried again every epoch."
            warnings.warn(message, RuntimeWarning, stacklevel=4)
