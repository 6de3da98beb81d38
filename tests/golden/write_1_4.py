"""How the runs in `1.4/` were made: by the code of the commit that brought each. They are never made again.

    PYTHONPATH=/somewhere python tests/golden/write_1_4.py tests/golden/1.4 NAME...

What 1.4 has and 1.3 has not: counts of samples taken whole, groups of samples and counts of each. As in `write_1_0.py`,
each run stands beside what that code read of it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from write_1_0 import GRID, write_all

from recorder import RunWriter

RUNS: dict[str, Callable[[Path], Any]] = {}


def run(function: Callable[[Path], Any]) -> Callable[[Path], Any]:
    """Registers what writes a run under the name of the function."""
    RUNS[function.__name__] = function
    return function


@run
def top_k(root: Path) -> None:
    """Twelve classes whose scores are multiples of 1/8, so that many are equal."""
    rng = np.random.default_rng(4)
    with RunWriter(root, name="top k", kind="multiclass", thresholds=GRID) as writer:
        for epoch in range(3):
            score = rng.multinomial(8, np.ones(12) / 12, 60) / 8
            writer.epoch(epoch, val=(rng.integers(0, 12, 60), score), train=(rng.integers(0, 12, 60), score))


@run
def label_sets(root: Path) -> None:
    """Four labels, some left out, some scores NaN or equal."""
    rng = np.random.default_rng(5)
    with RunWriter(root, name="label sets", kind="multilabel", thresholds=GRID, ignore_label=-1) as writer:
        for epoch in range(3):
            score = rng.integers(0, 9, (40, 4)) / 8
            score[epoch, 1] = np.nan
            writer.epoch(epoch, val=(rng.integers(-1, 2, (40, 4)), score))


@run
def groups(root: Path) -> None:
    """Samples of nine images, with names of their own, counted by image at two thresholds; training by number."""
    rng = np.random.default_rng(6)
    of_val, of_train = [f"image {at % 9}" for at in range(90)], np.arange(60) // 5
    with RunWriter(
        root, name="groups", thresholds=GRID, sample_ids=[f"row {at}" for at in range(90)], max_samples=50,
        groups={"val": of_val, "train": of_train}, group_thresholds=[0.25],
    ) as writer:  # fmt: skip
        for epoch in range(3):
            train = rng.integers(0, 2, 60), rng.integers(0, 9, 60) / 8
            writer.epoch(epoch, val=(rng.integers(0, 2, 90), rng.integers(0, 9, 90) / 8), train=train)


if __name__ == "__main__":
    write_all({name: RUNS[name] for name in sys.argv[2:] or RUNS}, Path(sys.argv[1]))
