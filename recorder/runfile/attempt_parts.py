"""The parts of one attempt: written point by point, and merged when there are enough."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from . import disk, layout
from .layout import EPOCHS_IN_A_PART, KINDS, PENDING, Part
from .merge import Merger
from .part_encoder import PartEncoder
from .part_files import write_part
from .records import EpochRecord
from .rows import Rows, rows_of


@dataclass(frozen=True, slots=True)
class Written:
    """The parts of a point, which are on the disk, and not committed yet.

    Args:
        rows: of each, by kind.
        crc32: checksums, by kind.
        parts: by kind.
        made: what they hold, by kind.
    """

    rows: dict[str, int]
    crc32: dict[str, int]
    parts: dict[str, Part]
    made: dict[str, Rows]


class AttemptParts:
    """Writes what no line names yet, and merges what one does.

    Args:
        folder: the run.
        attempt: whose parts.
        sums: takes checksums of merged parts, by their path within the run.
        synced: whether a part is on the disk when `write` returns.
    """

    def __init__(self, folder: Path, attempt: int, *, sums: dict[str, int], synced: bool) -> None:
        self._folder, self._attempt, self._synced = folder, attempt, synced
        self._encoders = {kind: PartEncoder() for kind in KINDS}
        # The kinds fill their first merged part to different marks, so that they never merge in the same epoch.
        shares = {kind: EPOCHS_IN_A_PART * (len(KINDS) - i) // len(KINDS) for i, kind in enumerate(KINDS)}
        self.mergers = {
            kind: Merger(folder, kind, attempt, capacity=share, sums=sums) for kind, share in shares.items()
        }

    def write(self, record: EpochRecord) -> Written:
        """Writes the parts of a point. Raises OSError where the disk fails."""
        made = rows_of(record, self._attempt)
        parts, sums = {}, {}
        for kind, rows in made.items():
            path = layout.pending_path(self._folder, kind, self._attempt, record.epoch)
            sums[kind] = write_part(self._encoders[kind].encode(rows), path, synced=self._synced)
            parts[kind] = Part(kind, self._attempt, record.epoch, record.epoch, path)
        if self._synced and parts:
            disk.sync_folder(self._folder / PENDING)
        return Written({kind: rows.num_rows for kind, rows in made.items()}, sums, parts, made)

    def committed(self, written: Written) -> None:
        """A line names these parts: they are merged when there are enough. Where the disk fails they stay pending."""
        for kind, part in written.parts.items():
            with suppress(OSError):
                self.mergers[kind].add(part, written.made[kind])

    def close(self) -> None:
        """Merges the rest; what the disk does not take stays pending."""
        for merger in self.mergers.values():
            with suppress(OSError):
                merger.close()

    def abandon(self) -> None:
        """Leaves what is not merged pending, and waits for what is being merged."""
        for merger in self.mergers.values():
            merger.abandon()
            merger.wait()
