"""The runs of a folder that has an index."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa

from ..reading.find import read_ahead
from ..run import Run, UnreadableRun, opened
from .book import Book
from .known import OWN, KnownRun
from .refreshing import known_of, refresh, runs_below
from .schema import COUNTS_OF
from .some_runs import without
from .store import Store

OF_POINTS = ("run", "split", "output", *COUNTS_OF)
FEW, SHARE = 20, 0.05  # runs that are read each time before the index is refreshed: some are trained at the moment


def known_runs(folder: Path, say: Callable[[str], None]) -> list[Run | UnreadableRun | KnownRun] | None:
    """As `open_known`; None where the index cannot be used."""
    found = as_indexed(folder, say)
    if found is None:
        return None
    known, others = found
    read_ahead(others)
    return _by_age(known, [opened(path) for path in others])


def as_indexed(folder: Path, say: Callable[[str], None]) -> tuple[list[KnownRun], list[Path]] | None:
    """The runs that the index has as they are now, and where the others are; None where it cannot be used.

    Where there are many others it is refreshed first, if it can be written.
    """
    store, stamps = Store(folder), runs_below(folder)
    known = known_of(store, stamps)
    if known.new > max(FEW, SHARE * len(stamps)) and not known.ignored:
        with suppress(OSError, ValueError):  # it cannot be written here
            refresh(folder)
            known = known_of(store, stamps)
    ignored, tables = known.ignored, []
    try:
        tables = [store.read(shard, "runs") for shard in known.shards]
    except ValueError as error:
        ignored = str(error)
    if ignored:
        say(f"The index {store.place} is not used: {ignored}. To make it anew: epochreel index {folder}")
    if ignored or not tables:
        return None
    table = pa.concat_tables(tables).unify_dictionaries()
    root, changed = folder.absolute(), known.changed
    if changed:
        table = without({"runs": table}, changed)["runs"]
    shards = list(known.shards)
    book = Book(table, lambda: (store.read(shard, "counts", OF_POINTS) for shard in shards))
    others = [root if key == OWN else root / key for key in known.stale]
    return [KnownRun(root, book, row) for row in range(len(book))], others


def _by_age(known: Sequence[KnownRun], others: Sequence[Run | UnreadableRun]) -> list[Run | UnreadableRun | KnownRun]:
    """Oldest first, those of one second by name, and after these what cannot be read: in the order of `open_all`."""
    readable: list[tuple[str, str, str, Any]] = [
        (run.says("created"), run.folder_name, run.says("run"), run) for run in known
    ]
    readable += [
        (run.manifest.created, run.folder.name, str(run.folder), run) for run in others if isinstance(run, Run)
    ]
    readable.sort(key=lambda one: one[:3])
    return [*(one[3] for one in readable), *(run for run in others if isinstance(run, UnreadableRun))]
