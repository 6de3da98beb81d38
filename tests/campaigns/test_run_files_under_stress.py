"""Long campaigns on the run files: kills, foreign readers at work, many epochs. Run by .ci/run."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recorder import RunWriter
from recorder.runfile import RunFileWriter, begin_line, read_records

pytestmark = pytest.mark.campaign

WRITE = """
import sys
import numpy as np
from recorder import RunWriter

folder, epochs, classes = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
rng = np.random.default_rng(0)
run = RunWriter(folder, name=f"k{classes}", max_samples=50, epochs=epochs)
print(run.folder, flush=True)
for epoch in range(epochs):
    truth = rng.integers(0, max(classes, 2), 50)
    score = rng.dirichlet(np.ones(classes), 50) if classes > 1 else rng.random(50)
    run.epoch(epoch, logs={"loss": float(epoch)}, train=(truth, score), val=(truth, score))
    print(epoch, flush=True)
run.close()
"""


def start(folder: Path, epochs: int, classes: int) -> subprocess.Popen[str]:
    """A real second process that records."""
    return subprocess.Popen(
        [sys.executable, "-c", WRITE, str(folder), str(epochs), str(classes)],
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("seed", range(12))
def test_sigkill_at_any_moment_loses_no_epoch_that_returned(tmp_path: Path, seed: int) -> None:
    """Every epoch the writer said was done is read back whole after SIGKILL, and the run can be resumed."""
    process = start(tmp_path, 10_000, 1 if seed % 2 else 3)
    assert process.stdout is not None
    folder = Path(process.stdout.readline().strip())
    stop_at = random.Random(seed).randrange(1, 150)
    said = -1
    for line in process.stdout:
        said = int(line)
        if said == stop_at:
            break
    os.kill(process.pid, signal.SIGKILL)
    said = max([said, *(int(line) for line in process.stdout.read().split("\n")[:-1])])
    process.wait()
    read = read_records(folder)
    assert len(read) in (said + 1, said + 2)
    for epoch, record in enumerate(read):
        assert record.epoch == epoch == record.logs["loss"]
        assert [int(tally.histogram[0].sum()) for tally in record.tallies] == [50, 50]
        assert len(record.samples[0].sample) == 50
    resumed = RunFileWriter.resume(folder, begin_line())
    assert len(read_records(folder)) == len(read)
    resumed.close()


@pytest.mark.timeout(600)
def test_foreign_readers_meet_no_missing_file_and_no_row_twice(tmp_path: Path) -> None:
    """DuckDB and pandas glob `samples/` of a binary and a multi-class run while both record and merge."""
    import duckdb

    writers = [start(tmp_path, 400, 1), start(tmp_path, 400, 4)]
    pattern = str(tmp_path / "*" / "samples" / "*.parquet")
    reads = rows = 0
    while any(writer.poll() is None for writer in writers) or not reads:
        if not list(tmp_path.glob("*/samples/*.parquet")):
            continue
        keys = "parse_dirpath(filename), epoch, attempt, split, sample, label"
        total, distinct = duckdb.sql(
            f"select count(*), count(distinct ({keys})) from read_parquet('{pattern}', filename = true)"
        ).fetchall()[0]
        assert total == distinct
        for path in tmp_path.glob("*/samples"):
            frame = pd.read_parquet(path)
            assert not frame.duplicated(["attempt", "epoch", "sample", "label"]).any()
        assert total >= rows, "rows never vanish"
        reads, rows = reads + 1, total
    for writer in writers:
        assert writer.wait() == 0
    total = duckdb.sql(f"select count(*) from read_parquet('{pattern}')").fetchall()[0][0]
    assert total == 400 * 50 + 400 * 50 * 4
    assert reads >= 5


@pytest.mark.timeout(900)
def test_ten_thousand_epochs_keep_fewer_than_four_hundred_files(tmp_path: Path) -> None:
    """A run of 10,000 epochs, both before and after its clean end, has fewer than 400 files and reads whole."""
    rng = np.random.default_rng(0)
    run = RunWriter(tmp_path, max_samples=4)
    truth, score = np.array([0, 1, 1, 0]), rng.random((10_000, 4))
    for epoch in range(10_000):
        run.epoch(epoch, train=(truth, score[epoch]), val=(truth, score[epoch]))
    assert sum(path.is_file() for path in run.folder.rglob("*")) < 400
    run.close()
    assert sum(path.is_file() for path in run.folder.rglob("*")) < 400
    read = read_records(run.folder)
    assert [record.epoch for record in read] == list(range(10_000))
    last = np.concatenate([record.samples[0].y_score[:, 0] for record in read])
    np.testing.assert_array_equal(last, score.astype(np.float32).ravel())
