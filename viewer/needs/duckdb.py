"""DuckDB, of the extra `sql`."""

from __future__ import annotations

from . import told

with told():
    import duckdb

__all__ = ["duckdb"]
