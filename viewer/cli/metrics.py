"""`epochreel metrics`: formulas over epochs as numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer

from ..run.bounded import MATTERS, OFF, Bounded
from .app import app
from .looking import load_formulas, opened, settings_of
from .options import Formulas, Metrics, OutputName, Prevalence, RunFolder, Split, Threshold
from .printing import check_format, out, out_json, print_table

if TYPE_CHECKING:
    import pandas as pd

    from ..config import Settings
    from ..run import Run


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


def metric_table(run: Run, settings: Settings, *, weights: bool = False) -> pd.DataFrame:
    """Formulas by `split:formula` over epochs; the defaults of the output where none is named, logs without counts.

    Where binning leaves a value open by as much as is printed, a column `split:formula ±` says by how much.
    """
    from ..formulas.query import query_of
    from ..kinds import view_of
    from ..needs.pandas import pd

    splits, output = run.splits(settings.output), settings.output
    index = pd.Index(run.epoch_numbers, name="epoch")
    if not settings.metrics and not splits:
        return pd.DataFrame(run.logs, index=index)
    _check_counted(run, settings.metrics)
    wanted = [settings.split] if settings.split else [name for name in ("val", "train") if name in splits] or splits
    asked = [
        query_of(
            text, split, output=output, threshold=settings.threshold, prevalence=settings.prevalence, weights=weights
        )
        for split in wanted or ["val"]
        for text in settings.metrics or view_of(run.output(output)).formulas
    ]
    columns = {}
    for query in asked:
        head = f"{query.split}:{query.spec.name}{run.edge_note(query)}"
        columns[head] = run.metric(query)
        bounds = None if query.weights else run.bounds(query)
        if bounds is not None and (off := (bounds[1] - bounds[0]) / 2)[~np.isnan(off)].max(initial=0) >= MATTERS:
            columns[f"{head}{OFF}"] = pd.Series(off, index=index)
    return pd.DataFrame(columns, index=index)


def _check_counted(run: Run, questions: list[str]) -> None:
    """Raises ValueError where a formula needs counts and the run has logs only."""
    from ..formulas import parse_spec

    if run.outputs or not len(run.epoch_numbers):
        return
    for text in questions:
        if parse_spec(text).formula.of_counts and text not in run.logs:
            run.output()  # which says so
