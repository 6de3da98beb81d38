"""The newest values of runs, of all that an index knows at once: most runs of many are opened once, or never."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ..index.known import KnownRun
from ..listing.column import Column, newest
from ..listing.known_column import Unknown
from .compared_run import ComparedRun
from .comparison_query import ComparisonQuery

if TYPE_CHECKING:
    from ..index.book import Book


def take_newest(compared_runs: Sequence[ComparedRun], query: ComparisonQuery) -> None:
    """Gives each run of an index its values at the newest epoch, as far as the index tells them, or who asked earlier.

    Where logs or counts are older than that epoch, the run is asked: it depends on all formulas which epoch is its
    last.
    """
    by_book: dict[Book, list[tuple[ComparedRun, KnownRun]]] = defaultdict(list)
    for compared in compared_runs:
        source = compared.source
        if isinstance(source, KnownRun) and source.says("all_newest"):
            by_book[source.book].append((compared, source))
    for known in by_book.values():
        for spec in query.formulas:
            column = newest(spec, query.split, {"threshold": query.threshold, "output": query.output})
            wanted = any(compared.at == "last" for compared, _ in known)  # else nobody is asked for it
            values = _values(column, [source for _, source in known], ask=wanted)
            for (compared, _), value in zip(known, values, strict=True):
                if value is not None and not isinstance(value, Unknown):
                    compared.take_newest(spec, value)


def _values(column: Column, sources: Sequence[KnownRun], *, ask: bool) -> Sequence[Any]:
    """What the index has; of what is kept beside it the runs are asked too, where it is not there yet."""
    found = column.known(sources)
    if not ask or Unknown.ASK not in found or not column.question():
        return found
    with suppress(ValueError):  # none of them has it, and says so itself
        return column.values(sources)
    return found
