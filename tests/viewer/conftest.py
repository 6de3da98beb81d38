"""Runs that pictures are made of."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

import viewer
from recorder import RunWriter
from recorder.runfile import Manifest, RunFileWriter, begin_line, read_records
from viewer.frame import Framer
from viewer.run import Run

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]


@pytest.fixture
def rng() -> np.random.Generator:
    """The same numbers each time."""
    return np.random.default_rng(11)


@pytest.fixture
def make_framer(tmp_path: Path) -> Callable[..., Framer]:
    """`make_framer([(y_true, y_score), ...], thresholds=..., kind=...)`: a framer of a finished run of these epochs.

    An epoch that is None has a log only.
    """

    def make(epochs: Sequence[Any], **options: Any) -> Framer:
        with RunWriter(tmp_path / "runs", **{"name": "run"} | options) as writer:
            for number, arrays in enumerate(epochs):
                splits = {} if arrays is None else {"val": arrays}
                writer.epoch(number, logs={"loss": 1 / (1 + number)}, **splits)
        return Framer(viewer.open_run(writer.folder))

    return make


@pytest.fixture(scope="session")
def join_outputs() -> Callable[..., Path]:
    """`join_outputs(root, {"left": run, "right": run})`: of a run with these outputs."""

    def join(root: Path, parts: dict[str, Run], name: str = "several") -> Path:
        outputs = [msgspec.structs.replace(part.output(), name=output) for output, part in parts.items()]
        manifest = Manifest(
            run_id=name, name=name, created=next(iter(parts.values())).manifest.created, outputs=outputs
        )
        writer = RunFileWriter.create(root, manifest, begin_line())
        for records in zip(*(read_records(part.folder) for part in parts.values()), strict=True):
            named = list(zip(parts, records, strict=True))
            writer.append(
                replace(
                    records[0],
                    tallies=tuple(replace(one, output=output) for output, record in named for one in record.tallies),
                    samples=tuple(replace(one, output=output) for output, record in named for one in record.samples),
                )
            )
        writer.close("finished")
        return writer.folder

    return join


class Runs(dict[str, Framer]):
    """Finished runs of every kind by name, with both splits, recorded when they are first asked for.

    Args:
        folder: of the runs.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def __missing__(self, name: str) -> Framer:
        coarse = {"thresholds": np.linspace(0, 1, 21)}
        rng = np.random.default_rng(len(name))
        kinds: dict[str, tuple[int, Any, dict[str, Any]]] = {
            "binary": (30, partial(_binary, rng, 300), {}),
            "short": (3, partial(_binary, rng, 200), {}),
            "one": (1, partial(_binary, rng, 200), {}),
            "long": (600, partial(_binary, rng, 40), coarse | {"max_samples": 5}),
            "by epoch": (1000, partial(_binary, rng, 40), coarse | {"max_samples": 5, "unit": "epoch"}),
            "by steps": (1000, partial(_binary, rng, 40), coarse | {"max_samples": 5, "unit": "step"}),
            "three steps": (3, partial(_binary, rng, 200), {"unit": "step"}),
            "one step": (1, partial(_binary, rng, 200), {"unit": "step"}),
            "multiclass": (12, partial(_classes, rng, 400, 10), {}),
            "hundred": (
                4,
                partial(_classes, rng, 800, 100),
                coarse | {"class_names": [f"a long name {n}" for n in range(100)]},
            ),
            "multilabel": (8, partial(_labels, rng, 300, 5), {"kind": "multilabel"}),
            "counts": (12, partial(_binary, rng, 300), {"thresholds": [0.5], "max_samples": 0}),
            "unscored": (4, lambda epoch: (np.array([0, 1]), np.full(2, np.nan, np.float32)), {}),
            "logs": (9, None, {}),
            "empty": (0, None, {}),
        }
        self[name] = Framer(_recorded(self._folder / name, name, *kinds[name]))
        return self[name]


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """Runs that are not to be changed, nor their knobs: make another `Framer` of one's run for that."""
    return Runs(tmp_path_factory.mktemp("runs"))


def _recorded(folder: Path, name: str, epochs: int, arrays: Any, options: dict[str, Any]) -> Any:
    """Of a unit that is named both are recorded: a point every 100 steps, of which an epoch has 2,000 or is one."""
    unit = options.get("unit")
    seconds = {"epoch": 0.4} if unit is None else {"epoch": 0.4, "train": 0.25, "val": 0.1}
    planned = epochs * 100 if unit == "step" else epochs
    with warnings.catch_warnings(action="ignore"), RunWriter(folder, name=name, epochs=planned, **options) as writer:
        for epoch in range(epochs):
            step = 100 * (epoch + 1)
            at = {"epoch": {None: epoch, "epoch": epoch, "step": (step - 1) // 2000}[unit]}
            at |= {} if unit is None else {"step": step}
            loss = 2.0 / (1 + epoch) + 0.1
            logs = {"loss": loss, "val_loss": loss + 0.05, "accuracy": 1 - loss / 3, "learning_rate": 1e-3}
            splits = {} if arrays is None else {"train": arrays(epoch), "val": arrays(epoch)}
            writer.epoch(**at, logs=logs, seconds=seconds, **splits)
    return viewer.open_run(writer.folder)


def _binary(rng: np.random.Generator, samples: int, epoch: int) -> tuple[Any, Any]:
    truth = np.arange(samples) % 5 == 0
    return truth, _sigmoid(rng.normal(size=samples) + min(epoch, 20) * (truth - 0.5) / 5)


def _classes(rng: np.random.Generator, samples: int, classes: int, epoch: int) -> tuple[Any, Any]:
    truth = np.arange(samples) % classes
    scores = np.exp(rng.normal(size=(samples, classes)) + epoch * np.eye(classes)[truth] / 2)
    return truth, (scores / scores.sum(axis=1, keepdims=True)).astype(np.float32)


def _labels(rng: np.random.Generator, samples: int, labels: int, epoch: int) -> tuple[Any, Any]:
    truth = (np.arange(samples)[:, None] + np.arange(labels)) % 3 == 0
    return truth.astype(int), _sigmoid(rng.normal(size=truth.shape) + epoch * (truth - 0.5))


def _sigmoid(values: Any) -> Any:
    return (1 / (1 + np.exp(-values))).astype(np.float32)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A headless Chromium."""
    if CHROMIUM is None:
        pytest.skip("needs Chromium")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()
