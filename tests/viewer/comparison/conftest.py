"""Small runs to be compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recorder import RunWriter

GRID = np.linspace(0, 1, 21)
Record = Callable[..., Path]


@pytest.fixture
def record(tmp_path: Path) -> Record:
    """`record(name, scores, truth=...)`: the folder of a run with these scores of each epoch."""

    def record(
        name: str,
        scores: Sequence[Any],
        truth: Any,
        *,
        logs: Sequence[dict[str, float]] | None = None,
        train: Any = None,
        seconds: float = 1.0,
        **options: Any,
    ) -> Path:
        options = {"thresholds": GRID} | options
        with RunWriter(tmp_path / "runs", name=name, **options) as run:
            for epoch, score in enumerate(scores):
                splits = {"val": (np.asarray(truth), np.asarray(score))} | ({} if train is None else {"train": train})
                run.epoch(epoch, logs=(logs or [{}] * len(scores))[epoch], seconds={"epoch": seconds}, **splits)
        return run.folder

    return record


@pytest.fixture
def binary(record: Record) -> Record:
    """`binary(name, seed)`: a run of 300 samples and 4 epochs, by default the same samples for each seed."""

    def binary(name: str, seed: int, *, samples: int = 300, data: int = 0, epochs: int = 4, **options: Any) -> Path:
        truth = np.random.default_rng(data).random(samples) < 0.3
        rng = np.random.default_rng(100 + seed)
        scores = [np.clip(0.35 + 0.2 * truth + rng.normal(0, 0.15, samples), 0, 1) for _ in range(epochs)]
        return record(name, scores, truth.astype(int), **options)

    return binary


@pytest.fixture
def classes(record: Record) -> Record:
    """`classes(name, seed, k=...)`: a run of 200 samples of several classes and 2 epochs."""

    def classes(name: str, seed: int, *, k: int = 4, samples: int = 200, **options: Any) -> Path:
        truth = np.random.default_rng(0).integers(0, k, samples)
        rng = np.random.default_rng(100 + seed)
        logits = [rng.normal(size=(samples, k)) + 2 * np.eye(k)[truth] for _ in range(2)]
        scores = [np.exp(x) / np.exp(x).sum(axis=1, keepdims=True) for x in logits]
        return record(name, scores, truth, **options)

    return classes
