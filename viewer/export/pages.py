"""Templates of the self-contained pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from recorder.runfile.names import shown_lines

from ..needs import told


def template(name: str) -> Any:
    """A Jinja template beside this file; all that is put into it is escaped, and turns no direction of reading."""
    with told():
        import jinja2

    folder = Path(__file__).parent / "templates"
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder), autoescape=True, undefined=jinja2.StrictUndefined, finalize=_readable
    )
    return environment.get_template(name)


def _readable(value: Any) -> Any:
    return shown_lines(value) if type(value) is str else value  # markup is ours


def is_report(path: Path) -> bool:
    """Whether a page of that name is a report: `report.html`, or `NAME-report.html`; other pages are films."""
    return _is_page(path, "report")


def is_gallery(path: Path) -> bool:
    """The same of a gallery of samples: `samples.html`, or `NAME-samples.html`."""
    return _is_page(path, "samples")


def _is_page(path: Path, what: str) -> bool:
    return path.suffix.lower() == ".html" and (path.stem == what or path.stem.endswith(f"-{what}"))
