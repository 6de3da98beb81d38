"""`epochreel index`."""

from __future__ import annotations

from typing import Annotated

import typer

from .app import app, say
from .looking import settings_of
from .options import Folder
from .printing import out, progress_bar


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

    The index is a folder .epochreel-index beside the runs, with what their lines say in compact form; list and sql use
    it. Only runs that are new or have changed are read. It may be deleted at any time, and is never believed where a
    run's own files have changed since.

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
