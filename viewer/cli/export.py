"""`epochreel export`: a picture, a film, or the numbers of a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from .app import app, say
from .looking import framer_of, look_of, settings_of
from .metrics import metric_table
from .options import Dpi, Every, Fps, Layout, Metrics, RunFolder, Size, Split, Theme, Threshold

if TYPE_CHECKING:
    from ..config import Settings
    from ..frames import Framer
    from ..run import Run


@app.command()
def export(
    run: RunFolder,
    to: Annotated[Path, typer.Option(help="A .png or .svg, .gif or .mp4, .csv or .parquet file.")],
    metric: Metrics = [],  # noqa: B006 - typer copies it
    split: Split = None,
    threshold: Threshold = None,
    every: Every = None,
    epoch: Annotated[int | None, typer.Option(help="The epoch of a picture; the newest if left out.")] = None,
    fps: Fps = None,
    size: Size = None,
    dpi: Dpi = None,
    layout: Layout = None,
    theme: Theme = None,
) -> None:
    """Write a picture, a film, or the numbers of a run; needs no display.

    Example: epochreel export RUN --to film.mp4 --fps 12
    """
    from ..playback import film

    settings = settings_of(
        metrics=metric, split=split, threshold=threshold, every=every, fps=fps, size=size, dpi=dpi, layout=layout,
        theme=theme,
    )  # fmt: skip
    framer = framer_of(run, settings)
    kind = to.suffix.lower()
    if not to.parent.is_dir():
        raise FileNotFoundError(f"the folder of --to must exist. Received: {to}")
    if kind in (".csv", ".parquet"):
        _export_table(framer.run, to, metric, split, threshold)
    elif not len(framer):
        raise ValueError(f"a picture needs an epoch; the run has none yet. Received: {framer.run.folder}")
    elif kind in film.STILLS:
        position = -1 if epoch is None else framer.run._position(epoch)
        film.still(framer, to, position=position, look=look_of(settings))
    elif kind in film.FILMS:
        _export_film(framer, to, settings)
    else:
        raise ValueError(f"--to must end in .png, .svg, .gif, .mp4, .csv or .parquet. Received: {to.name}")
    say(f"wrote {to}")


def _export_film(framer: Framer, to: Path, settings: Settings) -> None:
    from rich.progress import Progress

    from ..playback import film

    last = len(framer) - 1
    positions = sorted({*range(0, last + 1, settings.every), last})
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task(escape(to.name), total=len(positions))
        film.film(
            framer,
            to,
            positions=positions,
            fps=settings.fps,
            look=look_of(settings),
            progress=lambda n: progress.advance(task, n),
        )


def _export_table(run: Run, to: Path, metric: list[str], split: str | None, threshold: float | None) -> None:
    from ..playback.film import whole

    frame = run.epochs.join(metric_table(run, metric, split=split, threshold=threshold))
    with whole(to) as temporary:
        frame.to_csv(temporary) if to.suffix == ".csv" else frame.to_parquet(temporary)
