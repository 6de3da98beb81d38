"""Tiny real runs of every kind, to be damaged: the golden ones of every version, and what today's code writes."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np

from recorder import RunWriter
from recorder.runfile import Manifest, Output, RunFileWriter, begin_line
from viewer.importers import import_csv

GOLDEN = Path(__file__).parents[2] / "golden"
GRID = [0.25, 0.5, 0.75]
GOOD = "20260101-000000-good-0000"


def make(folder: Path) -> Path:
    """Makes `corpus`, runs by name, and `root` with one good run in it; a damaged one will stand beside it."""
    corpus, root = folder / "corpus", folder / "root"
    corpus.mkdir(parents=True)
    for version in sorted(GOLDEN.glob("[0-9]*")):
        for run in sorted(path for path in version.iterdir() if path.is_dir()):
            shutil.copytree(run, corpus / f"{version.name}-{run.name}")
    for kind, classes in (("binary", 1), ("softmax of two", 2), ("three", 3), ("labels", 3)):
        _recorded(corpus, kind, classes)
    (folder / "log.csv").write_text("epoch,loss,val_loss\n0,1.0,1.1\n1,0.5,0.7\n2,0.3,nan\n")
    import_csv(folder / "log.csv", folder / "imported")
    for run in (folder / "imported").iterdir():
        run.rename(corpus / "imported")
    _wide(corpus)
    _recorded(root, "good", 1)
    next(root.iterdir()).rename(root / GOOD)
    return root


def _recorded(corpus: Path, kind: str, classes: int) -> None:
    """A run of six epochs, the last three of another attempt, with all that can be recorded beside counts."""
    rng = np.random.default_rng(classes)
    for resume, epochs in (("never", range(3)), ("must", range(2, 6))):
        writer = RunWriter(
            corpus, name=kind, group="seeds", thresholds=GRID, config={"lr": 0.1, "layers": [1, {"a": None}]},
            kind="multilabel" if kind == "labels" else None, max_samples=8, epochs=9, resume=resume, alerts=True,
            class_names=["cat", "dog", "owl"][:classes] if classes > 2 else None,
            sample_ids=[f"sample {number}" for number in range(12)],
            groups=[f"image {number // 3}" for number in range(12)], group_thresholds=[0.25],
        )  # fmt: skip
        for epoch in epochs:
            truth = rng.integers(0, 2, (12, classes)) if kind == "labels" else rng.integers(0, max(classes, 2), 12)
            scores = rng.dirichlet(np.ones(classes), 12) if classes > 1 else rng.random(12)
            arrays, logs = (truth, scores, rng.random(12)), {"loss": 1 / (1 + epoch), "val_loss": float("nan")}
            observed = {"norm": np.ones((2, 2))}
            writer.epoch(epoch, logs=logs, seconds={"epoch": 1.0}, observed=observed, train=arrays, val=arrays)
        if epochs.stop == 3 or kind != "three":
            writer.close()  # else its parts wait to be merged
    run = next(path for path in corpus.iterdir() if f"-{kind.replace(' ', '-')}-" in path.name)
    if kind != "good":
        whole = corpus / kind
        shutil.copytree(run, whole)
        shutil.rmtree(run)


def _wide(corpus: Path) -> None:
    """A manifest of a thousand classes, of which nothing was recorded yet."""
    output = Output(kind="multiclass", classes=[str(number) for number in range(1_000)], thresholds=GRID)
    manifest = Manifest(run_id="wide", name="wide", created="2026-11-23T10:30:05+00:00", outputs=[output])
    RunFileWriter.create(corpus, manifest, begin_line()).close()
