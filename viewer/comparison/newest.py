"""The newest values of runs, of all that an index knows at once: most runs of many are never opened."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..index.known import KnownRun
from ..listing.known_column import Unknown, last
from .compared_run import ComparedRun
from .comparison_query import ComparisonQuery

if TYPE_CHECKING:
    from ..index.book import Book


def take_newest(compared_runs: Sequence[ComparedRun], query: ComparisonQuery) -> None:
    """Gives each run of an index its values at the newest epoch, as far as the index tells them.

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
            values = last(spec, query.split, {"threshold": query.threshold, "output": query.output})
            for (compared, _), value in zip(known, values([source for _, source in known]), strict=True):
                if not isinstance(value, Unknown):
                    compared.take_newest(spec, value)
