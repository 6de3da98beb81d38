"""Runs whose every number tells which epoch it is of, for the campaigns: the process that writes, and the check."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from recorder import RunWriter
from recorder.runfile import Durability, RunFileWriter, begin_line, read_lines, read_records
from recorder.runfile import attempt_parts as storing
from recorder.runfile import batches as batching
from recorder.runfile import merge as merging

SAMPLES = 12


def small_parts(epochs: int) -> None:
    """In this process, merged parts have so many epochs, in place of 64, and gather early."""
    for module in (merging, storing, batching):
        module.EPOCHS_IN_A_PART = epochs  # type: ignore[attr-defined] # each has it
    batching.SHARE = 4


def arrays(epoch: int) -> tuple[Any, Any]:
    """Labels and scores of an epoch."""
    chance = np.random.default_rng(epoch)
    return chance.integers(0, 2, SAMPLES), chance.random(SAMPLES).astype(np.float32)


def write(root: str | Path, first: int, last: int, durability: Durability) -> None:
    """Records epochs, and says each on standard output when it is recorded."""
    ids = [f"id {number}" for number in range(SAMPLES)]
    run = RunWriter(root, name="campaign", resume="allow", durability=durability, sample_ids=ids)
    for epoch in range(first, last):
        given = arrays(epoch)
        run.epoch(epoch, logs={"loss": float(epoch)}, train=given, val=given, observed={"epoch": np.full(3, epoch)})
        os.write(1, b"said %d\n" % epoch)
    run.close()


def write_command(root: Path, first: int, last: int, durability: str) -> list[str]:
    """The command for `write` in a process of its own, with small parts."""
    return [sys.executable, "-m", __name__, str(root), str(first), str(last), durability]


def assert_whole(folder: Path, promised: Collection[int], *, all_whole: bool) -> int:
    """Every promised epoch is read as it was written; how many epochs there are.

    Args:
        folder: the run.
        promised: epochs.
        all_whole: no other epoch is there in part.
    """
    records = {record.epoch: record for record in read_records(folder, faults=None if all_whole else [])}
    assert records.keys() >= set(promised), sorted(set(promised) - records.keys())
    for epoch, record in records.items():
        truth, score = arrays(epoch)
        whole = all_whole or epoch in promised
        assert dict(record.logs) == {"loss": float(epoch)}
        assert not whole or (len(record.tallies), len(record.samples), len(record.observed)) == (2, 1, 1), epoch
        for tally in record.tallies:
            assert tally.histogram.sum(axis=2).tolist() == [[SAMPLES - truth.sum(), truth.sum()]]
        for samples in record.samples:
            np.testing.assert_array_equal(samples.y_score[:, 0], score)
            np.testing.assert_array_equal(samples.y_true, truth)
        for values in record.observed.values():
            np.testing.assert_array_equal(values, np.full(3, epoch))
    return len(records)


def assert_goes_on(folder: Path, promised: Collection[int], *, all_whole: bool) -> None:
    """The run is resumed, has one epoch more, and everything merged; others' readers meet no broken file."""
    before = assert_whole(folder, promised, all_whole=all_whole)
    last = max((record.epoch for record in read_records(folder, faults=[])), default=-1)
    writer = RunFileWriter.resume(folder, begin_line())
    writer.close()
    assert assert_whole(folder, promised, all_whole=all_whole) == before
    assert [line.epoch for line in read_lines(folder, faults=[]) if hasattr(line, "epoch")][-1:] in ([], [last])
    for kind in ("tallies", "samples", "observed"):
        keys = keys_in_parts(folder, kind)
        assert len(set(keys)) == len(keys), "an epoch in two merged parts"
        assert {epoch for _, epoch in keys} >= set(promised), "an epoch that others' readers miss"


def keys_in_parts(folder: Path, kind: str) -> list[tuple[int, int]]:
    """Attempt and epoch of what stands in each merged part, as another program reads them."""
    return [key for path in (folder / kind).glob("*.parquet") for key in _keys(path)]


def _keys(path: Path) -> set[tuple[int, int]]:
    table = pq.read_table(path, columns=["attempt", "epoch"])
    return set(zip(*(table[name].to_pylist() for name in ("attempt", "epoch")), strict=True))


if __name__ == "__main__":
    small_parts(8)
    write(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), "power" if sys.argv[4] == "power" else "process")
