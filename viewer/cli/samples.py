"""`epochreel samples`: what became of each sample over the epochs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..export.tables import TABLES, write_frame
from ..points import named
from .app import app, say
from .completion import run_names
from .looking import opened, settings_of
from .options import NUMBER, OutputName, Split
from .printing import check_format, print_frame

if TYPE_CHECKING:
    import pandas as pd

    from recorder.runfile import Output

    from ..config import Settings
    from ..run import Run
    from ..run.sample_history import SamplesSoFar

SHOWN, RULE = 20, "--class must be one of {classes}, or its number"
_OF_ALL = ["class", "predicted", "confidence", "variability", "correctness", "forgotten", "flips", "learnt"]
_OF_SUSPECTS = ["class", "suggested", "margin", "confidence", "variability", "correctness", "forgotten"]
_OF_TWO = ["class", "right", "predicted_a", "predicted_b", "score_a", "score_b"]


@app.command()
def samples(
    context: typer.Context,
    runs: Annotated[
        list[Path],
        typer.Argument(
            metavar="RUN [RUN]",
            autocompletion=run_names,
            help="A run; or two, to list what one of them alone gets right.",
        ),
    ],
    hardest: Annotated[
        int | None, typer.Option(min=1, help="List this many with the lowest mean confidence in the true class.")
    ] = None,
    forgotten: Annotated[
        bool, typer.Option("--forgotten", help="List samples that were right and became wrong, most often first.")
    ] = False,
    flipped: Annotated[
        bool, typer.Option("--flipped", help="List samples whose predicted class changed, most often first.")
    ] = False,
    suspects: Annotated[
        bool,
        typer.Option(
            "--suspects", help="List samples whose label may be wrong, as the model is sure of another; surest first."
        ),
    ] = False,
    label: Annotated[
        str | None, typer.Option("--class", help="Only samples of this true class (multi-label: this label).")
    ] = None,
    epoch: Annotated[
        str | None,
        typer.Option(
            "--at", "--epoch", help=f"Take into account what was recorded up to there: {NUMBER} (default: all)."
        ),
    ] = None,
    split: Split = None,
    output: OutputName = None,
    limit: Annotated[int | None, typer.Option(min=1, help="List at most this many (default: 20 in a table).")] = None,
    to: Annotated[Path | None, typer.Option(help="Write a file instead: .csv, .parquet or .json.")] = None,
    format: Annotated[str, typer.Option(help="How to print it: table, csv or json.")] = "table",
) -> None:
    """List single samples: the hardest, the most often forgotten or flipped, or those whose label looks wrong.

    A sample is named by the id that was recorded for it, else by its position in the data set. Without further options:
    the 20 hardest; with --to, all samples.
    Of two runs: the samples that one gets right and the other wrong, those first on which they are the widest apart.

    Examples:

    epochreel samples RUN --hardest 20

    epochreel samples RUN --suspects --format csv

    epochreel samples RUN RUN

    epochreel samples RUN --to samples.parquet
    """
    check_format(format)
    which = _which(hardest=hardest is not None, forgotten=forgotten, flipped=flipped, suspects=suspects)
    if to is not None and to.suffix.lower() not in TABLES:
        raise ValueError(f"--to must end in one of {' '.join(TABLES)}. Received: {to.name}")
    if len(runs) > 2 or (len(runs) == 2 and which is not None):
        what = f"{len(runs)} runs" if which is None else f"{len(runs)} runs and --{which}"
        raise ValueError(f"a list must be of one run, or of what two runs disagree on. Received: {what}")
    settings = settings_of(context)
    found = [opened(context, run) for run in runs]
    two = len(found) == 2
    listed = _disagreements(found, settings, epoch) if two else _listed(found[0], settings, epoch, which or "hardest")
    chosen = _of_class(listed, label, found[0].output(settings.output))
    if hardest is not None or limit is not None:
        chosen = chosen.head(min(number for number in (hardest, limit) if number is not None))
    if to is not None:
        write_frame(chosen, to)
        say(f"wrote {len(chosen):,} samples to {to}")
    elif format != "table":
        print_frame(chosen, format)
    else:
        columns = _OF_TWO if two else _OF_SUSPECTS if suspects else _OF_ALL
        _print(_by_id(chosen)[columns], SHOWN if hardest is None and limit is None else len(chosen))


def _which(**asked: bool) -> str | None:
    """The list that is asked for; None where none is."""
    names = [name for name, is_asked in asked.items() if is_asked]
    if len(names) > 1:
        rule = "--hardest, --forgotten, --flipped and --suspects"
        raise ValueError(f"a list must be of one of {rule}, not several. Received: {len(names)} of them")
    return next(iter(names), None)


def _listed(run: Run, settings: Settings, epoch: str | None, which: str) -> pd.DataFrame:
    """The samples of a list, the most telling first; of "hardest" all."""
    from ..run.studies import dynamics

    return dynamics(run, settings.split or "val", output=settings.output, epoch=epoch).listed(which)


def _disagreements(runs: list[Run], settings: Settings, epoch: str | None) -> pd.DataFrame:
    from ..run.sample_pairs import paired

    a, b = (_so_far(run, settings, epoch) for run in runs)
    stand = [f"{one.run.folder.name}, {named(one.run.unit, one.epoch)}" for one in (a, b)]
    say(f"A: {stand[0]}; B: {stand[1]}")
    return paired(a, b).table


def _so_far(run: Run, settings: Settings, epoch: str | None) -> SamplesSoFar:
    from ..run.sample_history import samples_so_far

    return samples_so_far(run, settings.split or "val", output=settings.output, epoch=epoch)


def _of_class(frame: pd.DataFrame, label: str | None, output: Output) -> pd.DataFrame:
    if label is None:
        return frame
    from ..formulas.class_names import class_index

    names = frame["class"] if frame.index.nlevels == 1 else frame.index.get_level_values("label").to_series()
    return frame[(names == output.classes[class_index(label, output.classes, RULE)]).to_numpy()]


def _by_id(frame: pd.DataFrame) -> pd.DataFrame:
    """The user's own ids, where there are any, in place of positions."""
    if "id" not in frame:
        return frame
    levels = ["id", *frame.index.names[1:]]
    return frame.reset_index().set_index(levels)


def _print(frame: pd.DataFrame, shown: int) -> None:
    print_frame(frame.head(shown), "table")
    if len(frame) > shown:
        say(f"{shown} of {len(frame):,}; --limit shows more, --to writes all")
