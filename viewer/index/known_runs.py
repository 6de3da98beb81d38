"""The runs of a folder that has an index."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from ..reading.find import read_ahead
from ..run import Run, UnreadableRun, opened
from .book import Book
from .known import OWN, KnownRun
from .refreshing import known_of, runs_below
from .some_runs import without
from .store import Store


def known_runs(folder: Path, say: Callable[[str], None]) -> list[Run | UnreadableRun | KnownRun] | None:
    """As `open_known`; None where the index cannot be used."""
    store, stamps = Store(folder), runs_below(folder)
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
    book = Book(table)
    paths = [root if key == OWN else root / key for key in known.stale]
    read_ahead(paths)
    return _by_age([KnownRun(root, book, row) for row in range(len(book))], [opened(path) for path in paths])


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
