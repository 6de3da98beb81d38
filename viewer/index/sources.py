"""The tables of all runs of a folder, as they are now: from its index where there is one, else read from the runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds

from ..reading.find import INDEX, run_paths
from .known import OWN
from .refreshing import known_of, reading, refresh, runs_below
from .schema import SCHEMAS
from .some_runs import joined, without
from .store import Shard, Store


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the rows are.

    Args:
        root: the folder of runs.
        runs: a table of the schema `RUNS`.
        epochs: a table, or a data set of files.
        counts: the same.
    """

    root: Path
    runs: Any
    epochs: Any
    counts: Any

    @property
    def folders(self) -> dict[str, Path]:
        """The folders of runs by what they are called."""
        return {run: self.root if run == OWN else self.root / run for run in self.runs["run"].to_pylist()}


def sources_of(folder: Path) -> Sources:
    """All rows of a folder of runs, or of one run; an index that is there is refreshed first, where it can be written.

    Raises:
        FileNotFoundError: There is no such folder.
    """
    stamps = runs_below(folder)
    root = Path(run_paths(folder)[0]) if OWN in stamps else folder.absolute()
    store = Store(root)
    if (root / INDEX).is_dir() and OWN not in stamps:
        try:
            refresh(root)
            catalog = store.catalog()
        except (OSError, ValueError):  # read only, say: what the index has is taken as far as it is right
            catalog = None
        if catalog is not None and catalog.shards:
            return _of_files(store, list(catalog.shards))
    known = known_of(store, stamps)
    kept = [without(store.tables(shard), known.changed) for shard in known.shards]
    tables = joined([*kept, *reading(root, known.stale, "", None)])
    return Sources(root, tables["runs"], tables["epochs"], tables["counts"])


def _of_files(store: Store, shards: list[Shard]) -> Sources:
    runs = joined([{"runs": store.read(shard, "runs")} for shard in shards])["runs"]
    epochs, counts = (
        ds.dataset([str(store.path(shard, table)) for shard in shards], schema=SCHEMAS[table], format="parquet")
        for table in ("epochs", "counts")
    )
    return Sources(store.folder, runs, epochs, counts)
