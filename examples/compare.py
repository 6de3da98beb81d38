"""Is the larger network better, or was it luck? Trains both with three seeds, and compares them on the same samples.

    python examples/compare.py

Needs scikit-learn, no TensorFlow. Leaves the runs in `runs/compare` and a picture in `comparison.png`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from sklearn.datasets import make_classification
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

import viewer
from recorder import RunWriter

SIZES = {"small": (8,), "large": (64, 64)}


def record(root: Path, name: str, seed: int, epochs: int, data: list) -> Path:
    """One training; every epoch's predictions of the same validation samples are recorded."""
    x, xv, y, yv = data
    model = MLPClassifier(SIZES[name], batch_size=32, random_state=seed)
    config = {"layers": list(SIZES[name]), "seed": seed, "batch_size": 32}
    with RunWriter(root, name=f"{name}-{seed}", group=name, config=config, epochs=epochs) as run:
        for epoch in range(epochs):
            model.partial_fit(x, y, classes=[0, 1])
            score, val_score = model.predict_proba(x)[:, 1], model.predict_proba(xv)[:, 1]
            logs = {"loss": log_loss(y, score), "val_loss": log_loss(yv, val_score)}
            run.epoch(epoch, logs=logs, train=(y, score), val=(yv, val_score))
    return run.folder


def main() -> None:
    """Trains, compares, and draws."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=25)
    parser.add_argument("--runs", type=Path, default=Path("runs/compare"))
    parser.add_argument("--picture", type=Path, default=Path("comparison.png"))
    options = parser.parse_args()

    x, y = make_classification(
        n_samples=10_000, n_features=15, n_informative=15, n_redundant=0, weights=[0.9, 0.1], flip_y=0.05,
        class_sep=0.7, random_state=1,
    )  # fmt: skip
    x, xv, y, yv = train_test_split(x, y, test_size=0.2, stratify=y, random_state=1)
    scaler = StandardScaler().fit(x)
    data = [scaler.transform(x), scaler.transform(xv), y, yv]
    runs = [record(options.runs, name, seed, options.epochs, data) for name in SIZES for seed in range(3)]

    result = viewer.compare(runs, ["mcc", "f1"], at="best:val_loss", baseline="small-0")
    print(result.groups, *result.findings, *result.notes, sep="\n")
    result.save(options.picture)
    print(f"wrote {options.picture}")


if __name__ == "__main__":
    main()
