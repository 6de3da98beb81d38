"""Tables of numbers on standard output."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from recorder.runfile.names import shown as fit
from recorder.runfile.names import shown_lines

from ..run.bounded import MATTERS, Bounded

if TYPE_CHECKING:
    import pandas as pd
    from rich.progress import Progress

FORMATS = ("table", "csv", "json")
_NOT_ASCII = re.compile(r"[^\x20-\x7e]")
WIDE = 160  # characters, where nobody says how wide


def check_format(format: str) -> None:
    """Raises ValueError where there is no such format."""
    if format not in FORMATS:
        raise ValueError(f"--format must be {', '.join(FORMATS[:-1])} or {FORMATS[-1]}. Received: {format}")


def print_frame(frame: pd.DataFrame, format: str) -> None:
    """Prints a DataFrame, its index first: as a table for people, csv, or json records."""
    if format == "csv":
        out(frame.to_csv(), end="")
    elif format == "json":
        out_json(frame.reset_index().to_json(orient="records"))
    else:
        whole = frame.reset_index()
        print_table(list(whole.columns), [[shown(value) for value in row] for row in whole.itertuples(index=False)])


def print_table(columns: list[str], rows: list[list[str]]) -> None:
    """Prints a table for people."""
    table = Table(*map(cell, columns))
    for row in rows:
        table.add_row(*map(cell, row))
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
    numbers = {at for at, name in enumerate(columns) if name in right}
    columns, rows = list(map(fit, columns)), [list(map(fit, row)) for row in rows]
    widths = [max(map(cell_len, cells)) for cells in zip(columns, *rows, strict=True)]

    def line(cells: Sequence[str]) -> str:
        spaces = (" " * (width - cell_len(cell)) for cell, width in zip(cells, widths, strict=True))
        padded = (s + c if at in numbers else c + s for at, (s, c) in enumerate(zip(spaces, cells, strict=True)))
        return "  ".join(padded).rstrip()

    Console(soft_wrap=True).print(Text(line(columns), style="bold"))
    out("\n".join(map(line, rows)))


def out(text: str, end: str = "\n") -> None:
    """A result on standard output; what a run calls itself cannot move the cursor there."""
    print(shown_lines(text), end=end)


def out_json(text: str) -> None:
    """JSON on standard output, with escapes for whatever is not ASCII."""
    print(_NOT_ASCII.sub(lambda found: json.dumps(found[0])[1:-1], text))


def progress_bar() -> Progress:
    """Progress on standard error, where that is a terminal."""
    from rich.progress import Progress

    console = Console(stderr=True)
    return Progress(console=console, disable=not console.is_terminal)


def cell(text: str) -> str:
    """A cell of a table, or a title, for a rich console."""
    return escape(fit(text))


def shown(value: Any) -> str:
    """A number with four digits, or as many as are known, a large one with those before its point; "" for undefined."""
    import pandas as pd

    if pd.isna(value):
        return ""
    if isinstance(value, bool):
        return "yes" if value else ""
    if not isinstance(value, float):
        return str(value)
    if isinstance(value, Bounded) and value.off >= MATTERS:
        return value.text()
    return f"{value:.0f}" if 1000 <= abs(value) < 1e6 else f"{value:.4g}"
