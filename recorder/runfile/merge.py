"""Merging the parts of single epochs into one of many, a little at each epoch."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from . import disk
from .checksums import crc32_of
from .errors import RunFormatError
from .layout import EPOCHS_IN_A_PART, LINES, Part, hidden, merged_path
from .part_files import part_writer
from .parts import rows_in

EPOCHS_IN_A_GROUP = 8
ROWS_IN_A_GROUP = 32_768
BYTES_IN_A_PART = 2**29  # in memory; far below what a reader takes


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
        self._capacity, self._sums = capacity, sums
        self._members: list[Part] = []
        self._held: list[Any] = []
        self._bytes = 0
        self._writer: Any = None
        self._settling: list[threading.Thread] = []

    def add(self, part: Part, table: Any) -> None:
        """Takes in a committed part; merges when there are enough.

        Raises:
            OSError: The disk failed; the pending parts of this round stay as they are.
        """
        try:
            self._members.append(part)
            self._held.append(table)
            if len(self._held) >= EPOCHS_IN_A_GROUP or rows_in(self._held) >= ROWS_IN_A_GROUP:
                self._flush()
            if len(self._members) >= self._capacity or self._bytes >= BYTES_IN_A_PART:
                self._finish()
        except OSError:
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
        except OSError:
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
        with contextlib.suppress(OSError):
            if self._writer is not None:
                self._writer.close()
                disk.remove(self._hidden)
        self._reset()

    @property
    def _target(self) -> Path:
        first, last = self._members[0].first, self._members[-1].last
        return merged_path(self._folder, self._kind, self._attempt, first, last)

    @property
    def _hidden(self) -> Path:
        first = self._members[0].first
        return hidden(merged_path(self._folder, self._kind, self._attempt, first, first))

    def _flush(self) -> None:
        if self._writer is None:
            self._hidden.parent.mkdir(exist_ok=True)
            self._writer = part_writer(self._hidden, self._kind)
        if self._held:
            table = pa.concat_tables(self._held).combine_chunks()
            self._bytes += table.nbytes
            self._writer.write_table(table)
        self._held = []

    def _finish(self) -> None:
        self._flush()
        self._writer.close()
        pending = [part.path for part in self._members]
        files = (self._folder, self._hidden, self._target)
        thread = threading.Thread(target=_settle, args=(*files, pending, self._sums), daemon=True)
        self._settling = [*(other for other in self._settling if other.is_alive()), thread]
        self._reset()
        thread.start()

    def _reset(self) -> None:
        self._members, self._held, self._writer, self._bytes = [], [], None, 0
        self._capacity = EPOCHS_IN_A_PART


def _settle(folder: Path, temporary: Path, target: Path, pending: Sequence[Path], sums: dict[str, int]) -> None:
    """Puts a merged part in the place of its pending ones. Where the disk fails they stay, to be merged again.

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
        for path in pending:
            disk.remove(path)
    except (OSError, RunFormatError):
        with contextlib.suppress(OSError):
            disk.remove(temporary)
