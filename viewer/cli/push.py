"""`epochreel push`: sends what of runs is not in object storage yet."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .app import app, say
from .completion import run_names
from .printing import out


@app.command()
def push(
    runs: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="RUN",
            autocompletion=run_names,
            show_default=False,
            help="Runs, or folders of runs (default: all that were recorded to an address and are not there yet).",
        ),
    ] = None,
    to: Annotated[
        str | None,
        typer.Option(help="Where to: s3://bucket/runs, gs://, az://, hf:// (default: where it was recorded to)."),
    ] = None,
) -> None:
    """Send runs to object storage: what is not there yet, after a lost connection or a training that was killed.

    A run that was recorded to an address (RunRecorder("s3://bucket/runs")) stands in a folder of this machine, which
    knows where it goes; any other run goes where --to says. What is there already is not sent again, and nothing here
    is changed.

    Examples:

    epochreel push

    epochreel push runs/20261123-103005-baseline-3f9a --to s3://bucket/runs
    """
    folders = _meant(runs or [])
    for run in folders:
        _push(run, to)
    if not folders:
        say("everything is sent")


def _meant(written: list[Path]) -> list[Path]:
    """The runs that are meant; where none are named, those of all spools that are not up."""
    from recorder.mirror.spool import is_up, spools

    from ..reading.find import find_runs
    from ..reading.naming import run_at
    from ..run import usual_folder

    if not written:
        return [run for folder in spools() for run in find_runs(folder) if not is_up(run)]
    found = [run for one in written for run in (find_runs(one) if one.is_dir() else [run_at(one, usual_folder())])]
    if not found:
        raise FileNotFoundError(f"a run is a folder with a run.json. Received: {', '.join(map(str, written))}")
    return found


def _push(run: Path, to: str | None) -> None:
    from recorder.mirror.address import checked_address
    from recorder.mirror.place import Place
    from recorder.mirror.pushing import RunPusher
    from recorder.mirror.spool import address_of, mark_up

    from ..reading.slow import said_if_slow

    known = address_of(run.parent.absolute())
    url = known if to is None else checked_address(to)
    if url is None:
        raise ValueError(f"a run that was recorded to a folder needs --to s3://bucket/runs. Received: {run}")
    pusher = RunPusher(run, Place(url))
    with said_if_slow(f"{url}/{run.name} is still being sent; what is there by now is not sent again"):
        pusher.push(ended=True)
    if url == known:
        mark_up(run)
    out(f"{url}/{run.name}: {pusher.sent.objects:,} objects sent, {pusher.sent.bytes:,} bytes")
