"""`epochreel compare`: several runs beside one another."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..export.drawing_process import STILLS, Apart
from ..export.tables import write_frame
from .app import app, say
from .compared import as_markdown, print_comparison
from .completion import run_names
from .looking import knobs_of, settings_of, tell_faults
from .options import Best, Dpi, Formulas, Fps, Metrics, OutputName, Size, Split, Theme, Threshold, pixels
from .printing import cell, out, out_json, print_frame, progress_bar

if TYPE_CHECKING:
    from ..comparison import Comparison
    from ..config import Settings

FORMATS = ("table", "csv", "json", "markdown")
TABLES = (".csv", ".parquet", ".json", ".md")
ENDINGS = (*TABLES, *STILLS, ".mp4", ".webm", ".gif", ".apng", ".html")
WHAT = ("summary", "config", "curves", "bands", "groups", "paired", "mcnemar")


@app.command()
def compare(
    context: typer.Context,
    runs: Annotated[
        list[Path],
        typer.Argument(
            metavar="RUN",
            autocompletion=run_names,
            help="Runs by folder or name, or folders of runs; two runs or more.",
        ),
    ],
    metrics: Metrics = [],  # noqa: B006 - typer copies it
    at: Annotated[
        list[str],
        typer.Option(
            help="The epoch of each run: last, best (by --best), best:mcc, max:EXPR, min:EXPR, a number in the run's "
            "own unit, step:1200 or epoch:3; once for all or once per run."
        ),
    ] = ["last"],  # noqa: B006 - typer copies it
    best: Best = None,
    align: Annotated[
        str | None,
        typer.Option(
            help="Horizontal axis of the curves: epoch, step, or time since the start (default: what the runs count "
            "in; of different ones steps)."
        ),
    ] = None,
    split: Split = None,
    threshold: Threshold = None,
    baseline: Annotated[str | None, typer.Option(help="Compare every other run with this one only.")] = None,
    level: Annotated[float, typer.Option(help="Level of the intervals, in (0, 1).")] = 0.95,
    seed: Annotated[int, typer.Option(help="Seed of the resampling; the same seed gives the same intervals.")] = 0,
    output: OutputName = None,
    formulas: Formulas = [],  # noqa: B006 - typer copies it
    format: Annotated[str, typer.Option(help=f"How to print it: {', '.join(FORMATS)}.")] = "table",
    what: Annotated[str, typer.Option(help=f"Which table csv and parquet hold: {', '.join(WHAT)}.")] = "summary",
    to: Annotated[
        Path | None, typer.Option(help=f"Write a file instead, a table, picture or film: {' '.join(ENDINGS)}.")
    ] = None,
    size: Size = None,
    dpi: Dpi = None,
    theme: Theme = None,
    fps: Fps = None,
) -> None:
    """Compare runs: their values at one epoch each, their configurations, and the difference of each pair.

    Runs on the same validation samples are compared sample by sample: McNemar's exact test, and an interval of the
    difference of any formula. Runs of one group (seeds, folds) get mean and spread.

    Examples:

    epochreel compare runs/A runs/B -m mcc -m f1@0.3 --at best:mcc

    epochreel compare runs --baseline baseline --at best:val_loss

    epochreel compare runs -m mcc --format csv --what curves --align time

    epochreel compare runs -m mcc --to comparison.png

    epochreel compare runs -m mcc --to race.mp4 --align time --fps 20
    """
    _check(format, what, to)
    settings = settings_of(context)
    stood = [int(one) if one.isdecimal() else one for one in at]
    with Apart() if to and to.suffix.lower() in STILLS else nullcontext() as apart:
        from ..comparison import compare as compared

        found = compared(
            runs,
            knobs_of(settings).metrics,
            split=settings.split or "val",
            at=stood[0] if len(stood) == 1 else stood,
            best=settings.best,
            align=align,
            threshold=settings.threshold,
            output=settings.output,
            baseline=baseline,
            level=level,
            seed=seed,
        )
        tell_faults(context, *(compared.source for compared in found.compared_runs))
        _check_known(found)
        if to is None:
            _print(found, format, what)
        elif apart is not None:
            from ..comparison.picture import Reel

            apart.draw(Reel(found).still, to, size=pixels(settings.size), dpi=settings.dpi, theme=settings.theme)
        else:
            _write(found, to, what, settings)
    if to is not None:
        say(f"wrote {to}")


def _check(format: str, what: str, to: Path | None) -> None:
    if format not in FORMATS:
        raise ValueError(f"--format must be {', '.join(FORMATS[:-1])} or {FORMATS[-1]}. Received: {format}")
    if what not in WHAT:
        raise ValueError(f"--what must be one of {', '.join(WHAT)}. Received: {what}")
    if to is not None and to.suffix.lower() not in ENDINGS:
        raise ValueError(f"--to must end in one of {' '.join(ENDINGS)}. Received: {to.name}")
    if to is not None and not to.parent.is_dir():
        raise FileNotFoundError(f"the folder of --to must exist. Received: {to}")


def _check_known(found: Comparison) -> None:
    """Raises ValueError where a formula is of logs that no run has."""
    from ..listing.column import unknown_name

    runs = [compared.source for compared in found.compared_runs]
    for formula in (spec.formula for spec in found.query.formulas):
        if not formula.of_counts and not any(need in run.logs for run in runs for need in formula.needs):
            raise unknown_name(formula.needs[0], runs) or ValueError(
                f"a formula must be of logs that a run has. Received: {formula.name}"
            )


def _print(found: Comparison, format: str, what: str) -> None:
    if format == "csv":
        print_frame(found.tables()[what], format)
    elif format == "json":
        from ..comparison.sections import as_json

        out_json(as_json(found))
    elif format == "markdown":
        out(as_markdown(found), end="")
    else:
        print_comparison(found)


def _write(found: Comparison, to: Path, what: str, settings: Settings) -> None:
    from ..comparison.sections import as_json
    from ..export.whole import whole

    kind = to.suffix.lower()
    if kind in (".csv", ".parquet"):
        write_frame(found.tables()[what], to)
    elif kind in TABLES:
        with whole(to) as temporary:
            temporary.write_text(as_json(found) if kind == ".json" else as_markdown(found), encoding="utf-8")
    else:
        _film(found, to, settings)


def _film(found: Comparison, to: Path, settings: Settings) -> None:
    with progress_bar() as shown:
        task = shown.add_task(cell(to.name), total=1)
        found.save(
            to,
            size=pixels(settings.size),
            dpi=settings.dpi,
            theme=settings.theme,
            fps=settings.fps,
            progress=lambda done, total: shown.update(task, completed=done, total=total),
        )
        shown.update(task, completed=shown.tasks[0].total)
