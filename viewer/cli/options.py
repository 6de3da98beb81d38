"""Options that several commands share, each typed once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Metrics = Annotated[
    list[str], typer.Option("-m", "--metric", help="f1, f1@0.3, recall@macro, 'tn / (tn + fn)'; repeat.")
]
OutputName = Annotated[
    str | None, typer.Option("--output", help="An output of the model, by name; the first one if left out.")
]
Split = Annotated[str | None, typer.Option(help="val, train or the name of a probe.")]
Threshold = Annotated[float | None, typer.Option(min=0.0, max=1.0, help="Above it a score is positive.")]
Folder = Annotated[
    Path | None,
    typer.Argument(
        metavar="FOLDER", show_default=False, help="A run, a folder of runs, or one above.  [default: runs]"
    ),
]
RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="A run, or a folder that holds one.")]
Every = Annotated[int | None, typer.Option(min=1, help="Every n-th epoch.")]
Layout = Annotated[str | None, typer.Option(help="Panels, such as 'curves:f1,mcc curves:loss / scores pr matrix'.")]
Theme = Annotated[str | None, typer.Option(help="light or dark.")]
Band = Annotated[float | None, typer.Option(help="Level of the credible bands, 0 for none.  [default: 0.95]")]
Prevalence = Annotated[
    float | None,
    typer.Option(
        help="Formulas as if so many of all were positive, in (0, 1); the scores of each class are taken to stay as "
        "they are, only how often the classes occur changes."
    ),
]
Formulas = Annotated[
    list[str], typer.Option("--formulas", help="A Python file of your own formulas and panels; repeat.")
]
Start = Annotated[int | None, typer.Option(help="The first epoch to show.")]
Stop = Annotated[int | None, typer.Option(help="The last epoch to show.")]
Size = Annotated[str | None, typer.Option(help="Pixels, WIDTHxHEIGHT.  [default: 1280x720]")]
Dpi = Annotated[int | None, typer.Option(min=50, max=400, help="Pixels an inch; text grows with it.  [default: 100]")]
Fps = Annotated[float | None, typer.Option(min=0.1, max=60, help="Epochs a second of a film.  [default: 10]")]


LARGEST = 16_384  # pixels: more than any screen or encoder takes


def pixels(size: str) -> tuple[int, int]:
    """Width and height of `1280x720`.

    Raises:
        ValueError: It is written otherwise, or smaller than a dashboard can be.
    """
    width, _, height = size.partition("x")
    if width.isdecimal() and height.isdecimal() and 320 <= int(width) <= LARGEST and 240 <= int(height) <= LARGEST:
        return int(width), int(height)
    raise ValueError(f"--size must be WIDTHxHEIGHT, from 320x240 to {LARGEST}x{LARGEST}. Received: {size}")
