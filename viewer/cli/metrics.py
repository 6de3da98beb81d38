"""`epochreel metrics`: formulas over epochs as numbers."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Integral
from typing import Annotated, Any

import typer

from ..counts.bounded import OFF, Bounded
from ..export.tables import metric_table
from ..points import UNITS
from .app import app
from .looking import load_formulas, opened, settings_of
from .options import At, Formulas, Metrics, OutputName, Prevalence, RunFolder, Split, Threshold
from .printing import check_format, out, out_json, print_table


@app.command()
def metrics(
    context: typer.Context,
    run: RunFolder,
    metrics: Metrics = [],  # noqa: B006 - typer copies it
    output: OutputName = None,
    split: Split = None,
    threshold: Threshold = None,
    prevalence: Prevalence = None,
    formulas: Formulas = [],  # noqa: B006 - typer copies it
    weights: Annotated[
        bool, typer.Option("--weights", help="Sum the recorded sample weights instead of counting samples.")
    ] = False,
    at: At = None,
    format: Annotated[str, typer.Option(help="How to print it: table, csv or json.")] = "table",
) -> None:
    """Print the value of formulas at every recorded epoch or step, or at one.

    Example: epochreel metrics RUN -m 'tn / (tn + fn)' -m f1@0.3 --format csv
    """
    check_format(format)
    settings = settings_of(context)
    load_formulas(settings)
    found = opened(context, run)
    frame = found.with_both(metric_table(found, settings, weights=weights))
    if at is not None:
        frame = frame.iloc[[found.position(at)]]
    if format == "csv":
        out(frame.to_csv(), end="")
    elif format == "json":
        out_json(frame.reset_index().to_json(orient="records"))
    else:
        both = [name for name in UNITS if name in frame]
        frame = frame.set_index([*both], append=True)
        names = [name for name in frame.columns if not str(name).endswith(OFF)]
        columns = [_cells(frame[name], frame.get(f"{name}{OFF}")) for name in names]
        heads = [[_number(one) for one in (place if both else (place,))] for place in frame.index]
        rows = [[*head, *row] for head, *row in zip(heads, *columns, strict=True)]
        print_table([*map(str, frame.index.names), *map(str, names)], rows)


def _number(value: Any) -> str:
    """An epoch or step; nothing where it is not known."""
    return f"{value:,}" if isinstance(value, Integral) else ""


def _cells(values: Iterable[float], off: Iterable[float] | None) -> list[str]:
    pairs = zip(values, off, strict=True) if off is not None else ((value, 0.0) for value in values)
    return ["" if value != value else Bounded(value, value - by, value + by).text() for value, by in pairs]
