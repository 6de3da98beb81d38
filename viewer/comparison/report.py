"""A comparison as files: one self-contained page, or every table."""

from __future__ import annotations

import base64
import io
import zipfile
from pathlib import Path

from ..export.look import Look, drawn
from ..export.pages import template
from ..export.whole import whole
from .picture import Reel
from .result import Comparison
from .sections import sections, sentences


def comparison_report(found: Comparison, path: Path, *, look: Look | None = None) -> None:
    """Writes one page with the picture, the tables and the sentences.

    Args:
        found: the comparison.
        path: of the page.
        look: of its picture.
    """
    look, picture = look or Look(), Reel(found).still
    drawing = drawn(picture, look)
    drawing.update(picture)
    buffer = io.BytesIO()
    drawing.figure.savefig(buffer, format="png", dpi=look.dpi)
    words = template("comparison.html").render(
        title=picture.title,
        facts=picture.facts,
        image=base64.b64encode(buffer.getvalue()).decode(),
        sections=list(sections(found)),
        sentences=sentences(found),
    )
    with whole(path) as temporary:
        temporary.write_text(words, encoding="utf-8")


def write_tables(found: Comparison, path: Path) -> None:
    """Writes every table as csv into one zip file."""
    with whole(path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as file:
        for name, table in found.tables().items():
            file.writestr(f"{name}.csv", table.to_csv())
