"""`epochreel watch` and `replay`, and the stream of pictures behind the notebook."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .app import app, say
from .options import Every, Folder, Metrics, RunFolder, Split, Threshold

if TYPE_CHECKING:
    from ..frames import Framer


@app.command()
def watch(
    folder: Folder = Path("runs"),
    metric: Metrics = [],  # noqa: B006 - typer copies it
    split: Split = None,
    threshold: Threshold = None,
    every: Every = 1,
) -> None:
    """Follow the newest run in a window, live; a newer run takes its place.

    Example: epochreel watch runs -m 'tn / (tn + fn)' -m f1@0.3
    """
    from ..reading.find import find_runs

    find = _newest(folder, metric, split, threshold)
    found = find_runs(folder) if folder.exists() else []
    say(
        f"{len(found)} runs below {folder}; following {found[-1].name}" if found else f"waiting for a run in {folder} …"
    )
    framer = find()
    if framer is None:
        _require_display()
        framer = _wait(find, folder)
    shown = [framer.run.folder]

    def newer() -> Framer | None:
        latest = find()
        if latest is None or latest.run.folder == shown[0]:
            return None
        shown[0] = latest.run.folder
        return latest

    _open(framer, watched=folder, following=True, every=every, newer=newer)


@app.command()
def replay(
    run: RunFolder,
    metric: Metrics = [],  # noqa: B006 - typer copies it
    split: Split = None,
    threshold: Threshold = None,
) -> None:
    """Step through the epochs of a run with keys and sliders, from the first one.

    Example: epochreel replay runs/20261123-103005-baseline-3f9a
    """
    framer = framer_of(run, metric, split, threshold)
    _open(framer, watched=framer.run.folder, following=False)


@app.command(hidden=True)
def frames(
    folder: Folder,
    metric: Metrics = [],  # noqa: B006 - typer copies it
    fps: Annotated[float, typer.Option(min=0.1, max=30)] = 2,
) -> None:
    """Pictures of the newest run on standard output, each behind its length; for the notebook."""
    from ..surfaces.stream import stream

    stream(_newest(folder, metric, None, None), sys.stdout.buffer, watched=folder, fps=fps)


def framer_of(folder: Path, metric: list[str], split: str | None, threshold: float | None) -> Framer:
    """What draws the run at `folder` with these formulas."""
    from ..formulas import parse_spec
    from ..frames import Framer
    from ..run import open_run

    return Framer(open_run(folder), metrics=[parse_spec(text) for text in metric], split=split, threshold=threshold)


def _newest(folder: Path, metric: list[str], split: str | None, threshold: float | None) -> Callable[[], Framer | None]:
    """A function that gives the framer of the newest readable run below a folder, the same one while it stays so."""
    from ..formulas import parse_spec
    from ..frames import Framer
    from ..reading.find import find_runs
    from ..run import Run

    specs = [parse_spec(text) for text in metric]
    known: dict[Path, Framer] = {}

    def find() -> Framer | None:
        for path in reversed(find_runs(folder)):
            if path in known:
                return known[path]
            try:
                known[path] = Framer(Run(path), metrics=specs, split=split, threshold=threshold)
            except (OSError, ValueError):
                continue  # being made, or broken: the next newest will do until it is readable
            return known[path]
        return None

    return find


def _wait(find: Callable[[], Framer | None], folder: Path) -> Framer:
    from ..reading.watch import Watcher

    with Watcher(folder) as watcher:
        while (framer := find()) is None:
            watcher.wait(1.0)
    return framer


def _require_display() -> None:
    from ..surfaces.window import NoDisplayError, _interactive_pyplot

    try:
        _interactive_pyplot()
    except NoDisplayError as error:
        _refuse(error)


def _open(framer: Framer, **options: Any) -> None:
    from ..surfaces.window import NoDisplayError, Window

    try:
        Window(framer, **options).show()
    except NoDisplayError as error:
        _refuse(error)


def _refuse(error: RuntimeError) -> None:
    say(str(error))
    raise typer.Exit(1) from error
