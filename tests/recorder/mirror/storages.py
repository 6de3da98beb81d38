"""Runs that are recorded to an address, and storage of which a test decides when it answers."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
from fsspec.implementations.memory import MemoryFileSystem

from recorder import RunWriter


def record(root: str | Path, epochs: int, *, samples: int = 50, **given: Any) -> Path:
    """Records a run of some epochs, and ends it; its folder on this machine."""
    with RunWriter(root, **given) as run:
        append(run, range(epochs), samples=samples)
    assert run.folder is not None
    return run.folder


def append(run: RunWriter, epochs: Any, *, samples: int = 50) -> None:
    for epoch in epochs:
        rng = np.random.default_rng(epoch)
        truth = rng.integers(0, 2, samples)
        scores = np.clip(rng.normal(0.4 + 0.2 * truth, 0.2), 0, 1)
        run.epoch(epoch, logs={"loss": 1 / (epoch + 1)}, train=(truth, scores), val=(truth, scores))


class StubbornFileSystem(MemoryFileSystem):
    """Storage in memory that may fail or be silent."""

    protocol = "stubborn"
    store: dict[str, Any] = {}  # noqa: RUF012 - of the class, as that of its parent
    pseudo_dirs = [""]  # noqa: RUF012
    answers = threading.Event()  # it waits for this
    fault: Exception | None = None

    def pipe_file(self, path: str, value: bytes, mode: str = "overwrite", **kwargs: Any) -> None:
        self._ask(path)
        super().pipe_file(path, value, mode=mode, **kwargs)

    def put_file(self, lpath: str, rpath: str, **kwargs: Any) -> None:
        self._ask(rpath)
        super().put_file(lpath, rpath, **kwargs)

    def _ask(self, path: str) -> None:
        self.answers.wait(60)
        if self.fault is not None:
            raise self.fault

    @classmethod
    def names(cls) -> dict[str, str]:
        """Where each object of the one run in `stubborn://bucket/runs` stands, by its name within it."""
        return {path.partition("/runs/")[2].partition("/")[2]: path for path in cls.store}

    @classmethod
    def begin(cls) -> None:
        """Empty, and willing."""
        cls.store, cls.pseudo_dirs, cls.fault = {}, [""], None
        cls.answers.set()


fsspec.register_implementation("stubborn", StubbornFileSystem, clobber=True)


def threads_end() -> None:
    """Lets the stubborn storage take everything, and waits until nobody sends or looks any more."""
    StubbornFileSystem.fault = None
    StubbornFileSystem.answers.set()
    for thread in threading.enumerate():
        if thread.name in ("epochreel-mirror", "epochreel-poll"):
            thread.join(60)
            assert not thread.is_alive(), thread.name
