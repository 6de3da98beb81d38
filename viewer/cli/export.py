"""`epochreel export`: a picture, a film, a report, or the numbers of a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..export.drawing_process import STILLS
from ..export.pages import is_gallery, is_report
from ..export.tables import KINDS, TABLES, write_table
from ..points import named, one
from .app import app, say
from .looking import check_formulas, framer_of, look_of, opened, settings_of
from .options import (  # fmt: skip
    At,
    Band,
    Best,
    Dpi,
    Every,
    Formulas,
    Fps,
    Layout,
    Metrics,
    OutputName,
    Prevalence,
    RunFolder,
    Samples,
    Size,
    Split,
    Start,
    Stop,
    Theme,
    Threshold,
)
from .printing import cell, progress_bar

if TYPE_CHECKING:
    from ..config import Settings
    from ..frame import Framer

ENDINGS = ".png .svg .pdf; .mp4 .webm .gif .apng .html; .csv .parquet .json; report.html; samples.html; or tensorboard"
PICTURES = 50  # for TensorBoard at most, evenly spaced


@app.command()
def export(
    context: typer.Context,
    run: RunFolder,
    others: Annotated[list[Path] | None, typer.Argument(hidden=True, metavar="")] = None,  # click before 8.2: no []
    to: Annotated[Path | None, typer.Option(help=f"What to write: {ENDINGS}.  [required]")] = None,
    metrics: Metrics = [],  # noqa: B006 - typer copies it
    output: OutputName = None,
    split: Split = None,
    threshold: Threshold = None,
    every: Every = None,
    at: At = None,
    start: Start = None,
    stop: Stop = None,
    fps: Fps = None,
    hold: Annotated[float, typer.Option(min=0, help="Seconds for which a film shows its last picture.")] = 1.0,
    size: Size = None,
    dpi: Dpi = None,
    layout: Layout = None,
    theme: Theme = None,
    band: Band = None,
    prevalence: Prevalence = None,
    best: Best = None,
    formulas: Formulas = [],  # noqa: B006 - typer copies it
    samples: Samples = None,
    what: Annotated[str, typer.Option(help=f"What a table holds: {', '.join(KINDS)}.")] = "metrics",
    against: Annotated[
        Path | None,
        typer.Option(metavar="RUN", help="For samples.html: also what one of two runs gets right and the other wrong."),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="For samples.html: at most so many samples of each list (default: 60).")
    ] = None,
) -> None:
    """Write a picture, a film, a report, or the numbers of a run to a file. No display is needed.

    Examples:

    epochreel export RUN --to picture.png --at 12   (of a run that counts in steps --at step:1200)

    epochreel export RUN --to film.mp4 --fps 12 --every 2

    epochreel export RUN --to report.html

    epochreel export RUN --to samples.html --samples show.py   (a gallery of the hardest, forgotten, flipped, suspect)

    epochreel export RUN --to samples.parquet --what samples

    epochreel export RUN --to logs/tensorboard   (a folder of that name: scalars, PR curves, pictures)
    """
    if others:
        raise ValueError(
            "export writes one run; two runs beside each other: epochreel compare RUN RUN --to picture.png, "
            f"or epochreel replay RUN RUN. Received: {1 + len(others)} runs"
        )
    if to is None:
        raise ValueError(f"--to must say what to write: {ENDINGS}. Received: no --to")
    settings = settings_of(context)
    if not is_gallery(to) and (against is not None or limit is not None):
        raise ValueError(f"--against and --limit are for a gallery, --to samples.html. Received: {to.name}")
    framer = framer_of(context, run, settings)
    check_formulas(framer.run, settings)
    kind = to.suffix.lower()
    _check_range(to, what, start=start, stop=stop, every=every)
    if to.name == "tensorboard":
        to = _events(framer, to, settings)
        say(f"wrote {to}")
        return
    _check_target(to, framer)
    if kind in TABLES:
        step = every or 1  # no row is left out because films are set to leave some
        write_table(framer.run, to, settings, what=what, at=at, positions=_positions(framer, step, start, stop))
    elif is_report(to):
        _report(framer, to, settings)
    elif is_gallery(to):
        theme = "dark" if settings.theme == "dark" else ""  # else that of whoever opens it
        say(_gallery(context, framer, to, at=at, against=against, most=limit, theme=theme))
    elif kind in STILLS:
        _still(framer, to, settings, at)
    else:
        _film(framer, to, settings, _positions(framer, settings.every, start, stop), hold=hold)
    say(f"wrote {to}")


def _check_range(to: Path, what: str, *, start: str | None, stop: str | None, every: int | None) -> None:
    """Raises ValueError where what is written is of one epoch, or of all, and some were asked for."""
    kind, events = to.suffix.lower(), to.name == "tensorboard"
    curves = kind in TABLES and what == "curves"
    fixed = curves or events or kind in STILLS or is_report(to) or is_gallery(to)
    asked = {"--start": start, "--stop": stop, "--every": None if events else every}
    given = [name for name, value in asked.items() if value is not None]
    if given and fixed:
        received = f"{given[0]} for {what if kind in TABLES else to.name}"
        raise ValueError(
            f"--start, --stop and --every are for films and tables of several epochs. Received: {received}"
        )


def _check_target(to: Path, framer: Framer) -> None:
    from ..export.writers import FILMS

    known = (*TABLES, *STILLS, *FILMS)
    if to.suffix.lower() not in known:
        raise ValueError(f"--to must end in one of {ENDINGS}. Received: {to.name}")
    if not to.parent.is_dir():
        raise FileNotFoundError(f"the folder of --to must exist. Received: {to}")
    if to.is_dir():
        raise IsADirectoryError(f"--to must be a file; there is a folder of that name. Received: {to}")
    if to.suffix.lower() not in TABLES and not len(framer):
        raise ValueError(f"a picture needs {one(framer.run.unit)}; the run has none yet. Received: {framer.run.folder}")


def _still(framer: Framer, to: Path, settings: Settings, at: str | None) -> None:
    from ..export.asked import position_of
    from ..export.still import still

    still(framer, to, position=-1 if at is None else position_of(framer, at), look=look_of(settings))


def _positions(framer: Framer, step: int, start: str | None, stop: str | None) -> list[int]:
    """The positions that are asked for: every n-th, and the last of them."""
    if not len(framer):
        return []
    first = 0 if start is None else framer.position(start, first=True)
    last = len(framer) - 1 if stop is None else framer.position(stop)
    if last < first:
        raise ValueError(f"--stop must not be before --start. Received: {stop} and {start}")
    return sorted({*range(first, last + 1, step), last})


def _film(framer: Framer, to: Path, settings: Settings, positions: list[int], *, hold: float) -> None:
    from ..export.film import Cut, film

    cut = Cut(positions=positions, fps=settings.fps, hold=hold)
    with progress_bar() as progress:
        task = progress.add_task(cell(to.name), total=len(cut.positions))
        film(framer, to, cut=cut, look=look_of(settings), progress=lambda n: progress.advance(task, n))


def _report(framer: Framer, to: Path, settings: Settings) -> None:
    from ..export.report import report

    report(framer, to, look=look_of(settings))


def _gallery(
    context: typer.Context,
    framer: Framer,
    to: Path,
    *,
    at: str | None,
    against: Path | None,
    most: int | None,
    theme: str,
) -> str:
    from ..export.gallery import MOST, gallery
    from ..gallery.cards import gallery_of

    knobs, other = framer.knobs, None if against is None else opened(context, against)
    found = gallery_of(framer.run, other, split=knobs.split, output=knobs.output, epoch=_newest(framer, at))
    with progress_bar() as progress:
        task = progress.add_task(cell(to.name), total=None)
        number = gallery(
            found,
            to,
            show=knobs.show,
            most=most or MOST,
            theme=theme,
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
    return f"{number:,} samples of {found.found.split}, {named(framer.run.unit, found.found.epoch)}"


def _newest(framer: Framer, at: str | None) -> int | None:
    """The point as of which things are to stand; None for the newest."""
    from ..export.asked import position_of

    return None if at is None else int(framer.run.epoch_numbers[position_of(framer, at)])


def _events(framer: Framer, to: Path, settings: Settings) -> Path:
    from ..export.film import pngs
    from ..export.tensorboard import export_tensorboard

    last = len(framer) - 1
    positions = (
        sorted({*range(0, last + 1, max(settings.every, len(framer) // PICTURES + 1)), last}) if last >= 0 else []
    )
    images = dict.fromkeys(positions)
    drawing = pngs(framer, positions, look_of(settings))
    with progress_bar() as progress:
        task = progress.add_task("tensorboard", total=len(framer))
        return export_tensorboard(
            framer.run,
            to,
            metrics=settings.metrics,
            threshold=settings.threshold,
            prevalence=settings.prevalence,
            output=settings.output,
            images=lambda position: {"dashboard": next(drawing)} if position in images else {},
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
