"""`epochreel config`: what is in force, and where it comes from."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ..config import FILE, PREFIX, resolve
from .app import app, say


@app.command()
def config(format: Annotated[str, typer.Option(help="table or json.")] = "table") -> None:
    """Print the settings in force and where each comes from.

    Arguments go before environment variables (EPOCHREEL_DIR, EPOCHREEL_PORT, ...), these before the epochreel.toml
    beside the work, that before the user's own, and all before the defaults.

    Example: epochreel config
    """
    if format not in ("table", "json"):
        raise ValueError(f"--format must be table or json. Received: {format}")
    found = resolve()
    values = msgspec.to_builtins(found.settings)
    if format == "json":
        print(msgspec.json.encode({name: [values[name], found.sources[name]] for name in values}).decode())
        return
    table = Table("setting", "value", "from", "variable")
    for name, value in values.items():
        shown = "" if value is None else ", ".join(value) if isinstance(value, list) else str(value)
        table.add_row(name, escape(shown), escape(found.sources[name]), PREFIX + name.upper())
    Console().print(table)
    say(f"{FILE} is looked for beside the work, then in the user's own configuration folder")
