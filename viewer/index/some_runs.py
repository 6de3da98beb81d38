"""The rows of some runs, in all tables of the index."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

import pyarrow as pa

from .rows import Tables
from .schema import SCHEMAS, TABLES

_MONTH = re.compile(r"\d{4}-\d{2}(?!\d)", re.ASCII)


def joined(several: Sequence[Tables]) -> Tables:
    """Rows of several, one below the other."""
    names = several[0] if several else TABLES
    return {
        name: pa.concat_tables([one[name] for one in several] or [SCHEMAS[name].empty_table()]).unify_dictionaries()
        for name in names
    }


def only(tables: Tables, runs: Collection[str]) -> Tables:
    """The rows of some runs."""
    return {table: rows.filter(_is_one_of(rows["run"], runs)) for table, rows in tables.items()}


def without(tables: Tables, runs: Collection[str]) -> Tables:
    """The rows of all other runs."""
    import pyarrow.compute as pc

    return {table: rows.filter(pc.invert(_is_one_of(rows["run"], runs))) for table, rows in tables.items()}


def by_month(tables: Tables) -> dict[str, Tables]:
    """The rows by the month in which their runs began."""
    months = [_month(created) for created in tables["runs"]["created"].to_pylist()]
    if len(set(months)) == 1:
        return {months[0]: tables}
    found: dict[str, list[str]] = defaultdict(list)
    for month, run in zip(months, tables["runs"]["run"].to_pylist(), strict=True):
        found[month].append(run)
    return {month: only(tables, runs) for month, runs in found.items()}


def _month(created: str | None) -> str:
    """`2026-11`; what says none has a place too."""
    found = _MONTH.match(created or "")
    return found[0] if found else "unknown"


def _is_one_of(column: Any, runs: Collection[str]) -> Any:
    import pyarrow.compute as pc  # half of what it takes to list a thousand runs

    texts = column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column
    return pc.is_in(texts, pa.array(list(runs), pa.string()))
