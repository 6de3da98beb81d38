"""`epochreel index` and `epochreel sql`."""

from __future__ import annotations

import math
from typing import Annotated

import typer

from ..listing.text import in_words
from .app import app, say
from .looking import load_formulas, settings_of
from .options import Folder, Formulas
from .printing import check_format, out, out_csv, out_json, print_aligned, progress_bar


@app.command("index")
def make_index(
    context: typer.Context,
    dir: Folder = None,
    engine: Annotated[
        str,
        typer.Option(help="Where the runs are read: dask://HOST:PORT, or dask:// for this machine (default: here)."),
    ] = "",
) -> None:
    """Make or refresh the index of a folder of runs, so that ten thousand are listed at once.

    The index is a folder .epochreel-index beside the runs, with what their lines say in compact form; list, compare
    and sql use it. Only runs that are new or have changed are read. It may be deleted at any time, and is never
    believed where a run's own files have changed since.

    Examples:

    epochreel index runs

    epochreel index runs --engine dask://scheduler:8786
    """
    from ..index.refreshing import refresh
    from ..run import folder_meant

    folder = folder_meant(settings_of(context).dir)
    with progress_bar() as bar:
        task = bar.add_task("reading runs", total=None)
        done = refresh(folder, engine=engine, progress=lambda read, of: bar.update(task, completed=read, total=of))
    if done.ignored:
        say(f"The index that was there is made anew: {done.ignored}.")
    out(f"{done.runs:,} runs, {done.read:,} of them read now, {done.gone:,} gone")


@app.command("sql")
def ask_in_sql(
    context: typer.Context,
    query: Annotated[
        str, typer.Argument(metavar="QUERY", help="One statement, or several; the last one's rows are shown.")
    ],
    dir: Folder = None,
    formulas: Formulas = [],  # noqa: B006 - typer copies it
    format: Annotated[str, typer.Option(help="How to print it: table, csv or json.")] = "table",
) -> None:
    """Ask all runs of a folder in SQL, by DuckDB.

    Tables are runs; epochs (a row a point, each log a column); counts (tp, fp, tn, fn of each point, split, output and
    class, at the decision); samples (the recorded predictions); and at(0.3), the counts at another threshold. Formulas
    of four counts are functions: f1(tp, fp, fn), mcc(tp, fp, tn, fn); undefined is NULL. A query can neither read nor
    write other files. epochreel index makes it fast.

    Examples:

    epochreel sql "select run, max(mcc(tp, fp, tn, fn)) as best from counts where split = 'val' group by run" runs

    epochreel sql "select name, config->>'lr' as lr, min(val_loss) from epochs join runs using (run) group by all"
    """
    import json
    import re

    from recorder.runfile.names import is_address

    from ..index.sql import ask, connect
    from ..run import folder_meant

    check_format(format)
    settings = settings_of(context)
    load_formulas(settings)
    parts = re.search(r"\b(samples|at)\b", query, re.IGNORECASE) is not None
    folder = settings.dir if is_address(settings.dir) else folder_meant(settings.dir)
    with connect(folder, parts=parts) as connection:
        columns, rows = ask(connection, query)
    if format == "csv":
        out_csv(columns, rows)
    elif format == "json":
        out_json(json.dumps([dict(zip(columns, map(_in_json, row), strict=True)) for row in rows], default=str))
    elif columns:
        numbers = [name for at, name in enumerate(columns) if any(isinstance(row[at], float) for row in rows)]
        print_aligned(columns, [list(map(in_words, row)) for row in rows], right=numbers)


def _in_json(value: object) -> object:
    """A value as JSON has it: what is undefined or infinite is null, at whatever depth."""
    if isinstance(value, dict):
        return {name: _in_json(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_in_json(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
