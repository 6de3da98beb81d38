"""What the index knows of the rows of a live table: their fields at once, and what else it keeps, of all at once."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from pathlib import Path

from recorder.runfile import is_run

from ..index.known import KnownRun
from ..reading.find import INDEX
from .column import Column
from .known_column import ASK, NONE
from .row import Row, Stamp

LOG = logging.getLogger(__name__)


class IndexedRows:
    """The rows of a folder that its index has as they are.

    Args:
        folder: of runs.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, KnownRun] = {}

    def take(self, rows: Sequence[Row], stamp_of: dict[str, Stamp], now: float) -> None:
        """Fills in rows that were not read.

        Args:
            rows: all of them.
            stamp_of: what their files looked like before this, by key.
            now: in seconds of the table's clock.
        """
        if is_run(self._folder) or not (self._folder / INDEX).is_dir():
            return
        from ..index.known_runs import as_indexed

        found = as_indexed(self._folder, LOG.warning)
        known = {run.folder: run for run in found[0]} if found is not None else {}
        for row in rows:
            if not row.read and row.path in known:
                self._known[row.key] = known[row.path]
                row.take_known(known[row.path], stamp_of[row.key], now)

    def drop(self, keys: Iterable[str]) -> None:
        """Some runs have changed."""
        for key in keys:
            self._known.pop(key, None)

    def ask(self, rows: Sequence[Row], columns: Iterable[Column]) -> None:
        """Fills in columns of rows that do not know them, where the index does."""
        for column in columns:
            asked = [row for row in rows if row.key in self._known and not row.knows(column.text)]
            values = column.known([self._known[row.key] for row in asked]) if asked else []
            spokesman = values.index(NONE) if NONE in values else None  # who says itself why there is none
            for place, (row, value) in enumerate(zip(asked, values, strict=True)):
                if value is not ASK and place != spokesman:
                    row.put(column.text, value)
