"""`epochreel list`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from ..listing.text import in_words
from ..points import progress
from .app import app, say
from .looking import load_formulas, settings_of
from .options import Folder, Formulas, OutputName, Prevalence, Split, Threshold
from .printing import check_format, out_csv, out_json, print_aligned

if TYPE_CHECKING:
    from ..listing import Listing
    from ..listing.column import AnyRun

Columns = Annotated[
    list[str],
    typer.Option(
        "-m", "--metric", help="A column: mcc, train:f1@0.3, val_loss, config.lr, 'best(val:mcc)'. May be repeated."
    ),
]


@app.command("list")
def list_runs(
    context: typer.Context,
    dir: Folder = None,
    metrics: Columns = [],  # noqa: B006 - typer copies it
    where: Annotated[
        str | None,
        typer.Option(help="Only runs for which this is true; it may hold columns, comparisons, and, or, not, in."),
    ] = None,
    sort: Annotated[
        list[str], typer.Option(help="Sort by a column, the better end first. Repeat it to decide between equal runs.")
    ] = [],  # noqa: B006 - typer copies it
    reverse: Annotated[bool, typer.Option("--reverse", help="Reverse the order.")] = False,
    output: OutputName = None,
    split: Split = None,
    threshold: Threshold = None,
    prevalence: Prevalence = None,
    formulas: Formulas = [],  # noqa: B006 - typer copies it
    format: Annotated[str, typer.Option(help="How to print it: table, csv or json.")] = "table",
) -> None:
    """List runs with their state and any columns; filter and sort them.

    A column is a field (run, name, group, status, unit, epochs, steps, points,
    planned, created, age, seconds, step_rate, example_rate, validation_share, problem), config.KEY, a log,
    or a formula, of validation unless it says train:f1. Of logs and formulas the last value is shown, at the newest
    epoch in which the split was counted; best(val:mcc), min(loss) and max(recall) take another epoch's. age is in
    seconds since the start, seconds what an epoch takes. A run that cannot be read has a row that says why.

    Examples:

    epochreel list runs --sort val:mcc --where 'config.lr < 0.001'

    epochreel list runs -m f1@0.3 -m recall@macro -m 'best(val:mcc)' -m config.lr

    epochreel list runs --where "status == 'finished' and (val_loss < 0.4 or 'wide' in name)" --format csv
    """
    from ..index.opening import open_known
    from ..listing import listing_of
    from ..run import folder_meant

    check_format(format)
    settings = settings_of(context)
    load_formulas(settings)
    found = listing_of(
        open_known(folder_meant(settings.dir), say), settings.metrics, where=where, sort=sort, reverse=reverse,
        split=settings.split, threshold=settings.threshold, prevalence=settings.prevalence, output=settings.output,
    )  # fmt: skip
    {"csv": _print_csv, "json": _print_json, "table": _print_table}[format](found)


def _print_csv(found: Listing) -> None:
    columns = found.with_bounds
    out_csv(columns, zip(*columns.values(), strict=True))


def _print_json(found: Listing) -> None:
    columns = found.with_bounds
    rows = zip(*columns.values(), strict=True)
    out_json(json.dumps([dict(zip(columns, row, strict=True)) for row in rows]))


def _print_table(found: Listing) -> None:
    columns = dict(found.columns)
    planned = columns.pop("planned")
    columns["epochs"] = [_progress(run, of) for run, of in zip(found.runs, planned, strict=True)]
    if not any(columns["group"]):
        del columns["group"]
    cells = zip(*([in_words(value) for value in values] for values in columns.values()), strict=True)
    numbers = [name for name, values in columns.items() if any(isinstance(value, float) for value in values)]
    print_aligned(list(columns), list(cells), right=numbers)
    if found.left_out:
        say(f"{len(found.runs)} of {len(found.runs) + found.left_out} runs")


def _progress(run: AnyRun, planned: int | None) -> str:
    """How far a training is: `81/100`, whether every epoch is recorded or every twentieth; `2,000/8,000 steps`."""
    done = getattr(run, "epochs_done", None)  # what cannot be read has none
    return progress(getattr(run, "unit", ""), done, planned, "/")
