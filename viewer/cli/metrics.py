"""`epochreel metrics`: formulas over epochs as numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import typer

from ..export.tables import metric_table
from ..run.bounded import OFF, Bounded
from .app import app
from .looking import load_formulas, opened, settings_of
from .options import Formulas, Metrics, OutputName, Prevalence, RunFolder, Split, Threshold
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
    format: Annotated[str, typer.Option(help="How to print it: table, csv or json.")] = "table",
) -> None:
    """Print the value of formulas at every epoch.

    Example: epochreel metrics RUN -m 'tn / (tn + fn)' -m f1@0.3 --format csv
    """
    check_format(format)
    settings = settings_of(context)
    load_formulas(settings)
    frame = metric_table(opened(context, run), settings, weights=weights)
    if format == "csv":
        out(frame.to_csv(), end="")
    elif format == "json":
        out_json(frame.reset_index().to_json(orient="records"))
    else:
        names = [name for name in frame.columns if not str(name).endswith(OFF)]
        columns = [_cells(frame[name], frame.get(f"{name}{OFF}")) for name in names]
        rows = [[str(at), *row] for at, *row in zip(frame.index, *columns, strict=True)]
        print_table(["epoch", *map(str, names)], rows)


def _cells(values: Iterable[float], off: Iterable[float] | None) -> list[str]:
    pairs = zip(values, off, strict=True) if off is not None else ((value, 0.0) for value in values)
    return ["" if value != value else Bounded(value, value - by, value + by).text() for value, by in pairs]
