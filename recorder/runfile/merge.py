"""Merging the parts of single epochs into one of many, a little at each epoch."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any

import pyarrow as pa

from .files import part_writer
from .layout import Part, hidden, merged_path
from .parts import rows_in

EPOCHS_IN_A_PART = 64
EPOCHS_IN_A_GROUP = 8
ROWS_IN_A_GROUP = 32_768


class Merger:
    """Gathers committed parts of one kind and attempt; every 64 epochs they become one merged part.

    The tables come from memory. They go to the hidden file in row groups of a few epochs, so that no epoch
    waits for the whole: what the last one waits for is a row group, a footer and 64 unlinked files.

    Args:
        folder: the run.
        kind: of the parts.
        attempt: whose epochs these are.
        capacity: epochs in the first merged part, 64 in all later ones; it keeps two kinds from merging at once.
    """

    def __init__(self, folder: Path, kind: str, attempt: int, *, capacity: int = EPOCHS_IN_A_PART) -> None:
        self._folder, self._kind, self._attempt = folder, kind, attempt
        self._capacity = capacity
        self._members: list[Part] = []
        self._held: list[Any] = []
        self._writer: Any = None

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
            if len(self._members) >= self._capacity:
                self._finish()
        except OSError:
            self._abandon()
            raise

    def close(self) -> None:
        """Merges what there is."""
        try:
            if self._members:
                self._finish()
        except OSError:
            self._abandon()
            raise

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
            self._writer.write_table(pa.concat_tables(self._held).combine_chunks())
        self._held = []

    def _finish(self) -> None:
        self._flush()
        self._writer.close()
        os.replace(self._hidden, self._target)  # noqa: PTH105 - see files.write_part
        for part in self._members:
            part.path.unlink(missing_ok=True)
        self._reset()

    def _abandon(self) -> None:
        with contextlib.suppress(OSError):
            if self._writer is not None:
                self._writer.close()
            self._hidden.unlink(missing_ok=True)
        self._reset()

    def _reset(self) -> None:
        self._members, self._held, self._writer = [], [], None
        self._capacity = EPOCHS_IN_A_PART
