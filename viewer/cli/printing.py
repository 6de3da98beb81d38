"""Tables of numbers on standard output."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    import pandas as pd

FORMATS = ("table", "csv", "json")
WIDE = 160  # characters, where nobody says how wide


def check_format(format: str) -> None:
    """Raises ValueError where there is no such format."""
    if format not in FORMATS:
        raise ValueError(f"--format must be {', '.join(FORMATS[:-1])} or {FORMATS[-1]}. Received: {format}")


def print_frame(frame: pd.DataFrame, format: str) -> None:
    """Prints a DataFrame, its index first: as a table for people, csv, or json records."""
    if format == "csv":
        print(frame.to_csv(), end="")
    elif format == "json":
        print(frame.reset_index().to_json(orient="records"))
    else:
        whole = frame.reset_index()
        print_table(list(whole.columns), [[shown(value) for value in row] for row in whole.itertuples(index=False)])


def print_table(columns: list[str], rows: list[list[str]]) -> None:
    """Prints a table for people."""
    table = Table(*map(escape, columns))
    for row in rows:
        table.add_row(*map(escape, row))
    console = Console()
    if not console.is_terminal:
        console.width = WIDE
    console.print(table)


def print_aligned(columns: Sequence[str], rows: Sequence[Sequence[str]], *, right: Collection[str] = ()) -> None:
    """Prints many rows: whole, unboxed, and in a fiftieth of the time that a table for people takes.

    Args:
        columns: headings.
        rows: a text for each column.
        right: the columns that stand right, as numbers do.
    """
    widths = [max(map(cell_len, cells)) for cells in zip(columns, *rows, strict=True)]

    def line(cells: Sequence[str]) -> str:
        spaces = (" " * (width - cell_len(cell)) for cell, width in zip(cells, widths, strict=True))
        padded = (s + c if name in right else c + s for s, c, name in zip(spaces, cells, columns, strict=True))
        return "  ".join(padded).rstrip()

    Console(soft_wrap=True).print(Text(line(columns), style="bold"))
    print("\n".join(map(line, rows)))


def shown(value: Any) -> str:
    """A number with four digits, nothing for what is undefined."""
    import pandas as pd

    if pd.isna(value):
        return ""
    if isinstance(value, bool):
        return "yes" if value else ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
