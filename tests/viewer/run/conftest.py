"""Runs whose every sample was recorded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import viewer
from recorder import RunWriter
from viewer.run import Run

EPOCHS, SAMPLES, CLASSES = 5, 80, ("cat", "dog", "owl")


@dataclass
class Recorded:
    """A run, and what was recorded in each epoch: one-hot truth and scores [samples, classes]; one class for binary."""

    run: Run
    truth: list[np.ndarray]
    scores: list[np.ndarray]

    def each(self, function: Callable[[np.ndarray, np.ndarray], float]) -> list[float]:
        """A function of the truth and the scores of each epoch."""
        return [function(*arrays) for arrays in zip(self.truth, self.scores, strict=True)]


def record(root: Path, kind: Any, **options: Any) -> Recorded:
    """Random predictions that know a little, many of them on an edge or tied."""
    rng = np.random.default_rng(17)
    found = Recorded(None, [], [])  # type: ignore[arg-type] # the run comes last
    names = ["no", "yes"] if kind == "binary" else list(CLASSES)
    with RunWriter(root, kind=kind, class_names=names, **options) as writer:
        for epoch in range(EPOCHS):
            labels = rng.integers(0, 2, (SAMPLES, 1 if kind == "binary" else 3))
            if kind == "multiclass":
                labels = np.eye(3, dtype=int)[rng.integers(0, 3, SAMPLES)]
            scores = np.clip(rng.normal(0.4 + 0.2 * labels, 0.2), 0.01, 1)
            if kind == "multiclass":
                scores = scores / scores.sum(axis=1, keepdims=True)
            scores = scores.astype(np.float32)
            scores[::5] = np.round(scores[::5], 2)
            truth = {"binary": labels[:, 0], "multiclass": labels.argmax(axis=1), "multilabel": labels}[kind]
            writer.epoch(epoch, logs={"loss": 1.0 + epoch}, val=(truth, scores), train=(truth[:9], scores[:9]))
            found.truth.append(labels)
            found.scores.append(scores)
    found.run = viewer.open_run(writer.folder)
    return found


@pytest.fixture(scope="module", params=["binary", "multiclass", "multilabel"])
def recorded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    return record(tmp_path_factory.mktemp("runs"), request.param)


@pytest.fixture(scope="module")
def binary(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    return record(tmp_path_factory.mktemp("runs"), "binary")


@pytest.fixture(scope="module")
def multiclass(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    return record(tmp_path_factory.mktemp("runs"), "multiclass")
