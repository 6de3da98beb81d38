"""The plain `keras.ops` path: the tally's own tests, on backends that have no writes in place."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def passed(backend: str, *names: str) -> int:
    """How many tests of these files pass in a process under a backend; fails with their output where one does not."""
    environment = os.environ | {"KERAS_BACKEND": backend, "JAX_PLATFORMS": "cpu"}
    environment.pop("PYTEST_XDIST_WORKER", None)
    files = [str(HERE / f"test_{name}.py") for name in names]
    command = [sys.executable, "-m", "pytest", "-n", "0", "-m", "not campaign", *files]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=HERE.parents[1])
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.search(r"(\d+) passed", done.stdout)
    assert found, done.stdout
    return int(found[1])


def test_numpy() -> None:
    """Every test of the tally holds on Keras's NumPy backend."""
    assert passed("numpy", "tally") > 15


@pytest.mark.campaign
@pytest.mark.timeout(1800)
def test_jax() -> None:
    """The tally, and real trainings recorded from their first epoch to their last, hold on JAX."""
    assert passed("jax", "tally", "callback") > 35
