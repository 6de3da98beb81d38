"""Each example of a framework runs as it stands, where the framework is installed, and leaves a finished run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import viewer

EXAMPLES = Path(__file__).parents[2] / "examples"
NEEDS = {
    "digits_lightning": ("pytorch_lightning", "lightning", ["--epochs", "2"]),
    "digits_transformers": ("transformers", "transformers", ["--epochs", "1"]),
    "cancer_lightgbm": ("lightgbm", "lightgbm", ["--rounds", "20"]),
    "digits_xgboost": ("xgboost", "xgboost", ["--rounds", "10"]),
    "cancer_catboost": ("catboost", "catboost", ["--rounds", "20"]),
    "digits_sklearn": ("sklearn", "scikit-learn", ["--epochs", "2"]),
    "digits_flax": ("flax", "flax", ["--epochs", "2"]),
}


@pytest.mark.campaign
@pytest.mark.parametrize("name", list(NEEDS))
def test_it_runs_and_leaves_a_run(tmp_path: Path, name: str) -> None:
    """Counts of validation at each point, the end of the run, and the next command."""
    module, called, options = NEEDS[name]
    pytest.importorskip(module, reason=f"needs {called}")
    command = [sys.executable, "-W", "error:epochreel", str(EXAMPLES / f"{name}.py"), "--runs", str(tmp_path), *options]
    environment = {**os.environ, "PYTHONPATH": str(EXAMPLES.parent)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr
    (run,) = viewer.open_runs(tmp_path)
    assert f"Look at it: epochreel export {run.folder}" in done.stdout
    assert len(run.epoch_numbers) >= 2
    assert run.values("f1@macro", split="val").max() > 0
    assert run.status == "finished"
