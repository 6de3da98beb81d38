"""`epochreel samples`: what became of each sample over the epochs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .app import app, say
from .looking import opened, settings_of
from .options import OutputName, RunFolder, Split
from .printing import check_format, print_frame
from .tables import TABLES, write_frame

if TYPE_CHECKING:
    import pandas as pd

    from recorder.runfile import Output

SHOWN, RULE = 20, "--class must be one of {classes}, or its number"
_OF_ALL = ["class", "predicted", "confidence", "variability", "correctness", "forgotten", "flips", "learnt"]
_OF_SUSPECTS = ["class", "suggested", "margin", "confidence", "variability", "correctness", "forgotten"]


@app.command()
def samples(
    context: typer.Context,
    run: RunFolder,
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
        int | None, typer.Option(help="Take into account the epochs up to this one only (default: all).")
    ] = None,
    split: Split = None,
    output: OutputName = None,
    limit: Annotated[int | None, typer.Option(min=1, help="List at most this many (default: 20 in a table).")] = None,
    to: Annotated[Path | None, typer.Option(help="Write a file instead: .csv, .parquet or .json.")] = None,
    format: Annotated[str, typer.Option(help="How to print it: table, csv or json.")] = "table",
) -> None:
    """List single samples: the hardest, the most often forgotten or flipped, or those whose label looks wrong.

    A sample is named by its position in the data set. Without further options: the 20 hardest; with --to, all samples.

    Examples:

    epochreel samples RUN --hardest 20

    epochreel samples RUN --suspects --format csv

    epochreel samples RUN --to samples.parquet
    """
    from ..run import studies

    check_format(format)
    _check_one(hardest is not None, forgotten, flipped, suspects)
    if to is not None and to.suffix.lower() not in TABLES:
        raise ValueError(f"--to must end in one of {' '.join(TABLES)}. Received: {to.name}")
    recorded, settings = opened(context, run), settings_of(context)
    found = studies.dynamics(recorded, settings.split or "val", output=settings.output, epoch=epoch).samples
    of_class = _of_class(found, label, recorded.output(settings.output))
    chosen = selected(of_class, forgotten=forgotten, flipped=flipped, suspects=suspects)
    if hardest is not None or limit is not None:
        chosen = chosen.head(min(number for number in (hardest, limit) if number is not None))
    if to is not None:
        write_frame(chosen, to)
        say(f"wrote {len(chosen):,} samples to {to}")
    elif format != "table":
        print_frame(chosen, format)
    else:
        _print(chosen, SHOWN if hardest is None and limit is None else len(chosen), suspects=suspects)


def selected(frame: pd.DataFrame, *, forgotten: bool, flipped: bool, suspects: bool) -> pd.DataFrame:
    """The samples that are asked for, the most telling first; of none of the three all, the hardest first."""
    if forgotten:
        return frame[frame["forgotten"] > 0].sort_values(["forgotten", "confidence"], ascending=[False, True])
    if flipped:
        return frame[frame["flips"] > 0].sort_values(["flips", "confidence"], ascending=[False, True])
    if suspects:
        return frame[frame["suspect"]].sort_values("margin", ascending=False)
    return frame.sort_values("confidence")


def _check_one(*asked: bool) -> None:
    if sum(asked) > 1:
        names = "--hardest, --forgotten, --flipped and --suspects"
        raise ValueError(f"a list must be of one of {names}, not several. Received: {sum(asked)} of them")


def _of_class(frame: pd.DataFrame, label: str | None, output: Output) -> pd.DataFrame:
    if label is None:
        return frame
    from ..formulas.class_names import class_index

    names = frame["class"] if frame.index.nlevels == 1 else frame.index.get_level_values("label").to_series()
    return frame[(names == output.classes[class_index(label, output.classes, RULE)]).to_numpy()]


def _print(frame: pd.DataFrame, shown: int, *, suspects: bool) -> None:
    print_frame(frame.head(shown)[_OF_SUSPECTS if suspects else _OF_ALL], "table")
    if len(frame) > shown:
        say(f"{shown} of {len(frame):,}; --limit shows more, --to writes all")
