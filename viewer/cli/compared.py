"""A comparison for people: sections with a title, in a terminal or as Markdown."""

from __future__ import annotations

import sys
from io import StringIO
from typing import IO, TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.markup import escape

from recorder.runfile.names import shown_lines

from .printing import WIDE, WIDEST, cell, print_whole

if TYPE_CHECKING:
    from ..comparison import Comparison


def print_comparison(found: Comparison) -> None:
    """Prints it for a person."""
    _write(found, sys.stdout)


def as_markdown(found: Comparison) -> str:
    """The same as Markdown."""
    text = StringIO()
    _write(found, text, markdown=True)
    return "\n".join(line.strip() for line in text.getvalue().splitlines()) + "\n"


def _write(found: Comparison, file: IO[str], *, markdown: bool = False) -> None:
    from ..comparison.sections import sections, sentences

    console = Console(file=file, width=WIDEST if markdown else None, highlight=False)
    if not markdown and not console.is_terminal:
        console.width = WIDE
    for section in sections(found):
        console.print(f"## {cell(section.title)}\n" if markdown else f"[bold]{cell(section.title)}")
        rows = [_cells(row, markdown) for row in section.rows]
        print_whole(console, _cells(section.columns, markdown), rows, look=box.MARKDOWN if markdown else box.HEAVY_HEAD)
        console.print(end="\n" if markdown else "")
    for sentence in sentences(found):
        console.print(f"{'- ' if markdown else ''}{escape(shown_lines(sentence))}")


def _cells(texts: list[str], markdown: bool) -> list[str]:
    return [cell(text.replace("|", "\\|") if markdown else text) for text in texts]
