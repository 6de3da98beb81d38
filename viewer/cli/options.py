"""Options that several commands share, each typed once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..surfaces import SURFACES
from .completion import run_names

Metrics = Annotated[
    list[str],
    typer.Option("-m", "--metric", help="A formula: f1, f1@0.3, recall@macro, 'tn / (tn + fn)'. May be repeated."),
]
OutputName = Annotated[
    str | None, typer.Option("--output", help="Name of an output of the model (default: the first one).")
]
Split = Annotated[str | None, typer.Option(help="Samples to count: val, train or the name of a probe.")]
Threshold = Annotated[
    float | None,
    typer.Option(min=0.0, max=1.0, help="A score above it counts as positive (default: the decision threshold)."),
]
Folder = Annotated[
    Path | None,
    typer.Argument(
        metavar="FOLDER",
        show_default=False,
        autocompletion=run_names,
        help="A run, a folder of runs, or a folder above, or its address, s3://bucket/runs (default: runs).",
    ),
]
RunFolder = Annotated[
    Path,
    typer.Argument(
        metavar="RUN", autocompletion=run_names, help="A run: its folder or address, its name, a part of it, or latest."
    ),
]
Every = Annotated[int | None, typer.Option(min=1, help="Take only every n-th recorded epoch.")]
Layout = Annotated[
    str | None,
    typer.Option(help="Panels of the dashboard, rows between slashes: 'curves:f1,mcc curves:loss / scores pr matrix'."),
]
Theme = Annotated[str | None, typer.Option(help="Colours: light or dark.")]
Band = Annotated[float | None, typer.Option(help="Level of the credible bands; 0 draws none (default: 0.95).")]
Prevalence = Annotated[
    float | None,
    typer.Option(
        help="Evaluate formulas as if this share of the samples were positive, in (0, 1). The scores within each class "
        "stay as they were recorded; only the mix of the classes changes."
    ),
]
Best = Annotated[
    str | None,
    typer.Option(
        help="The formula or log that decides which epoch is a run's best: mcc, val_auc, 'max(tp - fp)' "
        "(default: val_loss, else mcc)."
    ),
]
Formulas = Annotated[
    list[str],
    typer.Option("--formulas", help="A Python file of your own formulas and panels; it is run. May be repeated."),
]
Samples = Annotated[
    Path | None,
    typer.Option(
        "--samples",
        help="A Python file whose function show(sample) gives an image array, a text, a mapping or a figure for a "
        "position in the data; it is run.",
    ),
]
NUMBER = "a number in the run's own unit, step:1200 or epoch:3"
At = Annotated[
    str | None, typer.Option("--at", "--epoch", help=f"The epoch or step to look at: {NUMBER} (default: the newest).")
]
BeginAt = Annotated[
    str | None,
    typer.Option("--at", "--epoch", help=f"The epoch or step to begin with: {NUMBER} (default: the first)."),
]
Start = Annotated[str | None, typer.Option(help=f"The first epoch or step to show: {NUMBER}.")]
Stop = Annotated[str | None, typer.Option(help=f"The last epoch or step to show: {NUMBER}.")]
Size = Annotated[str | None, typer.Option(help="Size in pixels, WIDTHxHEIGHT (default: 1280x720).")]
Dpi = Annotated[
    int | None,
    typer.Option(min=50, max=400, help="Pixels per inch; a larger number makes the text larger (default: 100)."),
]
Fps = Annotated[
    float | None, typer.Option(min=0.1, max=60, help="Epochs, or recorded steps, per second of a film (default: 10).")
]


LARGEST = 16_384  # pixels: more than any screen or encoder takes
Web = Annotated[bool, typer.Option("--web", help="Show it in a browser, even if a window could be opened.")]
Text = Annotated[bool, typer.Option("--text", help="Show it in this terminal, as text.")]
On = Annotated[
    str | None, typer.Option("--surface", help=f"How to show it: {', '.join(SURFACES)} (default: a window).")
]
Port = Annotated[
    int | None, typer.Option(min=0, max=65535, help="Port of the page in the browser; 0 takes a free one.")
]
Address = Annotated[
    str | None,
    typer.Option(help="Address the page listens on. Any other than 127.0.0.1 lets in everybody who knows the token."),
]
Certificate = Annotated[
    Path | None, typer.Option(help="PEM file of a certificate, which with --key encrypts the page in the browser.")
]
Key = Annotated[Path | None, typer.Option(help="PEM file of the certificate's private key.")]
Overlay = Annotated[bool, typer.Option("--overlay", help="Draw all runs that are still training over one another.")]


def pixels(size: str) -> tuple[int, int]:
    """Width and height of `1280x720`.

    Raises:
        ValueError: It is written otherwise, or smaller than a dashboard can be.
    """
    width, _, height = size.partition("x")
    if width.isdecimal() and height.isdecimal() and 320 <= int(width) <= LARGEST and 240 <= int(height) <= LARGEST:
        return int(width), int(height)
    raise ValueError(f"--size must be WIDTHxHEIGHT, from 320x240 to {LARGEST}x{LARGEST}. Received: {size}")
