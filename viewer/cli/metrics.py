"""`epochreel metrics`: formulas over epochs as numbers."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ..run.bounded import Bounded
from .app import app
from .looking import load_formulas, settings_of
from .options import Formulas, Metrics, Prevalence, RunFolder, Split, Threshold
from .printing import check_format

if TYPE_CHECKING:
    import pandas as pd

    from ..config import Settings
    from ..run import Run

OFF = " ±"  # behind the name of a column
MATTERS = 5e-5


@app.command()
def metrics(
    context: typer.Context,
    run: RunFolder,
    metrics: Metrics = [],  # noqa: B006 - typer copies it
    split: Split = None,
    threshold: Threshold = None,
    prevalence: Prevalence = None,
    formulas: Formulas = [],  # noqa: B006 - typer copies it
    weights: Annotated[
        bool, typer.Option("--weights", help="Sums of the sample weights that were recorded, in the place of counts.")
    ] = False,
    format: Annotated[str, typer.Option(help="table, csv or json.")] = "table",
) -> None:
    """Print formulas over epochs.

    Example: epochreel metrics RUN -m 'tn / (tn + fn)' -m f1@0.3 --format csv
    """
    from ..run import open_run

    check_format(format)
    settings = settings_of(context)
    load_formulas(settings)
    frame = metric_table(open_run(run), settings, weights=weights)
    if format == "csv":
        print(frame.to_csv(), end="")
    elif format == "json":
        print(frame.reset_index().to_json(orient="records"))
    else:
        names = [name for name in frame.columns if not str(name).endswith(OFF)]
        table = Table("epoch", *(escape(str(name)) for name in names))
        columns = [_cells(frame[name], frame.get(f"{name}{OFF}")) for name in names]
        for at, *row in zip(frame.index, *columns, strict=True):
            table.add_row(str(at), *row)
        Console().print(table)


def _cells(values: Iterable[float], off: Iterable[float] | None) -> list[str]:
    pairs = zip(values, off, strict=True) if off is not None else ((value, 0.0) for value in values)
    return ["" if value != value else Bounded(value, value - by, value + by).text() for value, by in pairs]


def metric_table(run: Run, settings: Settings, *, weights: bool = False) -> pd.DataFrame:
    """Formulas by `split:formula` over epochs; the defaults of the output where none is named, logs without counts.

    Where binning leaves a value open by as much as is printed, a column `split:formula ±` says by how much.
    """
    import pandas as pd

    from ..frame import DEFAULTS

    splits = run.splits()
    index = pd.Index(run.epoch_numbers, name="epoch")
    if not settings.metrics and not splits:
        return pd.DataFrame(run.logs, index=index)
    chosen = settings.metrics or DEFAULTS[run.output().kind]
    wanted = [settings.split] if settings.split else [name for name in ("val", "train") if name in splits] or splits
    at, prevalence = settings.threshold, settings.prevalence
    columns = {}
    for name, text in product(wanted or ["val"], chosen):
        head = f"{name}:{text}{run.edge_note(text, threshold=at)}"
        columns[head] = run.values(text, split=name, threshold=at, prevalence=prevalence, weights=weights)
        bounds = None if weights else run.bounds(text, split=name, threshold=at, prevalence=prevalence)
        if bounds is not None and (off := (bounds[1] - bounds[0]) / 2)[~np.isnan(off)].max(initial=0) >= MATTERS:
            columns[f"{head}{OFF}"] = off
    return pd.DataFrame(columns, index=index)
