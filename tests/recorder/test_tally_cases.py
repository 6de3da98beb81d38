"""One table of cases through every tally that is installed: counts are equal, not close."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recorder import Counts, counting

from .tally_cases import CASES, GRID, Case, batches, bound_of, check, data
from .torch.devices import DEVICES


def test_numpy(monkeypatch: Any) -> None:
    """`Counts`, batch by batch."""
    for case in CASES:
        monkeypatch.setattr(counting, "BOUND", bound_of(case))
        given, counts = data(case), Counts(case.asked, thresholds=GRID, ignore_label=case.ignore)
        for rows in batches(given):
            truth = given.y_true[rows]
            if given.mask is not None:
                left_out = ~given.mask[rows].reshape(given.mask[rows].shape + (1,) * (truth.ndim - given.mask.ndim))
                truth = np.ma.masked_array(truth, np.broadcast_to(left_out, truth.shape))
            weight = None if given.weight is None else given.weight[rows]
            counts.update(truth, given.y_score[rows], sample_weight=weight)
        check(counts.counted("val").tally, given.wanted)


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="needs torch")
@pytest.mark.parametrize("device", DEVICES)
def test_torch(monkeypatch: Any, device: str) -> None:
    """The tally of PyTorch on each device, batch by batch, with and without ids."""
    import torch

    from recorder.torch import ConfusionTally

    def there(array: np.ndarray) -> Any:
        return torch.from_numpy(array).to(device)

    def run(case: Case, *, by_id: bool) -> None:
        monkeypatch.setattr(counting, "BOUND", bound_of(case))
        given = data(case)
        size = len(given.y_score) * (3 if case.sequences else 1)
        options = {"thresholds": GRID, "ignore_label": case.ignore, "dataset_size": size if by_id else None}
        tally = ConfusionTally(case.asked, **options)
        for rows in batches(given):
            beside = {"sample_weight": given.weight, "mask": given.mask}
            beside = {name: None if each is None else there(each[rows]) for name, each in beside.items()}
            ids = torch.arange(rows.start, rows.stop) if by_id else None
            for _ in range(1 + by_id):
                truth, scores = there(given.y_true[rows]), there(given.y_score[rows])
                tally.update(truth, scores, ids=ids, **beside)
        found = tally.counted("val")
        check(found.tally, given.wanted)
        assert found.samples is not None
        assert len(found.samples.sample) == size or case.labels == "without a matrix", "whose room is small too"

    for at, case in enumerate(CASES):
        try:
            run(case, by_id=bool(at // 2 % 2) or case.sequences)  # of those with edges, and without, every second
        except Exception as error:
            error.add_note(f"{at}, {case}")
            raise


def holds_on(backend: str) -> None:
    """Runs the table through Keras's tally on a backend, in a process of its own."""
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"needs {backend}")
    environment = {"JAX_PLATFORMS": "cpu"} | os.environ | {"KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-m", "tests.recorder.tally_cases"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=Path(__file__).parents[2])
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"cases hold on {backend}" in done.stdout


@pytest.mark.campaign
@pytest.mark.timeout(900)
@pytest.mark.parametrize("backend", ["numpy", "tensorflow", "jax", "torch"])
def test_keras(backend: str) -> None:
    """Keras's tally on each of its backends."""
    holds_on(backend)
