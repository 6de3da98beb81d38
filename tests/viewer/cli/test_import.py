"""`epochreel import` in a process of its own: results on standard output, progress and what was left out beside it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import viewer


def epochreel(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-P", "-m", "viewer", *words], capture_output=True, text=True, check=False)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A file of CSVLogger's."""
    path = tmp_path / "training.log"
    path.write_text("epoch,loss,note,val_loss\n0,0.5,a,0.75\n1,0.25,b,NA\n")
    return path


def test_the_new_run_is_all_that_standard_output_says(log: Path, tmp_path: Path) -> None:
    """A folder that other commands take as it is; the rest is for the person."""
    done = epochreel("import", "csv", str(log), "--to", str(tmp_path / "runs"), "--name", "old")
    assert done.returncode == 0
    run = viewer.open_run(done.stdout.strip())
    assert run.name == "old"
    assert run.logs["loss"].tolist() == [0.5, 0.25]
    assert "left out columns without a number: note" in done.stderr
    assert "old" in epochreel("list", str(tmp_path / "runs")).stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["csv", "missing.log"], "No such file"),
        (["csv", "pyproject.toml"], "a CSVLogger file must begin with a header that has the column epoch."),
        (
            ["tensorboard", "recorder"],
            "a folder of TensorBoard's must hold event files (*tfevents*). Received: rec",
        ),
    ],
)
def test_a_mistake_is_one_sentence_and_code_2(tmp_path: Path, words: list[str], said: str) -> None:
    """And no run."""
    done = epochreel("import", *words, "--to", str(tmp_path / "runs"))
    assert done.returncode == 2
    assert said in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "runs").exists()
