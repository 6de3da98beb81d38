"""Merging the parts of single epochs into one of many, a little at each epoch."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from . import disk
from .batches import BYTES_IN_A_PART, Batches
from .checksums import crc32_of
from .errors import RunFormatError
from .layout import EPOCHS_IN_A_PART, LINES, Part, hidden, merged_path
from .part_files import PartWriter
from .parts import joined, rows_in

EPOCHS_IN_A_GROUP = 8
ROWS_IN_A_GROUP = 32_768
BYTES_IN_A_GROUP = 2**26  # in memory, until it is written


class Mergeable(Protocol):
    """Rows of one epoch: those of a record, or of a part that was read."""

    @property
    def num_rows(self) -> int:
        """How many there are."""

    @property
    def nbytes(self) -> int:
        """Bytes of memory, more or less."""

    def table(self) -> Any:
        """As Arrow has them."""


@dataclass(frozen=True)
class ReadRows:
    """The rows of a part that was read.

    Args:
        read: its table.
    """

    read: Any

    @property
    def num_rows(self) -> int:
        """How many there are."""
        return int(self.read.num_rows)

    @property
    def nbytes(self) -> int:
        """Of all buffers: a table's own `nbytes` takes forty times as long."""
        return int(self.read.get_total_buffer_size())

    def table(self) -> Any:
        """The table."""
        return self.read


class Merger:
    """Gathers committed parts of one kind and attempt; every 64 epochs they become one merged part.

    The tables come from memory. They go to the hidden file in row groups of a few epochs, so that no epoch
    waits for the whole: what the last one waits for is a row group and a footer. The disk is waited for by a thread
    beside the training, and the pending parts go when the merged one is on it.

    Args:
        folder: the run.
        kind: of the parts.
        attempt: whose epochs these are.
        capacity: epochs in the first merged part, 64 in all later ones; it keeps two kinds from merging at once.
        sums: takes the checksum of each merged part once it is on the disk, by its path within the run.
    """

    def __init__(
        self, folder: Path, kind: str, attempt: int, *, sums: dict[str, int], capacity: int = EPOCHS_IN_A_PART
    ) -> None:
        self._folder, self._kind, self._attempt = folder, kind, attempt
        self._capacity = capacity
        self._members: list[Part] = []
        self._held: list[Mergeable] = []
        self._bytes = self._unwritten = 0
        self._writer: PartWriter | None = None
        self._settling: list[threading.Thread] = []
        self._settle = partial(settle, folder, sums)
        self._batches = Batches(folder, kind, attempt, self._settle)

    def add(self, part: Part, rows: Mergeable) -> None:
        """Takes in a committed part; merges when there are enough.

        Args:
            part: of one epoch.
            rows: what it holds; their table is made when it is written.

        Raises:
            OSError: The disk failed; the pending parts of this round stay as they are.
        """
        try:
            self._members.append(part)
            self._held.append(rows)
            self._unwritten += rows.nbytes
            if (
                len(self._held) >= EPOCHS_IN_A_GROUP
                or rows_in(self._held) >= ROWS_IN_A_GROUP
                or self._unwritten >= BYTES_IN_A_GROUP
            ):
                self._flush()
            if len(self._members) >= self._capacity or self._bytes >= BYTES_IN_A_PART:
                self._finish()
        except BaseException:  # an interrupt too: what of this round is on the disk, nobody knows
            self.abandon()
            raise

    def close(self) -> None:
        """Merges what there is, and waits until it is on the disk.

        Raises:
            OSError: The disk failed; some pending parts stay as they are.
        """
        try:
            if self._members:
                self._finish()
            self.wait()
            self._batches.close()
        except BaseException:
            self.abandon()
            raise
        finally:
            self.wait()

    def wait(self) -> None:
        """Waits until what was merged is on the disk, or has failed to get there."""
        for thread in self._settling:
            thread.join()
        self._settling = []

    def abandon(self) -> None:
        """Gives this round up; its parts stay pending."""
        writer = self._writer
        self._reset()
        if writer is not None:
            writer.discard()

    @property
    def _hidden(self) -> Path:
        first = self._members[0].first
        return hidden(merged_path(self._folder, self._kind, self._attempt, first, first))

    def _flush(self) -> PartWriter:
        if self._writer is None:
            self._hidden.parent.mkdir(exist_ok=True)
            self._writer = PartWriter(self._hidden, self._kind)
        if self._held:
            self._writer.write(joined([rows.table() for rows in self._held]).combine_chunks())
        self._bytes += self._unwritten
        self._held, self._unwritten = [], 0
        return self._writer

    def _finish(self) -> None:
        self._flush().close()
        first, last = self._members[0].first, self._members[-1].last
        target = self._batches.place(first, last, len(self._members), self._bytes)
        target.parent.mkdir(exist_ok=True)
        given = (first, last, self._hidden, target, [part.path for part in self._members])
        thread = threading.Thread(target=self._hand_over, args=given, daemon=True)
        others = [other for other in self._settling if other.is_alive()]
        try:
            thread.start()
        except RuntimeError:  # no more threads, or the process ends: it is waited for
            self._hand_over(*given)
        else:
            self._settling = [*others, thread]
        self._reset()

    def _hand_over(self, first: int, last: int, temporary: Path, target: Path, pending: Sequence[Path]) -> None:
        """In a thread: what is on the disk may be one of a batch."""
        with contextlib.suppress(OSError):
            if self._settle(temporary, target, pending):
                self._batches.add(first, last, target)

    def _reset(self) -> None:
        self._members, self._held, self._writer = [], [], None
        self._bytes = self._unwritten = 0
        self._capacity = EPOCHS_IN_A_PART


def settle(folder: Path, sums: dict[str, int], temporary: Path, target: Path, pending: Sequence[Path]) -> bool:
    """Puts a merged part in the place of its pending ones. Where the disk fails they stay, to be merged again: False.

    Its bytes and its name are on the disk before the first of them goes: a power cut at any moment leaves every
    epoch in one of the two. The lines are there before it: a merged part holds nothing that no line commits.
    """
    try:
        disk.sync(folder / LINES)
        disk.sync(temporary)
        checksum = crc32_of(temporary)
        disk.rename(temporary, target)
        sums[target.relative_to(folder).as_posix()] = checksum
        disk.sync_folder(target.parent)
        disk.sync_folder(folder)  # the folder of its kind may be new, and so may the manifest that names outputs
        for path in pending:
            disk.remove(path)
    except (OSError, RunFormatError):
        with contextlib.suppress(OSError):
            disk.remove(temporary)
        return False
    return True
