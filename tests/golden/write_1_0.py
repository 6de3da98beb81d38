"""How the runs in `1.0/` were made: by the code of commit 61ea031. They are never made again.

    git worktree add /somewhere 61ea031
    PYTHONPATH=/somewhere python tests/golden/write_1_0.py tests/golden/1.0

Each run stands beside `NAME.json`: what that code read of it.
Runs of a released version of the format must open for ever; a later version gets a folder and a script of its own.
"""

from __future__ import annotations

import json
import shutil
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

socket.gethostname = lambda: "a-host"

from recorder import ConfusionTally, RunRecorder, RunWriter  # noqa: E402 - a host's name is no part of the repository
from recorder.runfile import read_manifest, read_records  # noqa: E402

GRID = [0.0, 0.25, 0.5, 0.75, 1.0]
RNG = np.random.default_rng(20261125)
RUNS: dict[str, Callable[[Path], Any]] = {}


def run(function: Callable[[Path], Any]) -> Callable[[Path], Any]:
    """Registers what writes a run under the name of the function."""
    RUNS[function.__name__] = function
    return function


def binary_arrays(samples: int = 30) -> tuple[np.ndarray, np.ndarray]:
    return RNG.integers(0, 2, samples), RNG.random(samples).astype(np.float32)


@run
def binary_weighted(root: Path) -> None:
    writer = RunWriter(
        root, name="binary weighted", group="seeds", thresholds=GRID, config={"lr": 0.1, "nested": {"a": [1, "b"]}}
    )
    for epoch in range(5):
        weight = RNG.random(30).astype(np.float32)
        observed = {"norms": RNG.normal(size=(2, 3)), "step": np.array(epoch)}
        writer.epoch(
            epoch,
            logs={"loss": 1 / (epoch + 1)},
            seconds={"epoch": 2.0, "train": 1.5, "val": 0.5},
            observed=observed,
            train=(*binary_arrays(), weight),
            val=(*binary_arrays(), weight),
            probe=binary_arrays(8),
        )
    writer.close()


@run
def default_grid(root: Path) -> None:
    writer = RunWriter(root, name="default grid", decision_threshold=0.3)
    for epoch in range(3):
        writer.epoch(epoch, val=binary_arrays())
    writer.close()


@run
def three_classes(root: Path) -> None:
    writer = RunWriter(root, name="three", thresholds=GRID, class_names=["cat", "dog", "owl"], ignore_label=-1)
    for epoch in range(4):
        truth, score = RNG.integers(-1, 3, 40), RNG.dirichlet(np.ones(3), 40)
        score[0, 0] = np.nan
        writer.epoch(epoch, logs={"loss": 1.0}, train=(truth, score), val=(truth, score))
    writer.close()


@run
def twenty_classes(root: Path) -> None:
    writer = RunWriter(root, name="twenty", thresholds=GRID)
    for epoch in range(3):
        writer.epoch(epoch, val=(RNG.integers(0, 20, 60), RNG.dirichlet(np.ones(20) / 4, 60)))
    writer.close()


@run
def multilabel(root: Path) -> None:
    writer = RunWriter(root, name="multilabel", kind="multilabel", thresholds=GRID, class_names=["a", "b", "c", "d"])
    for epoch in range(4):
        writer.epoch(epoch, val=(RNG.integers(0, 2, (25, 4)), RNG.random((25, 4)).astype(np.float32)))
    writer.close()


@run
def keras_four_counts(root: Path) -> None:
    import keras

    names = {"tp": "TruePositives", "tn": "TrueNegatives", "fp": "FalsePositives", "fn": "FalseNegatives"}
    keras.utils.set_random_seed(0)
    x = RNG.normal(size=(60, 3)).astype(np.float32)
    y = (x[:, 0] > 0).astype(np.float32)
    model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
    model.compile(
        "adam", "binary_crossentropy", metrics=[getattr(keras.metrics, names[name])(name=name) for name in names]
    )
    recorder = RunRecorder(root, name="keras four counts")
    model.fit(x[:40], y[:40], validation_data=(x[40:], y[40:]), epochs=3, verbose=0, callbacks=[recorder])


@run
def several_outputs(root: Path) -> None:
    import keras

    keras.utils.set_random_seed(0)
    x = RNG.normal(size=(60, 3)).astype(np.float32)
    y = {"first": (x[:, 0] > 0).astype(np.float32), "second": (x[:, 0] > 0).astype(int) + (x[:, 1] > 0)}
    inputs = keras.Input((3,))
    outputs = {
        "first": keras.layers.Dense(1, activation="sigmoid", name="first")(inputs),
        "second": keras.layers.Dense(3, activation="softmax", name="second")(inputs),
    }
    model = keras.Model(inputs, outputs)
    losses = {"first": "binary_crossentropy", "second": "sparse_categorical_crossentropy"}
    metrics = {
        "first": [ConfusionTally(thresholds=GRID)],
        "second": [ConfusionTally(kind="multiclass", thresholds=GRID)],
    }
    model.compile("adam", losses, metrics=metrics)
    val = (x[40:], {name: truth[40:] for name, truth in y.items()})
    recorder = RunRecorder(root, name="several outputs")
    train = {name: truth[:40] for name, truth in y.items()}
    model.fit(x[:40], train, validation_data=val, epochs=3, verbose=0, callbacks=[recorder])


@run
def logs_only(root: Path) -> None:
    writer = RunWriter(root, name="logs only", epochs=10)
    for epoch in range(6):
        writer.epoch(epoch, logs={"loss": 2.0**-epoch, "val_loss": 0.5})
    writer.close("stopped by somebody")


@run
def nan_logs(root: Path) -> None:
    writer = RunWriter(root, name="nan logs", thresholds=GRID)
    for epoch, loss in enumerate([1.0, float("nan"), float("inf"), -float("inf"), 0.0]):
        logs = {"loss": loss} if epoch != 4 else {"loss": loss, "late": 7.0}
        writer.epoch(epoch, logs=logs, val=binary_arrays())
    writer.close()


@run
def resumed(root: Path) -> None:
    writer = RunWriter(root, name="resumed", thresholds=GRID, epochs=6)
    for epoch in range(6):
        writer.epoch(epoch, logs={"loss": float(epoch)}, val=binary_arrays())
    writer = RunWriter(root, name="resumed", thresholds=GRID, resume="must", epochs=8)
    for epoch in range(4, 8):
        writer.epoch(epoch, logs={"loss": -float(epoch)}, val=binary_arrays())
    writer.close()


@run
def interrupted(root: Path) -> None:
    writer = RunWriter(root, name="interrupted", thresholds=GRID, epochs=20)
    for epoch in range(7):
        writer.epoch(epoch, logs={"loss": float(epoch)}, train=binary_arrays(), val=binary_arrays())


@run
def merged(root: Path) -> None:
    writer = RunWriter(root, name="merged", thresholds=GRID)
    for epoch in range(70):
        writer.epoch(epoch, logs={"loss": float(epoch)}, val=binary_arrays(4))


@run
def merged_and_ended(root: Path) -> None:
    writer = RunWriter(root, name="merged and ended", thresholds=GRID)
    for epoch in range(66):
        writer.epoch(epoch, logs={"loss": float(epoch)}, val=binary_arrays(3))
    writer.close()


@run
def resumed_from_the_start(root: Path) -> None:
    """Six epochs, then three again from 0: the rule of today shows three (that of the first 1.0 code showed six)."""
    writer = RunWriter(root, name="resumed from the start", thresholds=GRID, epochs=6)
    for epoch in range(6):
        writer.epoch(epoch, logs={"loss": float(epoch)}, val=binary_arrays())
    writer = RunWriter(root, name="resumed from the start", thresholds=GRID, resume="must", epochs=3)
    for epoch in range(3):
        writer.epoch(epoch, logs={"loss": -float(epoch)}, val=binary_arrays())
    writer.close()


def told(value: float) -> float | str:
    return float(value) if np.isfinite(value) else str(float(value))


def expectation(folder: Path) -> dict[str, Any]:
    """What the code of that day reads: every count, every log, and enough of the samples to know them again."""
    import viewer

    opened = viewer.open_run(folder)
    outputs = {output.name: output for output in read_manifest(folder).outputs}
    shown = slice(3) if opened.name == "resumed from the start" else slice(None)
    metrics: dict[str, Any] = {}
    for name in outputs:
        for split in opened.splits(name):
            for formula in ("tp", "recall", "precision", "accuracy"):
                average = "macro" if outputs[name].kind != "binary" else None
                where = {"split": split, "threshold": 0.5, "average": average, "output": name}
                values = opened.values(formula, **where)
                metrics[f"{name}/{split}/{formula}"] = [told(value) for value in values[shown]]
    return {
        "name": opened.name,
        "group": opened.manifest.group,
        "config": opened.manifest.config,
        "planned_epochs": opened.planned_epochs,
        "reason": [end.reason for end in opened._table.ends],
        "outputs": {
            name: {"kind": output.kind, "classes": output.classes, "thresholds": len(output.thresholds)}
            for name, output in outputs.items()
        },
        "metrics_at_half": metrics,
        "epochs": [
            {
                "epoch": record.epoch,
                "logs": {name: told(value) for name, value in record.logs.items()},
                "seconds": sorted(record.seconds),
                "tallies": [
                    {
                        "split": tally.split,
                        "output": tally.output,
                        "histogram": _thinned(tally.histogram).tolist(),
                        "nan": tally.nan.tolist(),
                        "ignored": tally.ignored,
                        "matrix": None if tally.matrix is None else tally.matrix.tolist(),
                        "weights": None if tally.weights is None else tally.weights.tolist(),
                        "weight_squares": None if tally.weight_squares is None else tally.weight_squares.tolist(),
                    }
                    for tally in record.tallies
                ],
                "samples": [
                    {
                        "split": samples.split,
                        "output": samples.output,
                        "shape": list(samples.y_score.shape),
                        "sample": int(samples.sample.sum()),
                        "y_true": int(samples.y_true.sum()),
                        "y_score": [told(np.nansum(samples.y_score, dtype=np.float64)), told(samples.y_score[-1, -1])],
                        "label": None if samples.label is None else int(samples.label.sum()),
                        "weight": None if samples.weight is None else float(samples.weight.sum(dtype=np.float64)),
                    }
                    for samples in record.samples
                ],
                "observed": {name: values.tolist() for name, values in record.observed.items()},
            }
            for record in read_records(folder)[shown]
        ],
    }


def _thinned(histogram: np.ndarray) -> np.ndarray:
    """Of a long histogram, every fiftieth cumulative sum."""
    return histogram if histogram.shape[-1] < 50 else np.cumsum(histogram, axis=-1)[..., ::50]


def write_all(runs: dict[str, Callable[[Path], Any]], target: Path) -> None:
    """Writes each run and, beside it, what is read of it."""
    target.mkdir(parents=True)
    for name, write in runs.items():
        write(target / "new")
        (made,) = (target / "new").iterdir()
        shutil.move(made, target / name)
        (target / "new").rmdir()
        text = json.dumps(expectation(target / name), indent=None, separators=(",", ":"))
        (target / f"{name}.json").write_text(text + "\n")


if __name__ == "__main__":
    write_all(RUNS, Path(sys.argv[1]))
