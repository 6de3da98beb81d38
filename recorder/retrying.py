"""What a failing disk does to a run: nothing that stops a training."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn, Protocol

from .backlog import Backlog
from .guard import warn
from .runfile import EpochRecord, Output, RunFileWriter, RunFormatError, Unit

NOT_MENDED_BY_WAITING = (FileExistsError, FileNotFoundError, IsADirectoryError, NotADirectoryError)
_FAULTS = (OSError, RunFormatError)  # the second: something else stands in the place of a file


class Beside(Protocol):
    """What is told of a run as it grows, and when it is whole. It raises nothing, and waits at the end alone."""

    def wake(self, folder: Path | None) -> None:
        """There is something new; `folder` is None while the disk has refused the run."""

    def end(self) -> None:
        """The run has ended."""


class QuietWriter:
    """The writer of a process that writes nothing, as another one does."""

    folder = attempt = unit = None

    def __reduce__(self) -> NoReturn:
        raise TypeError("a writer of a run must not be copied or pickled. Received: that of a process that writes none")

    def describe(self, outputs: Sequence[Output]) -> None:
        """Nothing."""

    def append(self, record: EpochRecord) -> None:
        """Nothing."""

    def close(self, reason: str = "finished") -> None:
        """Nothing."""


class RetryingWriter:
    """A writer that never raises for a failing disk: it warns once, keeps the epochs, and tries again later.

    What waits is bounded in bytes. Where epochs are missing at the end, one warning says which, and the run ends as
    "incomplete".

    Args:
        root: folder of runs, to be named while there is no run.
        start: makes the run, or the next attempt of one. It is called at once, and again before each epoch until it
            succeeds.
        beside: sends the run elsewhere as well.

    Raises:
        OSError: One of `NOT_MENDED_BY_WAITING`, from the first call of `start`.
    """

    def __init__(self, root: Path, start: Callable[[], RunFileWriter], beside: Beside | None = None) -> None:
        self._root, self._start, self._beside = root, start, beside
        self._writer: RunFileWriter | None = None
        self._undescribed: Sequence[Output] = ()
        self._waiting = Backlog()
        self._warned = self._closed = False
        try:
            self._writer = start()
        except NOT_MENDED_BY_WAITING:
            raise
        except OSError as error:
            self._warn(error)
        self._wake()

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

    @property
    def unit(self) -> Unit | None:
        """What the points of the run are counted in; None while it has none."""
        return None if self._writer is None else self._writer.unit

    def describe(self, outputs: Sequence[Output]) -> None:
        """States what is counted; raises ValueError where the run states something else."""
        self._undescribed = outputs
        self._flush()

    def append(self, record: EpochRecord) -> None:
        """Takes one epoch, and writes what earlier faults left waiting first."""
        self._waiting.put(record)
        self._flush()
        self._wake()

    def close(self, reason: str = "finished") -> None:
        """Writes what waits, then ends the attempt; a second call does nothing."""
        if self._closed:
            return
        self._closed = True
        self._flush()
        missing = self._waiting.missing()
        if missing:
            warn(f"epochreel could not record {missing}")
            reason = "incomplete" if reason == "finished" else f"{reason}, incomplete"
        try:
            if self._writer is not None:
                self._writer.close(reason)
        except _FAULTS as error:
            if not missing:
                there = self.folder is not None and self.folder.exists()
                gone = "The folder is gone: all its epochs were in it, and if it was moved, they are in it."
                safe = "All its epochs are there." if there else gone
                warn(f"epochreel could not end {self.folder} as it should: {error}. {safe}")
        finally:
            if self._beside is not None:
                self._wake()
                self._beside.end()

    def _wake(self) -> None:
        if self._beside is not None:
            self._beside.wake(self.folder)

    def _flush(self) -> None:
        try:
            if self._writer is None:
                self._writer = self._start()
            if self._undescribed:
                self._describe(self._writer)
            while self._waiting:
                self._append_first(self._writer)
        except _FAULTS as error:
            self._warn(error)

    def _describe(self, writer: RunFileWriter) -> None:
        outputs, self._undescribed = self._undescribed, ()
        try:
            writer.describe(outputs)
        except _FAULTS:
            self._undescribed = outputs
            raise

    def _append_first(self, writer: RunFileWriter) -> None:
        """Writes what is next; what breaks a rule is dropped, so that those behind it do not wait for ever.

        What an interrupt kept from the disk stays, to be written at the end.
        """
        record, written = self._waiting.first(), True
        try:
            writer.append(record)
        except (*_FAULTS, KeyboardInterrupt, SystemExit, GeneratorExit):
            written = writer.last_epoch == record.epoch
            raise
        finally:
            if written:
                self._waiting.drop_first()

    def _warn(self, error: Exception) -> None:
        if not self._warned:
            self._warned = True
            folder = self.folder or self._root
            warn(f"epochreel cannot write {folder}: {error}. Training goes on; it is tried again every epoch.")
