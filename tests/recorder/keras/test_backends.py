"""Every backend of Keras: the tally's own tests, and one table of recorded trainings, each in a process of its own."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ...conftest import Effort

HERE = Path(__file__).parent


def passed(backend: str, *names: str) -> int:
    """How many tests of these files pass in a process under a backend; fails with their output where one does not."""
    environment = {"JAX_PLATFORMS": "cpu"} | os.environ | {"KERAS_BACKEND": backend}
    environment.pop("PYTEST_XDIST_WORKER", None)
    files = [str(HERE / f"test_{name}.py") for name in names]
    command = [sys.executable, "-m", "pytest", "-n", "0", "-m", "not campaign", *files]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=HERE.parents[1])
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.search(r"(\d+) passed", done.stdout)
    assert found, done.stdout
    return int(found[1])


@pytest.mark.campaign
def test_numpy() -> None:
    """Every test of the tally holds on Keras's NumPy backend."""
    assert passed("numpy", "tally", "kinds_of_label") > 20


@pytest.mark.campaign
@pytest.mark.timeout(1800)
def test_jax(effort: Effort) -> None:
    """The tally holds on JAX, and nothing is compiled twice; of the whole, all that has labels or trainings too.

    Those are compiled one by one, in a quarter of an hour; a share leaves them to the tables of cases, here and in
    `test_tally_cases.py`.
    """
    files = "tally", "traced_once", "kinds_of_label", "told_kinds", "model_reader", "steps", "callback"
    some = files[: effort(2, len(files))]
    assert passed("jax", *some) > 10 * len(some)


@pytest.mark.campaign
@pytest.mark.timeout(1800)
def test_torch() -> None:
    """The tally, Keras's own four counts and points within an epoch hold on PyTorch."""
    if importlib.util.find_spec("torch") is None:
        pytest.skip("needs torch")
    assert passed("torch", "tally", "kinds_of_label", "told_kinds", "keras_counts", "steps") > 50


def cases_hold(backend: str) -> None:
    """Runs the table of recorded trainings on a backend."""
    environment = {"JAX_PLATFORMS": "cpu"} | os.environ | {"KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-m", "tests.recorder.keras.backend_cases"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=HERE.parents[2])
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"cases hold on {backend}" in done.stdout


@pytest.mark.campaign
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch"])
def test_recorded_counts_of_every_case(backend: str) -> None:
    """A fit records what NumPy and scikit-learn make of predictions: outputs, labels, weights, masks, and derived."""
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"no {backend} here: .venv/bin/pip install '{backend}' brings it; .ci/run does")
    cases_hold(backend)
