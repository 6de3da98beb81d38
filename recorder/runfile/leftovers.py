"""What a kill, a failed disk or a power cut left behind: merged and tidied up, for attempts that are over."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path

from . import disk, layout
from .batches import combine
from .errors import RunFormatError
from .layout import Part
from .merge import Merger, ReadRows, settle
from .part_files import read_part, scan_part
from .parts import split_epochs
from .schema import AddLine, EpochLine, Line


def merge_leftovers(
    folder: Path, lines: Collection[Line | AddLine], attempts: Collection[int], *, sums: dict[str, int]
) -> None:
    """Merges the pending parts of some attempts; parts that no line commits, and broken ones, are left alone.

    Args:
        folder: the run.
        lines: of the run, and what was added to it.
        attempts: whose parts.
        sums: takes the checksum of each merged part, by its path within the run.

    Raises:
        OSError: The disk failed; what is not merged stays pending.
    """
    pending = [part for part in layout.pending_parts(folder) if part.attempt in attempts]
    waiting = [part for part in layout.batches(folder) if part.attempt in attempts]
    if not pending and not waiting:
        return
    epochs = {(line.attempt, line.epoch): line for line in lines if isinstance(line, EpochLine | AddLine)}
    committed = [part for part in pending if (part.attempt, part.first) in epochs]
    by_kind = sorted([*waiting, *committed], key=lambda part: (part.kind, part.attempt, part.first))
    for (kind, attempt), parts in groupby(by_kind, lambda part: (part.kind, part.attempt)):
        rows = {epoch for (of, epoch), line in epochs.items() if of == attempt and line.rows.get(kind)}
        _merge(folder, list(parts), rows, sums)


def remove_half_written(folder: Path, attempts: Collection[int]) -> None:
    """Removes hidden files of some attempts, and those of no attempt."""
    for attempt, path in layout.left_behind(folder):
        if attempt is None or attempt in attempts:
            disk.remove(path)


def remove_unmade(folder: Path) -> None:
    """Removes what there is of a run that the disk cut short; by name, as to list a folder takes one more open file.

    First the manifest, which makes it a run: a disk may say that it failed, and have given it its name.
    """
    manifest = folder / layout.MANIFEST
    for path in (manifest, folder / layout.LINES, layout.hidden(manifest)):
        with contextlib.suppress(OSError):
            path.unlink()
    for path in (*(folder / name for name in layout.FOLDERS), folder):
        with contextlib.suppress(OSError):
            path.rmdir()


def _merge(folder: Path, parts: Sequence[Part], rows: set[int], sums: dict[str, int]) -> None:
    """Merges committed parts of one kind and attempt; where one stands in a merged part already it just goes.

    Args:
        folder: the run.
        parts: of one epoch, and batches.
        rows: the epochs of the attempt that have rows of this kind.
        sums: as in `merge_leftovers`.
    """
    kind, attempt = parts[0].kind, parts[0].attempt
    pending = [part for part in parts if part.path.parent.name == layout.PENDING]
    waiting = dict(_readable(part for part in parts if part.path.parent.name == layout.BATCHES))
    there = {part.first for part in pending}.union(*waiting.values())
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
        disk.sync_folder(folder)
    left = []
    for batch, epochs in waiting.items():
        if epochs <= merged:
            disk.remove(batch.path)
        else:
            disk.sync(batch.path)
            disk.sync_folder(batch.path.parent)
            merged |= epochs
            left.append(batch)
    if left:
        disk.sync_folder(folder)
    merger = Merger(folder, kind, attempt, sums=sums)
    for part in pending:
        if part.first in merged:
            disk.remove(part.path)  # a kill came between the merge and this line
            continue
        with contextlib.suppress(RunFormatError):  # broken: it stays where it is, to be looked at
            merger.add(part, ReadRows(read_part(part.path, kind)))
    merger.close()
    combine(folder, left, partial(settle, folder, sums))


def _readable(batches: Iterable[Part]) -> Iterator[tuple[Part, set[int]]]:
    """Batches with their epochs; a broken one stays where it is."""
    for batch in batches:
        with contextlib.suppress(RunFormatError):
            yield batch, _epochs_in(batch)


def _epochs_in(whole: Part) -> set[int]:
    tables = scan_part(whole.path, whole.kind, columns=("attempt", "epoch"))
    return {epoch for table in tables for (attempt, epoch), _ in split_epochs(table) if attempt == whole.attempt}
