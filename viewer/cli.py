"""The command line. What a command draws with is imported when it runs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from .frames import Framer
    from .run import Run

app = typer.Typer(
    name="epochreel",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Watch, replay and question recorded trainings.\n\nRUN is a run folder; FOLDER may be any folder above it.",
)
Metrics = Annotated[
    list[str], typer.Option("-m", "--metric", help="f1, f1@0.3, recall@macro, 'tn / (tn + fn)'; repeat.")
]
Split = Annotated[str | None, typer.Option(help="val, train or the name of a probe.")]
Threshold = Annotated[float | None, typer.Option(min=0.0, max=1.0, help="Above it a score is positive.")]
Folder = Annotated[Path, typer.Argument(help="A run, a folder of runs, or one above.")]
RunFolder = Annotated[Path, typer.Argument(help="A run, or a folder that holds one.")]
Every = Annotated[int, typer.Option(min=1, help="Every n-th epoch.")]


def main() -> None:
    """Runs the command line; a user's mistake is one sentence and exit code 2."""
    from recorder.runfile import RunFormatError

    try:
        app()
    except (RunFormatError, ValueError, FileNotFoundError, ModuleNotFoundError) as error:
        Console(stderr=True, soft_wrap=True).print(f"[red]epochreel:[/red] {escape(str(error))}")
        sys.exit(2)


@app.callback(invoke_without_command=True)
def version_option(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Options of the command itself."""
    if version:
        print(f"epochreel {metadata.version('epochreel')}")
        raise typer.Exit


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
    from .reading.find import find_runs

    find = _newest(folder, metric, split, threshold)
    found = find_runs(folder) if folder.exists() else []
    _say(
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
    framer = _framer(run, metric, split, threshold)
    _open(framer, watched=framer.run.folder, following=False)


@app.command()
def export(
    run: RunFolder,
    to: Annotated[Path, typer.Option(help="A .png or .svg, .gif or .mp4, .csv or .parquet file.")],
    metric: Metrics = [],  # noqa: B006 - typer copies it
    split: Split = None,
    threshold: Threshold = None,
    every: Every = 1,
    epoch: Annotated[int | None, typer.Option(help="The epoch of a picture; the newest if left out.")] = None,
    fps: Annotated[float, typer.Option(min=0.1, max=60, help="Epochs a second of a film.")] = 10,
    size: Annotated[str, typer.Option(help="Pixels, WIDTHxHEIGHT.")] = "1280x720",
    dpi: Annotated[int, typer.Option(min=50, max=400, help="Pixels an inch; text grows with it.")] = 100,
) -> None:
    """Write a picture, a film, or the numbers of a run; needs no display.

    Example: epochreel export RUN --to film.mp4 --fps 12
    """
    from .playback import film

    framer = _framer(run, metric, split, threshold)
    kind = to.suffix.lower()
    if not to.parent.is_dir():
        raise FileNotFoundError(f"the folder of --to must exist. Received: {to}")
    if kind in (".csv", ".parquet"):
        _export_table(framer.run, to, metric, split, threshold)
    elif not len(framer):
        raise ValueError(f"a picture needs an epoch; the run has none yet. Received: {framer.run.folder}")
    elif kind in film.STILLS:
        position = -1 if epoch is None else _position(framer.run, epoch)
        film.still(framer, to, position=position, size=_pixels(size), dpi=dpi)
    elif kind in film.FILMS:
        _export_film(framer, to, every, fps, _pixels(size), dpi)
    else:
        raise ValueError(f"--to must end in .png, .svg, .gif, .mp4, .csv or .parquet. Received: {to.name}")
    _say(f"wrote {to}")


@app.command("list")
def list_runs(folder: Folder = Path("runs")) -> None:
    """List the runs of a folder with their state and last values."""
    from .run import open_runs

    table = Table("run", "name", "state", "epochs", "loss", "val_loss", "MCC")
    for run in open_runs(folder):
        table.add_row(*map(escape, _row(run)))
    Console().print(table)


@app.command()
def metrics(
    run: RunFolder,
    metric: Metrics = [],  # noqa: B006 - typer copies it
    split: Split = None,
    threshold: Threshold = None,
    format: Annotated[str, typer.Option(help="table, csv or json.")] = "table",
) -> None:
    """Print formulas over epochs.

    Example: epochreel metrics RUN -m 'tn / (tn + fn)' -m f1@0.3 --format csv
    """
    from .run import open_run

    if format not in ("table", "csv", "json"):
        raise ValueError(f"--format must be table, csv or json. Received: {format}")
    frame = _metric_table(open_run(run), metric, split, threshold)
    if format == "csv":
        print(frame.to_csv(), end="")
    elif format == "json":
        print(frame.reset_index().to_json(orient="records"))
    else:
        table = Table("epoch", *(escape(str(name)) for name in frame.columns))
        for at, row in zip(frame.index, frame.itertuples(index=False), strict=True):
            table.add_row(str(at), *("" if value != value else f"{value:.4f}" for value in row))
        Console().print(table)


@app.command(hidden=True)
def frames(
    folder: Folder,
    metric: Metrics = [],  # noqa: B006 - typer copies it
    fps: Annotated[float, typer.Option(min=0.1, max=30)] = 2,
) -> None:
    """Pictures of the newest run on standard output, each behind its length; for the notebook."""
    from .surfaces.stream import stream

    stream(_newest(folder, metric, None, None), sys.stdout.buffer, watched=folder, fps=fps)


def _framer(folder: Path, metric: list[str], split: str | None, threshold: float | None) -> Framer:
    from .formulas import parse_spec
    from .frames import Framer
    from .run import open_run

    return Framer(open_run(folder), metrics=[parse_spec(text) for text in metric], split=split, threshold=threshold)


def _newest(folder: Path, metric: list[str], split: str | None, threshold: float | None) -> Callable[[], Framer | None]:
    """A function that gives the framer of the newest readable run below a folder, the same one while it stays so."""
    from .formulas import parse_spec
    from .frames import Framer
    from .reading.find import find_runs
    from .run import Run

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
    from .reading.watch import Watcher

    with Watcher(folder) as watcher:
        while (framer := find()) is None:
            watcher.wait(1.0)
    return framer


def _require_display() -> None:
    from .surfaces.window import NoDisplayError, _interactive_pyplot

    try:
        _interactive_pyplot()
    except NoDisplayError as error:
        _refuse(error)


def _open(framer: Framer, **options: Any) -> None:
    from .surfaces.window import NoDisplayError, Window

    try:
        Window(framer, **options).show()
    except NoDisplayError as error:
        _refuse(error)


def _refuse(error: RuntimeError) -> None:
    _say(str(error))
    raise typer.Exit(1) from error


def _export_film(framer: Framer, to: Path, every: int, fps: float, size: tuple[int, int], dpi: int) -> None:
    from rich.progress import Progress

    from .playback import film

    last = len(framer) - 1
    positions = sorted({*range(0, last + 1, every), last})
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task(escape(to.name), total=len(positions))
        film.film(
            framer,
            to,
            positions=positions,
            fps=fps,
            size=size,
            dpi=dpi,
            progress=lambda n: progress.advance(task, n),
        )


def _export_table(run: Run, to: Path, metric: list[str], split: str | None, threshold: float | None) -> None:
    from .playback.film import whole

    frame = run.epochs.join(_metric_table(run, metric, split, threshold))
    with whole(to) as temporary:
        frame.to_csv(temporary) if to.suffix == ".csv" else frame.to_parquet(temporary)


def _metric_table(run: Run, metric: list[str], split: str | None, threshold: float | None) -> Any:
    import pandas as pd

    from .frames import DEFAULTS

    splits = run.splits()
    if not metric and not splits:
        return pd.DataFrame(run.logs, index=run._index())
    chosen = metric or DEFAULTS[run.output().kind]
    wanted = [split] if split else [name for name in ("val", "train") if name in splits] or splits or ["val"]
    columns = {
        f"{name}:{text}": run.metric(text, split=name, threshold=threshold) for name in wanted for text in chosen
    }
    return pd.DataFrame(columns, index=run._index())


def _row(run: Run) -> list[str]:
    def last(values: Any) -> str:
        return f"{values[-1]:.4g}" if len(values) and values[-1] == values[-1] else ""

    logs = run.logs
    split = next((name for name in ("val", "train") if name in run.splits()), None)
    shown = [last(logs[name]) if name in logs else "" for name in ("loss", "val_loss")]
    planned = f"/{run.planned_epochs}" if run.planned_epochs else ""
    score = last(run.values("mcc", split=split)) if split else ""
    return [run.folder.name, run.name, run.status, f"{len(run.epoch_numbers)}{planned}", *shown, score]


def _position(run: Run, epoch: int) -> int:
    return run._position(epoch)


def _pixels(size: str) -> tuple[int, int]:
    width, _, height = size.partition("x")
    if not (width.isdecimal() and height.isdecimal() and int(width) >= 320 and int(height) >= 240):
        raise ValueError(f"--size must be WIDTHxHEIGHT, at least 320x240. Received: {size}")
    return int(width), int(height)


def _say(text: str) -> None:
    Console(stderr=True, soft_wrap=True).print(escape(text), highlight=False)
