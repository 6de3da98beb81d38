"""`epochreel import`: runs of other programs' logs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .app import app, say
from .printing import cell, out, progress_bar

if TYPE_CHECKING:
    from ..importers import Imported

To = Annotated[Path, typer.Option(help="Folder for the new runs; it is made if it is missing.")]
imports = typer.Typer(no_args_is_help=True, help="Make runs of the logs of other programs, which are left as they are.")
app.add_typer(imports, name="import")


@imports.command()
def tensorboard(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="A folder with TensorBoard's event files, at any level.")
    ],
    to: To = Path("runs"),
) -> None:
    """Make a run of each training in TensorBoard's log folders: of scalars, and of the counts of the PR-curve plugin.

    Scalars become logs, and their steps epochs; train and validation folders, as Keras's callback writes them, are
    splits of one run. Counts of PR curves make every formula available at their thresholds.

    Example: epochreel import tensorboard logs --to runs
    """
    from ..importers import import_tensorboard

    with _progress() as progress:
        found = import_tensorboard(folder, to, progress=progress)
    _report(found, folder)


@imports.command()
def csv(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file as Keras's CSVLogger writes it.")],
    to: To = Path("runs"),
    name: Annotated[str | None, typer.Option(help="Name of the run (default: that of the file).")] = None,
) -> None:
    """Make a run of each training in a file of Keras's CSVLogger.

    Where the file has columns for the four counts (tp, fp, tn, fn and val_tp, ...), every formula can be evaluated.

    Example: epochreel import csv training.log --to runs --name baseline
    """
    from ..importers import import_csv

    with _progress() as progress:
        found = import_csv(file, to, name=name, progress=progress)
    _report(found, file)


@imports.command()
def predictions(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A CSV with the columns y_true and y_score; id, step, split beside.")
    ],
    to: To = Path("runs"),
    name: Annotated[str | None, typer.Option(help="Name of the run (default: that of the file).")] = None,
    classes: Annotated[
        str | None, typer.Option(help="Names of the classes, with commas between; of two the positive one comes last.")
    ] = None,
    ignore_label: Annotated[int | None, typer.Option(help="A label whose samples are left out.")] = None,
    max_samples: Annotated[int, typer.Option(min=0, help="Predictions to keep of each split and point.")] = 10_000,
    group: Annotated[
        str | None, typer.Option(help="The column of groups: the image or patient of each sample (default: group).")
    ] = None,
) -> None:
    """Make a run of predictions in a table: counts at every threshold, and the samples with their ids.

    A row is a prediction: y_true, and y_score (a probability) or y_score_NAME for each class; y_true_NAME too where
    each has a label of its own. A column step (or epoch) says of which point of the training it is, id which sample,
    split which split, sample_weight how much it weighs, group which samples belong together.

    Example: epochreel import predictions val.csv --to runs --classes no,yes
    """
    from ..importers import import_predictions

    with _progress() as progress:
        found = import_predictions(
            file,
            to,
            name=name,
            class_names=classes.split(",") if classes else None,
            ignore_label=ignore_label,
            max_samples=max_samples,
            group=group,
            progress=progress,
        )
    _report([found], file)


SourceOf = Annotated[Path, typer.Argument(metavar="PATH", help="A file or a folder.")]
UnitOf = Annotated[str, typer.Option(help="What the steps of that program are: step or epoch.")]


@imports.command()
def mlflow(source: SourceOf, to: To = Path("runs"), unit: UnitOf = "step") -> None:
    """Make a run of each run of MLflow's: of a folder mlruns, or of a database (mlflow.db).

    Metrics become logs, parameters config, the experiment the group. --unit epoch where the steps are epochs, as those
    of Keras's metrics in MLflow are.

    Example: epochreel import mlflow mlflow.db --to runs --unit epoch
    """
    from ..importers import import_mlflow

    _import(import_mlflow, source, to, unit)


@imports.command()
def wandb(source: SourceOf, to: To = Path("runs"), unit: UnitOf = "step") -> None:
    """Make a run of each offline run of Weights & Biases (run-ID.wandb), or of each history in Parquet.

    Of a folder, files of one id that go on with each other become one run.

    Example: epochreel import wandb wandb --to runs
    """
    from ..importers import import_wandb

    _import(import_wandb, source, to, unit)


@imports.command()
def trackio(source: SourceOf, to: To = Path("runs"), unit: UnitOf = "step") -> None:
    """Make a run of each run of Trackio's: of a project (PROJECT.db or PROJECT.parquet), or of a folder of them.

    Example: epochreel import trackio project.db --to runs
    """
    from ..importers import import_trackio

    _import(import_trackio, source, to, unit)


@imports.command()
def neptune(source: SourceOf, to: To = Path("runs"), unit: UnitOf = "step") -> None:
    """Make a run of each run that Neptune's exporter saved in files of Parquet.

    Example: epochreel import neptune exports/data --to runs
    """
    from ..importers import import_neptune

    _import(import_neptune, source, to, unit)


def _import(function: Callable[..., list[Imported]], source: Path, to: Path, unit: str) -> None:
    if unit not in ("step", "epoch"):
        raise ValueError(f"unit must be step or epoch. Received: {unit}")
    with _progress() as progress:
        found = function(source, to, unit=unit, progress=progress)
    _report(found, source)


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """A bar for the run that is being written."""
    with progress_bar() as bars:
        task = bars.add_task("reading", total=None)

        def progress(name: str, done: int, total: int) -> None:
            bars.update(task, description=cell(name), completed=done, total=total)

        yield progress


def _report(found: list[Imported], source: Path) -> None:
    """The new folders on standard output, what was left out beside it.

    Raises:
        ValueError: Nothing could be taken.
    """
    for run in found:
        if run.folder is not None:
            out(str(run.folder))
        else:
            say(f"{run.name}: no run is made of it, as it has no point")
        for sentence in run.left_out:
            say(f"{run.name if run.folder is None else run.folder.name}: left out {sentence}")
        for sentence in run.remarks:
            say(f"{run.name if run.folder is None else run.folder.name}: {sentence}")
    if all(run.folder is None for run in found):
        raise ValueError(f"there must be an epoch to make a run of. Received: {source}")
