"""Tables of numbers on standard output."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

from rich.box import HEAVY_HEAD, Box
from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from recorder.runfile.names import shown as fit
from recorder.runfile.names import shown_lines

if TYPE_CHECKING:
    import pandas as pd
    from rich.progress import Progress

FORMATS = ("table", "csv", "json")
_NOT_ASCII = re.compile(r"[^\x20-\x7e]")
WIDE = 160  # characters, where nobody says how wide
WIDEST = 100_000  # and where there is no end to it


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
        from ..run.shown import shown

        whole = frame.reset_index()
        print_table(list(whole.columns), [[shown(value) for value in row] for row in whole.itertuples(index=False)])


def print_table(columns: list[str], rows: list[list[str]]) -> None:
    """Prints a table for people."""
    print_whole(Console(), list(map(cell, columns)), [list(map(cell, row)) for row in rows])


def print_whole(console: Console, columns: list[str], rows: list[list[str]], *, look: Box = HEAVY_HEAD) -> None:
    """Prints a table of which nothing is cut: in a narrow terminal a part of its columns below the other.

    Args:
        console: to print on; a pipe or a file takes lines of any length.
        columns: headings, as rich takes them; the first column stands in each part.
        rows: a text for each column.
        look: of its lines.
    """
    whole = _table(columns, rows, list(range(len(columns))), look)
    if not console.is_terminal:
        console.width = max(WIDE, _width(console, whole))
    for part in _parts(console, columns, rows, look):
        console.print(_table(columns, rows, part, look))


def _parts(console: Console, columns: list[str], rows: list[list[str]], look: Box) -> list[list[int]]:
    """Numbers of the columns of each part: as many as fit, the first in each."""
    parts = [[0]]
    for at in range(1, len(columns)):
        longer = [*parts[-1], at]
        if len(parts[-1]) == 1 or _width(console, _table(columns, rows, longer, look)) <= console.width:
            parts[-1] = longer
        else:
            parts.append([0, at])
    return parts


def _width(console: Console, table: Table) -> int:
    """Characters that it takes where there is room for all."""
    return console.measure(table, options=console.options.update(max_width=WIDEST)).maximum


def _table(columns: list[str], rows: list[list[str]], shown: list[int], look: Box) -> Table:
    table = Table(*(columns[at] for at in shown), box=look)
    for row in rows:
        table.add_row(*(row[at] for at in shown))
    return table


def print_aligned(columns: Sequence[str], rows: Sequence[Sequence[str]], *, right: Collection[str] = ()) -> None:
    """Prints many rows: whole, unboxed, and in a fiftieth of the time that a table for people takes.

    Args:
        columns: headings.
        rows: a text for each column.
        right: the columns that stand right, as numbers do.
    """
    by_column = zip(columns, *rows, strict=True)
    aligned = [_aligned(texts, right=name in right) for name, texts in zip(columns, by_column, strict=True)]
    head, *lines = ["  ".join(cells).rstrip() for cells in zip(*aligned, strict=True)]
    Console(soft_wrap=True).print(Text(head, style="bold"))
    out("\n".join(lines))


def _aligned(texts: Iterable[str], *, right: bool) -> list[str]:
    """The texts of a column, as wide as the widest: one in ASCII takes as many cells as it has characters."""
    fitted = list(map(fit, texts))
    ascii_ = all(map(str.isascii, fitted))
    widths = list(map(len if ascii_ else cell_len, fitted))
    widest = max(widths)
    if ascii_:
        return [text.rjust(widest) if right else text.ljust(widest) for text in fitted]
    padded = [(" " * (widest - width), text) for text, width in zip(fitted, widths, strict=True)]
    return [space + text if right else text + space for space, text in padded]


def out(text: str, end: str = "\n") -> None:
    """A result on standard output; what a run calls itself cannot move the cursor there."""
    print(shown_lines(text), end=end)


def out_csv(columns: Iterable[str], rows: Iterable[Sequence[object]]) -> None:
    """Rows as CSV on standard output, the names of the columns first."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    out(text.getvalue(), end="")


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
