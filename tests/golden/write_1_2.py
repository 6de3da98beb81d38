"""How the runs in `1.2/` were made: by the code of commit 18143e0. They are never made again.

    git worktree add /somewhere 18143e0
    PYTHONPATH=/somewhere python tests/golden/write_1_2.py tests/golden/1.2

What 1.2 has and 1.1 has not: checksums in the lines, and parts that wait in `batches/`. As in `write_1_0.py`, each run
stands beside what that code read of it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from write_1_0 import GRID, binary_arrays, write_all

from recorder import RunWriter
from recorder.runfile import batches, merge, store

RUNS: dict[str, Callable[[Path], Any]] = {}


def run(function: Callable[[Path], Any]) -> Callable[[Path], Any]:
    """Registers what writes a run under the name of the function."""
    RUNS[function.__name__] = function
    return function


def settle(writer: RunWriter) -> None:
    """Waits for the merges of so far, so that the next line has their checksums."""
    for merger in writer._writer._writer._mergers.values():
        merger.wait()


@run
def ended(root: Path) -> None:
    """Merged parts alone, their checksums in the line of an epoch and in that of the end."""
    writer = RunWriter(root, name="ended", thresholds=GRID)
    for epoch in range(66):
        settle(writer)
        writer.epoch(epoch, logs={"loss": float(epoch)}, val=binary_arrays(3), observed={"step": np.array(epoch)})
    writer.close()


@run
def interrupted_and_resumed(root: Path) -> None:
    """Pending parts of an attempt that goes on, merged ones of the one before it."""
    writer = RunWriter(root, name="resumed", thresholds=GRID, epochs=9)
    for epoch in range(5):
        writer.epoch(epoch, logs={"loss": float(epoch)}, val=binary_arrays())
    writer = RunWriter(root, name="resumed", thresholds=GRID, epochs=9, resume="must")
    for epoch in range(4, 7):
        writer.epoch(epoch, logs={"loss": -float(epoch)}, val=binary_arrays())


@run
def in_batches(root: Path) -> None:
    """Pending, in batches and merged, with parts of four epochs where others have 64."""
    for module in (merge, store, batches):
        module.EPOCHS_IN_A_PART = 4
    batches.SHARE = 4
    writer = RunWriter(root, name="in batches", thresholds=GRID)
    for epoch in range(42):
        settle(writer)
        writer.epoch(epoch, logs={"loss": float(epoch)}, val=binary_arrays(3))


if __name__ == "__main__":
    write_all(RUNS, Path(sys.argv[1]))
