"""One sheet a kind of output: the dashboard at every size, with no, one, few and many epochs, light and dark.

python examples/contact_sheet.py                    # all kinds, into examples/contact_sheets (a few minutes)
python examples/contact_sheet.py binary classes-3   # some of them
python examples/contact_sheet.py --to DIR

For looking at the edges: what is cut off, lies over something else, or is empty without a word.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from rich.progress import track

import viewer
from recorder import RunWriter, counting
from recorder.runfile import BeginLine, EpochRecord, Manifest, Output, RunFileWriter
from recorder.runfile.codec import iso_time
from viewer.drawing.theme import THEMES
from viewer.export.look import Look
from viewer.export.still import still
from viewer.frame import Framer

SIZES = ((360, 640), (900, 600), (1920, 1080), (3840, 2160))
POINTS = (0, 1, 3, 40)
SAMPLES, HEIGHT, GAP = 400, 380, 12  # of each epoch; pixels of a row, and between pictures


def main() -> None:
    """Records small runs of every kind and draws them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", nargs="*", help=", ".join(KINDS))
    parser.add_argument("--to", type=Path, default=Path(__file__).parent / "contact_sheets")
    asked = parser.parse_args()
    if unknown := set(asked.kinds) - set(KINDS):
        parser.error(f"a kind must be one of {', '.join(KINDS)}. Received: {', '.join(unknown)}")
    asked.to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for kind in asked.kinds or KINDS:
            sheet(kind, Path(folder)).save(asked.to / f"{kind}.png", optimize=True)
    print(f"sheets in {asked.to}")


def sheet(kind: str, folder: Path) -> Image.Image:
    """The pictures of a kind in one: a row for each theme and number of epochs, a column for each size."""
    widths = [HEIGHT * width // height for width, height in SIZES]
    rows = [(theme, points) for points in POINTS for theme in THEMES.values()]
    whole = Image.new("RGB", (sum(widths) + GAP * (len(widths) + 1), (HEIGHT + GAP) * len(rows) + GAP), "#888")
    runs = {points: record(folder, kind, points) for points in POINTS}
    for row, (theme, points) in enumerate(track(rows, description=kind)):
        left = GAP
        for size, width in zip(SIZES, widths, strict=True):
            path = folder / "picture.png"
            dpi = 200 if size[0] > 2000 else 100  # as such a screen is set
            still(Framer(runs[points]), path, look=Look(size=size, theme=theme, dpi=dpi))
            picture = Image.open(path).convert("RGB").resize((width, HEIGHT), Image.Resampling.LANCZOS)
            whole.paste(picture, (left, GAP + row * (HEIGHT + GAP)))
            left += width + GAP
    return whole


def record(folder: Path, kind: str, points: int) -> viewer.Run:
    """A run of that many epochs, which gets better as it goes."""
    make, options = KINDS[kind]
    rng = np.random.default_rng(7)
    if kind == "two-outputs":
        return record_two(folder, points, rng)
    with RunWriter(folder, name=f"{kind}, {points} epochs", epochs=40, **options) as writer:
        for epoch in range(points):
            loss = 0.2 + 0.6 / (1 + epoch / 5)
            logs = {"loss": loss, "val_loss": loss + 0.002 * epoch, "learning_rate": 1e-3}
            splits = {split: make(rng, epoch) for split in ("train", "val")} if make is not None else {}
            writer.epoch(epoch, logs=logs, seconds={"epoch": 1.5}, **splits)
    return viewer.open_run(writer.folder)


def record_two(folder: Path, points: int, rng: np.random.Generator) -> viewer.Run:
    """A run of two outputs, as a model of two heads records it."""
    outputs = [
        Output(name="defect", thresholds=counting.default_thresholds().tolist()),
        Output(
            name="size", kind="multiclass", classes=["S", "M", "L"], thresholds=counting.default_thresholds().tolist()
        ),
    ]
    manifest = Manifest(
        run_id=f"two-{points}", name=f"two outputs, {points} epochs", created=iso_time(0), outputs=outputs
    )
    writer = RunFileWriter.create(folder, manifest, BeginLine(attempt=0, time=iso_time(0)))
    for epoch in range(points):
        arrays = [binary(rng, epoch), classes(3)(rng, epoch)]
        tallies = [
            counting.tally_arrays(*of, output=output, split="val") for of, output in zip(arrays, outputs, strict=True)
        ]
        writer.append(
            EpochRecord(epoch=epoch, logs={"loss": 1 / (1 + epoch)}, time=float(epoch), tallies=tuple(tallies))
        )
    writer.close()
    return viewer.open_run(writer.folder)


def binary(rng: np.random.Generator, epoch: int) -> tuple[Any, Any]:
    """A tenth are positive."""
    truth = np.arange(SAMPLES) % 10 == 0
    return truth, 1 / (1 + np.exp(-(rng.normal(size=SAMPLES) + (truth - 0.5) * (1 + epoch / 8))))


def classes(number: int) -> Callable[[np.random.Generator, int], tuple[Any, Any]]:
    """As many classes, of which the later ones are rarer; two are two softmax units."""

    def make(rng: np.random.Generator, epoch: int) -> tuple[Any, Any]:
        truth = np.floor(number * (np.arange(SAMPLES) / SAMPLES) ** 1.5).astype(int)
        scores = np.exp(rng.normal(size=(SAMPLES, number)) + np.eye(number)[truth] * (1 + epoch / 8))
        return truth, scores / scores.sum(axis=1, keepdims=True)

    return make


def labels(rng: np.random.Generator, epoch: int) -> tuple[Any, Any]:
    """Twenty labels, of which each sample has some."""
    truth = (np.arange(SAMPLES)[:, None] * (1 + np.arange(20))) % 7 == 0
    return truth, 1 / (1 + np.exp(-(rng.normal(size=truth.shape) + (truth - 0.5) * (1 + epoch / 8))))


def names(number: int) -> dict[str, Any]:
    """Names of classes, some of them long."""
    return {"class_names": [f"class {n}" + " with a long name" * (n % 3 == 1) for n in range(number)]}


KINDS: dict[str, tuple[Any, dict[str, Any]]] = {
    "binary": (binary, {}),
    "two-units": (classes(2), {}),
    "classes-3": (classes(3), names(3)),
    "classes-10": (classes(10), names(10)),
    "classes-100": (classes(100), names(100)),
    "labels-20": (labels, {"kind": "multilabel", **names(20)}),
    "two-outputs": (None, {}),
    "logs": (None, {}),
}


if __name__ == "__main__":
    main()
