"""Queries that read the parts of runs: files are opened by Python in Arrow's threads, and no thread waits for ever."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from recorder import RunWriter

from ..conftest import Effort
from .conftest import Figures

A_QUERY = 5.0  # seconds that one may take beside whatever else runs here
ASK = """
import faulthandler, sys
import viewer
with viewer.connect(sys.argv[1]) as runs:
    for _ in range(int(sys.argv[2])):
        faulthandler.dump_traceback_later(60, exit=True)
        runs.execute("select count(*), avg(y_score) from samples where split = 'val'").fetchall()
        runs.execute("select sum(tp) from at(0.3)").fetchall()
"""


@pytest.mark.timeout(3_600)
def test_no_query_waits_for_a_lock_for_ever(tmp_path: Path, effort: Effort, figures: Figures) -> None:
    """One in a few hundred did, beside other load: it held Python's lock, and waited for a thread that wanted it."""
    pytest.importorskip("duckdb", reason="needs duckdb")
    rng = np.random.default_rng(0)
    for number in range(12):
        with RunWriter(tmp_path, name=f"run {number}") as run:
            for epoch in range(3):
                run.epoch(epoch, val=(rng.integers(0, 2, 50), rng.random(50)))
    queries = effort(40, 20_000)
    done = subprocess.run(
        [sys.executable, "-c", ASK, str(tmp_path), str(queries)],
        capture_output=True, text=True, timeout=120 + A_QUERY * queries, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4_000:]
    figures(queries=2 * queries)
