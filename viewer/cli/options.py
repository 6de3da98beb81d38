"""Options that several commands share, each typed once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Metrics = Annotated[
    list[str], typer.Option("-m", "--metric", help="f1, f1@0.3, recall@macro, 'tn / (tn + fn)'; repeat.")
]
Split = Annotated[str | None, typer.Option(help="val, train or the name of a probe.")]
Threshold = Annotated[float | None, typer.Option(min=0.0, max=1.0, help="Above it a score is positive.")]
Folder = Annotated[Path, typer.Argument(help="A run, a folder of runs, or one above.")]
RunFolder = Annotated[Path, typer.Argument(help="A run, or a folder that holds one.")]
Every = Annotated[int, typer.Option(min=1, help="Every n-th epoch.")]


def pixels(size: str) -> tuple[int, int]:
    """Width and height of `1280x720`.

    Raises:
        ValueError: It is written otherwise, or smaller than a dashboard can be.
    """
    width, _, height = size.partition("x")
    if not (width.isdecimal() and height.isdecimal() and int(width) >= 320 and int(height) >= 240):
        raise ValueError(f"--size must be WIDTHxHEIGHT, at least 320x240. Received: {size}")
    return int(width), int(height)
