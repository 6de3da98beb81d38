"""`epochreel config`: what is in force, and where it comes from."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import typer

from ..config import FILE, PREFIX, Resolved, resolve, trust_folder
from ..trust import user_folder
from .app import app, say
from .printing import out_json, print_table


@app.command()
def config(
    trust: Annotated[
        bool, typer.Option("--trust", help="Trust the epochreel.toml of the current folder, as it is now.")
    ] = False,
    format: Annotated[str, typer.Option(help="How to print it: table or json.")] = "table",
) -> None:
    """Print every setting, its value, and where the value comes from.

    An option of a command goes before an environment variable (EPOCHREEL_DIR, EPOCHREEL_PORT, ...), that before the
    epochreel.toml of the current folder, that before your own, and all before the defaults.

    The file of a folder may name Python files (formulas, samples), which are run, an address to listen on, and the
    files of its certificate. These count only once you have trusted that file with --trust; any change of it, or of a
    Python file that it names, ends that.

    Examples:

    epochreel config

    epochreel config --trust
    """
    if format not in ("table", "json"):
        raise ValueError(f"--format must be table or json. Received: {format}")
    if trust:
        path, trusted = trust_folder()
        said = "; ".join(f"{name} {_shown(value)}" for name, value in trusted.items())
        say(f"trusted as it is now: {path} ({said or 'nothing in it needs trust'})")
    found = resolve()
    if found.warning:
        say(found.warning)
    _print(found, format)


def _print(found: Resolved, format: str) -> None:
    values = msgspec.to_builtins(found.settings)
    if format == "json":
        out_json(msgspec.json.encode({name: [values[name], found.sources[name]] for name in values}).decode())
        return
    rows = []
    for name, value in values.items():
        source = found.sources[name] + (f"; not from {found.not_taken[name]}" if name in found.not_taken else "")
        rows.append([name, _shown(value), source, PREFIX + name.upper()])
    print_table(["setting", "value", "from", "variable"], rows)
    say(f"{FILE} is read from the current folder, then from {user_folder()}")


def _shown(value: Any) -> str:
    return "" if value is None else ", ".join(map(str, value)) if isinstance(value, list) else str(value)
