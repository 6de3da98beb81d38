"""A folder of runs of every kind."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recorder import RunWriter, open_writer
from viewer.index.refreshing import refresh
from viewer.reading.find import INDEX
from viewer.run import Run

Array = np.ndarray[Any, Any]


def softmax_like(rng: np.random.Generator, truth: Array, classes: int) -> Array:
    scores = rng.dirichlet(np.ones(classes), len(truth)) + np.eye(classes)[truth]
    return np.asarray(scores / scores.sum(axis=1, keepdims=True))


def make_runs(root: Path) -> None:
    """Binary runs in two groups, several classes, labels and outputs, logs alone, resumed, without an end, empty."""
    rng = np.random.default_rng(0)
    two = rng.integers(0, 2, 60)
    three, many = rng.integers(0, 3, 60), rng.integers(0, 20, 60)
    labels = rng.integers(0, 2, (60, 3))
    for number, name in enumerate(("plain", "wide")):
        with RunWriter(root, name=name, epochs=5, config={"lr": 0.1 / (1 + number), "opt": {"name": "sgd"}}) as run:
            for epoch in range(4):
                scores = rng.random(60) * 0.7 + two * 0.1 * number
                splits: dict[str, Any] = {"train": (two, scores)} | ({"val": (two, scores)} if epoch % 2 == 0 else {})
                logs = {"loss": 1 / (1 + epoch)} | ({"val_loss": 2.0} if epoch < 2 else {})
                run.epoch(epoch, logs=logs, seconds={"epoch": 2.0}, **splits)
    with RunWriter(root / "deeper", name="three", group="g") as run:
        for epoch in range(4):
            run.epoch(epoch, logs={"loss": np.nan if epoch == 3 else 0.5}, val=(three, softmax_like(rng, three, 3)))
    with RunWriter(root, name="many") as run:
        for epoch in range(2):
            run.epoch(epoch, val=(many, softmax_like(rng, many, 20)))
    with RunWriter(root, name="labels") as run:
        for epoch in range(2):
            run.epoch(epoch, logs={"val_loss": 0.25}, val=(labels, rng.random((60, 3))))
    with RunWriter(root, name="logs") as run:
        run.epoch(0, logs={"loss": 1.5, "mcc": 0.5})
    with RunWriter(root, name="never wrong") as run:  # no negatives: many formulas are 0/0
        run.epoch(0, val=(np.ones(9, int), np.full(9, 0.9)), probe=(np.zeros(9, int), np.full(9, 0.2)))
    for again in range(2):
        with RunWriter(root, name="resumed", resume="allow") as run:
            for epoch in range(again, 4 - 2 * again):
                run.epoch(epoch, logs={"loss": epoch + 0.5 * again}, val=(two, rng.random(60)))
    with RunWriter(root, name="steps") as run:
        for step in (100, 250):
            run.epoch(step=step, epoch=step // 200, logs={"loss": 1.0}, val=(two, rng.random(60)))
        folder = run.folder
    with open_writer(folder) as adder:
        adder.add(step=100, test=(two, rng.random(60)))
    RunWriter(root, name="empty").close()
    cut = RunWriter(root, name="cut")
    cut.epoch(0, logs={"loss": 3.0}, val=(two, rng.random(60)))
    cut.close()
    lines = cut.folder / "epochs.jsonl"
    lines.write_bytes(b"".join(lines.read_bytes().splitlines(keepends=True)[:-1]))  # its end is lost
    broken = root / "20260101-000000-broken-0000"
    broken.mkdir()
    (broken / "run.json").write_text("{}", encoding="utf-8")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, join_outputs: Callable[..., Path]) -> Path:
    """Such a folder, for tests that change nothing in it."""
    root = tmp_path_factory.mktemp("index") / "runs"
    make_runs(root)
    parts = {"a": "-plain-", "b": "-three-"}
    join_outputs(root, {name: next(map(Run, root.rglob(f"*{own}*"))) for name, own in parts.items()})
    return root


@pytest.fixture
def copy(runs: Path, tmp_path: Path) -> Path:
    """The same folder, with an index, to be changed."""
    root = tmp_path / "runs"
    shutil.copytree(runs, root, ignore=shutil.ignore_patterns(INDEX))
    refresh(root)
    return root
