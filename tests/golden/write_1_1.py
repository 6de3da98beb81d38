"""How the runs in `1.1/` were made: by the code of commit 45b51b5. They are never made again.

    git worktree add /somewhere 45b51b5
    PYTHONPATH=/somewhere python tests/golden/write_1_1.py tests/golden/1.1

What 1.1 has and 1.0 has not: ids of samples, runs without a name, resumes that claim their attempt and say what they
were given anew, classes without a matrix. As in `write_1_0.py`, each run stands beside what that code read of it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from write_1_0 import GRID, RNG, binary_arrays, write_all

from recorder import RunWriter

RUNS: dict[str, Callable[[Path], Any]] = {}


def run(function: Callable[[Path], Any]) -> Callable[[Path], Any]:
    """Registers what writes a run under the name of the function."""
    RUNS[function.__name__] = function
    return function


@run
def sample_ids(root: Path) -> None:
    """Ids of two splits, one of strings and one of numbers."""
    ids = {"val": [f"img/{number:03d}.png" for number in range(30)], "night": list(range(1_000, 1_008))}
    writer = RunWriter(root, name="sample ids", thresholds=GRID, sample_ids=ids)
    for epoch in range(3):
        writer.epoch(epoch, logs={"loss": 1.0}, val=binary_arrays(), night=binary_arrays(8))
    writer.close()


@run
def no_name(root: Path) -> None:
    """A name that is made up, and no clean end."""
    writer = RunWriter(root, thresholds=GRID, epochs=9)
    for epoch in range(4):
        writer.epoch(epoch, logs={"loss": float(epoch)}, val=binary_arrays())


@run
def resumed_with_another_config(root: Path) -> None:
    """A second attempt that was given another config and class names."""
    writer = RunWriter(root, name="resumed", thresholds=GRID, config={"lr": 0.1}, epochs=6)
    for epoch in range(6):
        writer.epoch(epoch, logs={"loss": float(epoch)}, val=binary_arrays())
    again = {"config": {"lr": 0.01}, "class_names": ["no", "yes"], "epochs": 8}
    writer = RunWriter(root, name="resumed", thresholds=GRID, resume="must", **again)
    for epoch in range(4, 8):
        writer.epoch(epoch, logs={"loss": -float(epoch)}, val=binary_arrays())
    writer.close()


@run
def seventeen_classes(root: Path) -> None:
    """More classes than the lines name."""
    writer = RunWriter(root, name="seventeen", thresholds=GRID)
    for epoch in range(2):
        writer.epoch(epoch, val=(RNG.integers(0, 17, 60), RNG.dirichlet(np.ones(17) / 4, 60)))
    writer.close()


if __name__ == "__main__":
    write_all(RUNS, Path(sys.argv[1]))
