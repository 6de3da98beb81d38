"""Pictures of every panel and of the default dashboards, from three small real trainings.

python examples/gallery.py            # into examples/gallery
python examples/gallery.py --to DIR

scikit-learn trains here, batch by batch, and `RunWriter` records: the viewer does not care where counts come from.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from rich.progress import track
from sklearn.datasets import load_digits, make_classification, make_multilabel_classification
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

import viewer
from recorder import RunWriter
from viewer.drawing.theme import THEMES
from viewer.export.look import Look
from viewer.export.still import still
from viewer.frame import Framer
from viewer.gallery.show_file import ShowFile

BATCH = 64
SIZES = ((900, 600), (1920, 1080))
PANEL = (560, 380)
PANELS = {  # by the kind of run that shows them best
    "binary": ("curves", "curves:loss", "scores", "pr", "roc", "threshold", "surface:f1", "calibration", "status"),
    "logs": ("logs",),
    "multiclass": ("matrix", "classes", "samples", "gallery"),
}


def main() -> None:
    """Trains, records and draws."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=Path(__file__).parent / "gallery")
    folder = parser.parse_args().to
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as runs:
        framers = {kind: Framer(run) for kind, run in record(Path(runs)).items()}
        framers["multiclass"].turn(show=ShowFile(Path(__file__).with_name("digits_show.py")))
        for path, framer, look in track(list(pictures(folder, framers)), description="Drawing"):
            still(framer, path, position=int(0.8 * len(framer)), look=look)
            shrink(path)
    print(f"{len(list(folder.glob('*.png')))} pictures in {folder}")


def shrink(path: Path) -> None:
    """A palette in place of three bytes a pixel: a quarter of the size, and nobody sees it."""
    picture = Image.open(path).convert("RGB")
    picture.quantize(method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(path, optimize=True)


def pictures(folder: Path, framers: dict[str, Framer]) -> Iterator[tuple[Path, Framer, Look]]:
    """Name, run and look of each picture."""
    for kind, panels in PANELS.items():
        for panel in panels:
            yield folder / f"panel-{panel.replace(':', '-')}.png", framers[kind], Look(size=PANEL, layout=panel)
    for kind, framer in framers.items():
        for theme in THEMES.values():
            for size in SIZES:
                path = folder / f"dashboard-{kind}-{theme.name}-{size[0]}x{size[1]}.png"
                yield path, framer, Look(size=size, theme=theme)


def record(folder: Path) -> dict[str, viewer.Run]:
    """Three runs: an imbalanced question, ten handwritten digits, and several labels at once."""
    imbalanced = make_classification(
        n_samples=6000, n_features=15, n_informative=15, n_redundant=0, weights=[0.9, 0.1], flip_y=0.05, class_sep=0.7,
        random_state=0,
    )  # fmt: skip
    digits = load_digits(return_X_y=True)
    tags = make_multilabel_classification(n_samples=3000, n_features=20, n_classes=6, n_labels=2, random_state=0)
    topics = ["sport", "music", "politics", "science", "travel", "food"]
    return {
        "binary": train(folder, imbalanced, name="imbalanced", epochs=60),
        "multiclass": train(folder, digits, name="digits", epochs=40),
        "logs": train(folder, digits, name="digits, logs only", epochs=40, counted=False),
        "multilabel": train(folder, tags, name="articles", epochs=40, class_names=topics, kind="multilabel"),
    }


def train(folder: Path, data: tuple[Any, Any], *, epochs: int, counted: bool = True, **options: Any) -> viewer.Run:
    """Trains a small network and records it; a batch of training is counted before the weights take it in.

    Without counts, what somebody may log is recorded: the loss, the accuracy, the size of the weights.
    """
    x, x_val, y, y_val, _, ids = train_test_split(*data, range(len(data[0])), test_size=0.4, random_state=1)
    scaler = StandardScaler().fit(x)
    x, x_val = scaler.transform(x), scaler.transform(x_val)
    model = MLPClassifier((32,), learning_rate_init=5e-4, random_state=2)
    classes = np.arange(y.shape[1]) if y.ndim == 2 else np.unique(y)
    model.partial_fit(x[:BATCH], y[:BATCH], classes=classes)
    rng = np.random.default_rng(3)
    with RunWriter(folder, epochs=epochs, sample_ids={"val": ids}, **options) as writer:
        for epoch in range(epochs):
            began, order, seen = time.perf_counter(), rng.permutation(len(x)), []
            for start in range(0, len(x), BATCH):
                batch = order[start : start + BATCH]
                seen.append(scores(model, x[batch]))
                model.partial_fit(x[batch], y[batch])
            training, validation = (y[order], np.concatenate(seen)), (y_val, scores(model, x_val))
            logs = {"loss": loss(*training), "val_loss": loss(*validation)}
            seconds = {"epoch": time.perf_counter() - began}
            if not counted:
                logs |= {"accuracy": share(*training), "val_accuracy": share(*validation)}
                logs["weight_norm"] = float(np.sqrt(sum((layer**2).sum() for layer in model.coefs_)))
            splits = {"train": training, "val": validation} if counted else {}
            writer.epoch(epoch, logs=logs, seconds=seconds, **splits)
    return viewer.open_run(writer.folder)


def scores(model: MLPClassifier, x: Any) -> Any:
    """Probabilities: of the positive class where there are two, else of each."""
    found = model.predict_proba(x)
    return found[:, 1] if found.shape[1] == 2 else found


def share(y_true: Any, y_score: Any) -> float:
    """Of the samples whose largest score is that of their class."""
    return float((y_score.argmax(axis=1) == y_true).mean())


def loss(y_true: Any, y_score: Any) -> float:
    """Mean cross-entropy."""
    score = np.clip(y_score, 1e-7, 1 - 1e-7)
    if y_true.ndim < score.ndim:
        return float(-np.log(score[np.arange(len(score)), y_true]).mean())
    return float(-np.where(y_true == 1, np.log(score), np.log1p(-score)).mean())


if __name__ == "__main__":
    main()
