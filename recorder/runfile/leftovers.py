"""What a kill, a failed disk or a power cut left behind: merged and tidied up, for attempts that are over."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Sequence
from itertools import groupby
from pathlib import Path

from . import disk, layout
from .errors import RunFormatError
from .layout import Part
from .merge import Merger
from .part_files import read_part, scan_part
from .parts import split_epochs
from .schema import EpochLine, Line


def merge_leftovers(folder: Path, lines: Collection[Line], attempts: Collection[int], *, sums: dict[str, int]) -> None:
    """Merges the pending parts of some attempts; parts that no line commits, and broken ones, are left alone.

    Args:
        folder: the run.
        lines: of the run.
        attempts: whose parts.
        sums: takes the checksum of each merged part, by its path within the run.

    Raises:
        OSError: The disk failed; what is not merged stays pending.
    """
    pending = [part for part in layout.pending_parts(folder) if part.attempt in attempts]
    if not pending:
        return
    epochs = {(line.attempt, line.epoch): line for line in lines if isinstance(line, EpochLine)}
    committed = [part for part in pending if (part.attempt, part.first) in epochs]
    by_kind = sorted(committed, key=lambda part: (part.kind, part.attempt, part.first))
    for (kind, attempt), parts in groupby(by_kind, lambda part: (part.kind, part.attempt)):
        rows = {epoch for (of, epoch), line in epochs.items() if of == attempt and line.rows.get(kind)}
        _merge(folder, list(parts), rows, sums)


def remove_half_written(folder: Path, attempts: Collection[int]) -> None:
    """Removes hidden files of some attempts, and those of no attempt."""
    for attempt, path in layout.left_behind(folder):
        if attempt is None or attempt in attempts:
            disk.remove(path)


def _merge(folder: Path, pending: Sequence[Part], rows: set[int], sums: dict[str, int]) -> None:
    """Merges committed parts of one kind and attempt; where one stands in a merged part already it just goes.

    Args:
        folder: the run.
        pending: the parts.
        rows: the epochs of the attempt that have rows of this kind.
        sums: as in `merge_leftovers`.
    """
    kind, attempt = pending[0].kind, pending[0].attempt
    there = {part.first for part in pending}
    merged: set[int] = set()
    for whole in layout.merged_parts(folder, kind):
        span = range(whole.first, whole.last + 1)
        if whole.attempt != attempt or there.isdisjoint(span):
            continue
        try:
            merged |= _epochs_in(whole) & there
        except RunFormatError:
            if there >= rows & set(span):
                # A power cut left it without its bytes: other programs' readers would stumble over it.
                disk.rename(whole.path, whole.path.with_name(f".{whole.path.name}.broken"))
            continue
        disk.sync(whole.path)
        disk.sync_folder(whole.path.parent)
    merger = Merger(folder, kind, attempt, sums=sums)
    for part in pending:
        if part.first in merged:
            disk.remove(part.path)  # a kill came between the merge and this line
            continue
        with contextlib.suppress(RunFormatError):  # broken: it stays where it is, to be looked at
            merger.add(part, read_part(part.path, kind))
    merger.close()


def _epochs_in(whole: Part) -> set[int]:
    tables = scan_part(whole.path, whole.kind, columns=("attempt", "epoch"))
    return {epoch for table in tables for (attempt, epoch), _ in split_epochs(table) if attempt == whole.attempt}
