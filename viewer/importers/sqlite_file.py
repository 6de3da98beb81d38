"""A database of SQLite, read without touching it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from recorder.runfile import open_regular, shown

from .imported import itself

MOST_BYTES = 2**34  # of a file: it is not read as a whole
LONGEST_CELL = 2**24  # bytes


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that can only read.

    The file is taken as it stands, and nothing is made beside it, unless a program has left what is not yet written
    into it (`-wal`), which is read too.

    Raises:
        ValueError: It is no database, or what is asked of it is not there.
        OSError: It cannot be read.
    """
    path = itself(path)
    open_regular(path, most=MOST_BYTES).close()
    log = path.with_name(f"{path.name}-wal")
    still = not (log.is_file() and log.stat().st_size)
    try:
        with closing(
            sqlite3.connect(f"file:{quote(str(path))}?mode=ro{'&immutable=1' * still}", uri=True)
        ) as connection:
            connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_CELL)
            for pragma in ("trusted_schema=OFF", "query_only=ON", "cell_size_check=ON"):
                connection.execute(f"PRAGMA {pragma}")
            yield connection
    except sqlite3.Error as error:
        raise ValueError(f"{path.name} must be a database of SQLite. Received: {shown(str(error))}") from error


def columns_of(connection: sqlite3.Connection, table: str) -> list[str]:
    """The columns of a table; none where there is no such table, views among them."""
    found = connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", [table]).fetchone()
    return [row[1] for row in connection.execute(f"PRAGMA table_info({table})")] if found else []
