"""A second level of merging: a long run has hundreds of parts, not a file for every 64 epochs."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from . import disk
from .errors import RunFormatError
from .layout import EPOCHS_IN_A_PART, Part, batch_path, hidden, merged_path
from .part_files import PartWriter, read_part

EPOCHS_IN_A_GROUP = 32  # that a reader who wants one of them decodes
SHARE = 16  # a part waits for its like until they have this share of the epochs so far
BYTES_IN_A_BATCH = 2**25  # in memory: a part that is as large waits for nobody
BYTES_IN_A_PART = 2**29  # in memory; far below what a reader takes
BYTES_TOGETHER = 2**23  # on disk: a reader reads a part whole
Settle = Callable[[Path, Path, Sequence[Path]], bool]  # temporary, target, what goes; whether the disk took it


class Batches:
    """Parts of one kind and attempt that wait in `batches/` until there are enough of them for one merged part.

    What stands in the folder of a kind is never touched again, so parts become one before they come there. How many
    epochs that takes grows with the run: a sixteenth of it.

    Args:
        folder: the run.
        kind: of the parts.
        attempt: whose epochs these are.
        settle: puts a file in the place of others.
    """

    def __init__(self, folder: Path, kind: str, attempt: int, settle: Settle) -> None:
        self._folder, self._kind, self._attempt, self._settle = folder, kind, attempt, settle
        self._epochs = 0  # that are in parts of 64 by now
        self._waiting: list[Part] = []
        self._lock = threading.Lock()  # a thread takes in what another one hands over

    def place(self, first: int, last: int, epochs: int, size: int) -> Path:
        """Where the part of the epochs `first` to `last` belongs: among the merged ones, or with those that wait.

        Args:
            first: epoch.
            last: epoch.
            epochs: how many it holds.
            size: in memory, in bytes.
        """
        self._epochs += epochs
        if together(self._epochs) <= EPOCHS_IN_A_PART or size >= BYTES_IN_A_BATCH:
            return merged_path(self._folder, self._kind, self._attempt, first, last)
        return batch_path(self._folder, self._kind, self._attempt, first, last)

    def add(self, first: int, last: int, path: Path) -> None:
        """Takes in a part that is on the disk where `place` said; makes one of those that wait when they are enough.

        Raises:
            OSError: The disk failed; they stay where they are.
        """
        if path != batch_path(self._folder, self._kind, self._attempt, first, last):
            return
        with self._lock:
            self._waiting.append(Part(self._kind, self._attempt, first, last, path))
            epochs = sum(part.last - part.first + 1 for part in self._waiting)
            sizes = sum(part.path.stat().st_size for part in self._waiting)
            if epochs >= together(self._epochs) or sizes >= BYTES_TOGETHER:
                self._combine()

    def close(self) -> None:
        """Makes one part of those that wait. Raises as `add`."""
        with self._lock:
            if self._waiting:
                self._combine()

    def _combine(self) -> None:
        parts, self._waiting = sorted(self._waiting, key=lambda part: part.first), []
        combine(self._folder, parts, self._settle)


def together(epochs: int) -> int:
    """How many epochs a merged part should have in a run of so many: a power of two, 64 at least.

    >>> together(2_047), together(2_048), together(100_000)
    (64, 128, 4096)
    """
    return max(EPOCHS_IN_A_PART, 1 << max((epochs // SHARE).bit_length() - 1, 0))


def combine(folder: Path, batches: Sequence[Part], settle: Settle) -> None:
    """Makes one merged part of batches of one kind and attempt, or several where that would be large.

    A broken one stays where it is, to be looked at.

    Args:
        folder: the run.
        batches: in order.
        settle: as of `Batches`.

    Raises:
        OSError: The disk failed; those that are not merged stay as they are.
    """
    rest = list(batches)
    while rest:
        temporary = hidden(merged_path(folder, rest[0].kind, rest[0].attempt, rest[0].first, rest[-1].last))
        temporary.parent.mkdir(exist_ok=True)
        taken = write_joined(temporary, rest)
        if taken:
            target = merged_path(folder, taken[0].kind, taken[0].attempt, taken[0].first, taken[-1].last)
            settle(temporary, target, [part.path for part in taken])
        else:
            disk.remove(temporary)


def write_joined(path: Path, rest: list[Part]) -> list[Part]:
    """Writes a part of as many of some parts as it should hold, and takes these out of the list; which they are.

    Args:
        path: of the file.
        rest: parts of one kind and attempt, in order; broken ones are passed over.

    Raises:
        OSError: The disk failed, or a part is not there any more; the file is not there.
    """
    writer, taken, size = PartWriter(path, rest[0].kind), [], 0
    try:
        while rest and size < BYTES_IN_A_PART:
            part = rest.pop(0)
            with contextlib.suppress(RunFormatError):
                table = read_part(part.path, part.kind)
                rows = max(1, len(table) * EPOCHS_IN_A_GROUP // (part.last - part.first + 1))
                for start in range(0, len(table), rows):
                    writer.write(table.slice(start, rows))
                taken.append(part)
                size += table.nbytes
        writer.close()
    except BaseException:
        writer.discard()
        raise
    return taken
