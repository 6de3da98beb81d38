"""How the runs in `1.3/` were made: by the code of commit c3ca769. They are never made again.

    git worktree add /somewhere c3ca769
    PYTHONPATH=/somewhere python tests/golden/write_1_3.py tests/golden/1.3

What 1.3 has and 1.2 has not: points in steps, steps beside epochs, and what was added to points later. As in
`write_1_0.py`, each run stands beside what that code read of it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from write_1_0 import GRID, binary_arrays, write_all

from recorder import RunWriter, open_writer

RUNS: dict[str, Callable[[Path], Any]] = {}


def run(function: Callable[[Path], Any]) -> Callable[[Path], Any]:
    """Registers what writes a run under the name of the function."""
    RUNS[function.__name__] = function
    return function


@run
def in_steps(root: Path) -> None:
    """Points that are steps, some with the epoch that they lie in; a resume that goes on from an earlier one."""
    writer = RunWriter(root, name="in steps", thresholds=GRID, epochs=2_000)
    for step in (100, 250, 500, 750):
        writer.epoch(step=step, epoch=step // 500, logs={"loss": 1 / step}, val=binary_arrays())
    writer = RunWriter(root, name="in steps", thresholds=GRID, epochs=2_000, resume="must")
    for step in (600, 1_200):
        writer.epoch(step=step, logs={"loss": -1 / step}, val=binary_arrays())
    writer.close()


@run
def steps_beside(root: Path) -> None:
    """Epochs with the steps done, and one where they are not known."""
    writer = RunWriter(root, name="steps beside", thresholds=GRID, unit="epoch")
    for epoch, step in enumerate((70, None, 2**33)):
        writer.epoch(epoch, step=step, logs={"loss": float(epoch)}, val=binary_arrays())
    writer.close()


@run
def added(root: Path) -> None:
    """Two splits and a log that were added: merged parts, and pending ones of somebody who has not ended."""
    writer = RunWriter(root, name="added", thresholds=GRID)
    for epoch in range(4):
        writer.epoch(epoch, logs={"loss": float(epoch)}, val=binary_arrays())
    with open_writer(writer.folder) as adder:
        for epoch in (1, 3, 0):
            adder.add(epoch=epoch, test=binary_arrays(), logs={"test_loss": 2.0 * epoch})
    writer.close()
    adder = open_writer(writer.folder)
    adder.add(epoch=1, night=binary_arrays(5))
    adder._unended.detach()


@run
def counts_added_to_logs(root: Path) -> None:
    """Counts of an output that the manifest does not name."""
    with RunWriter(root, name="counts added to logs") as writer:
        writer.epoch(0, logs={"loss": 1.0})
        writer.epoch(1, logs={"loss": 0.5})
    with open_writer(writer.folder, thresholds=GRID) as adder:
        adder.add(epoch=1, test=binary_arrays())


if __name__ == "__main__":
    write_all(RUNS, Path(sys.argv[1]))
