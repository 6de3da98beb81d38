"""Every way Keras trains, on every backend: what is recorded is what the model predicts."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ..conftest import Effort
from .conftest import Figures

ROOT = Path(__file__).parents[2]
OTHERS = ["jax", "torch"]  # backends that the short version leaves to `.ci/run`


def held(backend: str, which: str, most: int, seconds: int, **environment: str) -> int:
    """How many ways were tried in a process of a backend; fails with its output where one does not hold."""
    quiet = {"KERAS_BACKEND": backend, "JAX_PLATFORMS": "cpu", "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-m", "tests.campaigns.ways.table", which, str(most), str(seconds)]
    done = subprocess.run(command, env=os.environ | quiet | environment, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.search(r"(\d+) of (\d+) ways hold", done.stdout)
    assert found, done.stdout
    return int(found[2])


@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    "backend", ["tensorflow", *(pytest.param(name, marks=pytest.mark.campaign) for name in OTHERS)]
)
def test_each_way_by_itself(backend: str, effort: Effort, figures: Figures) -> None:
    """Counts, matrices and samples of each way equal those of scikit-learn and NumPy; the short version tries calls."""
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend}: .venv/bin/pip install '{backend}' brings it")
    most = effort(6, 200)
    figures(backend=backend, ways=held(backend, "singles", most, 1800), wrong=0)


@pytest.mark.campaign
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    ("backend", "options"),
    [
        ("tensorflow", {"TF_ENABLE_ONEDNN_OPTS": "0"}),
        ("tensorflow", {"TF_ENABLE_ONEDNN_OPTS": "1"}),
        ("jax", {}),
        ("torch", {}),
    ],
)
def test_ways_together(backend: str, options: dict[str, str], effort: Effort, figures: Figures) -> None:
    """Data, model, compilation, validation and precision as chance puts them together."""
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend}: .venv/bin/pip install '{backend}' brings it")
    tried = held(backend, "combined", effort(3, 100), 600, **options)
    figures(backend=backend, **options, ways=tried, wrong=0)
