"""Counting many samples takes no more memory than counting few; each in a process of its own."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BATCH = 10_000
ROOT = Path(__file__).parents[2]


def counted(way: str, samples: int, *, by_id: bool) -> None:
    """Counts so many samples in this process, and prints how much its memory grew beyond its first batches."""
    import numpy as np

    from recorder import Counts
    from tests.memory import peak

    rng = np.random.default_rng(0)
    tally: Any = Counts("binary")
    convert: Any = lambda array: array  # noqa: E731
    if way == "torch":
        import torch

        from recorder.torch import ConfusionTally

        torch.set_num_threads(1)
        tally, convert = ConfusionTally("binary", dataset_size=samples if by_id else None), torch.from_numpy
    before = 0
    for start in range(0, samples, BATCH):
        truth, scores = rng.integers(0, 2, BATCH), rng.random(BATCH, np.float32)
        ids = convert(np.arange(start, start + BATCH)) if by_id else None
        tally.update(convert(truth), convert(scores), ids=ids)
        before = peak() if start == 10 * BATCH else before
    found = tally.counted("val")
    assert found.tally.histogram.sum() == samples
    assert 5_000 < len(found.samples.sample) <= 10_000
    print(peak() - before)


def growth(way: str, samples: int, *, by_id: bool) -> int:
    """Bytes."""
    command = [sys.executable, "-m", "tests.recorder.test_constant_memory", way, str(samples), str(int(by_id))]
    return int(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks /proc")
@pytest.mark.parametrize("by_id", [False, True])
@pytest.mark.parametrize("way", ["numpy", pytest.param("torch", marks=pytest.mark.campaign)])
def test_memory_does_not_grow(way: str, by_id: bool, request: pytest.FixtureRequest, record_property: Any) -> None:
    """A million samples, ten million in campaigns: at most 4 MB beyond the first 100,000, and a bit (a byte on the
    device) for each id."""
    if way == "torch" and importlib.util.find_spec("torch") is None:
        pytest.skip("needs torch")
    samples = 10_000_000 if request.config.getoption("--effort") or way == "torch" else 1_000_000
    grown = growth(way, samples, by_id=by_id)
    each = by_id * samples * (2 if way == "torch" else 1 / 4)
    told = f"{way}, {samples:,} samples, ids {by_id}: {grown / 1e6:.1f} MB more than after the first 100,000"
    record_property("figures", told)
    assert grown < 4_000_000 + each


if __name__ == "__main__":
    counted(sys.argv[1], int(sys.argv[2]), by_id=bool(int(sys.argv[3])))
