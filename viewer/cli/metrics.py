"""`epochreel metrics`: formulas over epochs as numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from .app import app
from .options import Metrics, RunFolder, Split, Threshold

if TYPE_CHECKING:
    import pandas as pd

    from ..run import Run


@app.command()
def metrics(
    run: RunFolder,
    metric: Metrics = [],  # noqa: B006 - typer copies it
    split: Split = None,
    threshold: Threshold = None,
    weights: Annotated[
        bool, typer.Option("--weights", help="Sums of the sample weights that were recorded, in the place of counts.")
    ] = False,
    format: Annotated[str, typer.Option(help="table, csv or json.")] = "table",
) -> None:
    """Print formulas over epochs.

    Example: epochreel metrics RUN -m 'tn / (tn + fn)' -m f1@0.3 --format csv
    """
    from ..run import open_run

    if format not in ("table", "csv", "json"):
        raise ValueError(f"--format must be table, csv or json. Received: {format}")
    frame = metric_table(open_run(run), metric, split=split, threshold=threshold, weights=weights)
    if format == "csv":
        print(frame.to_csv(), end="")
    elif format == "json":
        print(frame.reset_index().to_json(orient="records"))
    else:
        table = Table("epoch", *(escape(str(name)) for name in frame.columns))
        for at, row in zip(frame.index, frame.itertuples(index=False), strict=True):
            table.add_row(str(at), *("" if value != value else f"{value:.4f}" for value in row))
        Console().print(table)


def metric_table(
    run: Run, metric: list[str], *, split: str | None = None, threshold: float | None = None, weights: bool = False
) -> pd.DataFrame:
    """Formulas by `split:formula` over epochs; the defaults of the output where none is named, logs without counts."""
    import pandas as pd

    from ..kinds import view_of

    splits = run.splits()
    index = pd.Index(run.epoch_numbers, name="epoch")
    if not metric and not splits:
        return pd.DataFrame(run.logs, index=index)
    chosen = metric or view_of(run.output()).formulas
    wanted = [split] if split else [name for name in ("val", "train") if name in splits] or splits or ["val"]
    columns = {
        f"{name}:{text}{run.edge_note(text, threshold=threshold)}": run.metric(
            text, split=name, threshold=threshold, weights=weights
        )
        for name in wanted
        for text in chosen
    }
    return pd.DataFrame(columns, index=index)
