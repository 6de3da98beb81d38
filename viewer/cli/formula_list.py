"""`epochreel formulas`: what every formula is called, and what it is."""

from __future__ import annotations

import inspect
from typing import Annotated

import typer

from ..formulas import FORMULAS
from .app import app
from .looking import load_formulas, settings_of
from .options import Formulas
from .printing import check_format, print_frame, print_table


@app.command("formulas")
def list_formulas(
    context: typer.Context,
    formulas: Formulas = [],  # noqa: B006 - typer copies it
    format: Annotated[str, typer.Option(help="How to print it: table, csv or json.")] = "table",
) -> None:
    """Print the formulas that can be asked for by name, what each takes, and what it is.

    Beside these a formula is an expression (tp / (tp + fn)), or a log of a run.

    Example: epochreel formulas
    """
    check_format(format)
    load_formulas(settings_of(context))
    heads = ["formula", "other names", "takes", "is"]
    rows = []
    for item in (FORMULAS[name] for name in FORMULAS):
        meaning = (inspect.getdoc(item.function) or item.label).partition("\n")[0]
        others = ", ".join(FORMULAS.aliases(item.name))
        takes = ", ".join([*item.needs, *(f"{name}={value:g}" for name, value in item.constants.items())])
        rows.append([item.name, others, takes, meaning])
    if format == "table":  # without pandas, which takes as long again to load
        print_table(heads, rows)
        return
    from ..needs.pandas import pd

    print_frame(pd.DataFrame(rows, columns=heads).set_index("formula"), format)
