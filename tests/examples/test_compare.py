"""The example that compares networks: it runs as it stands, and what it says is what the runs say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import viewer

EXAMPLE = Path(__file__).parents[2] / "examples" / "compare.py"


@pytest.mark.campaign
def test_the_example_compares_two_sizes_with_three_seeds(tmp_path: Path) -> None:
    """Six runs in two groups on the same samples; a picture, and sentences that say what they cover."""
    command = [sys.executable, "-W", "ignore", str(EXAMPLE), "--epochs", "2", "--runs", "runs", "--picture", "c.png"]
    said = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True, timeout=240).stdout
    result = viewer.compare(tmp_path / "runs", ["mcc", "f1"], at="best:val_loss", baseline="small-0")
    assert result.groups["n"].tolist() == [3] * 4
    assert (result.paired["samples"] == 2000).all()
    assert all(sentence in said for sentence in [*result.findings, *result.notes])
    assert "does not cover other seeds" in said
    assert (tmp_path / "c.png").stat().st_size > 10_000
