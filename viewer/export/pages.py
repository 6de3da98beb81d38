"""Templates of the self-contained pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def template(name: str) -> Any:
    """A Jinja template beside this file, everything in it escaped."""
    import jinja2

    folder = Path(__file__).parent / "templates"
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder), autoescape=True, undefined=jinja2.StrictUndefined
    )
    return environment.get_template(name)
