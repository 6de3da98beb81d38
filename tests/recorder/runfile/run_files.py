"""Runs with records of a known kind, that the tests of the run files share."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from recorder import RunWriter
from recorder.runfile import EpochRecord, Manifest, Output, RunFileWriter, Samples, Tally, begin_line

THRESHOLDS = [0.0, 0.25, 0.5, 0.75, 1.0]
OUTPUTS = [
    Output(thresholds=THRESHOLDS),
    Output(name="animal", kind="multiclass", classes=["cat", "dog", "owl"], thresholds=THRESHOLDS),
    Output(name="tags", kind="multilabel", classes=["a", "b"], thresholds=THRESHOLDS, weighted=True),
]
CLASSES = {"": 1, "animal": 3, "tags": 2}


def manifest(run_id: str = "run") -> Manifest:
    return Manifest(run_id=run_id, name="n", created="2026-01-01T00:00:00+00:00", outputs=list(OUTPUTS))


def create(root: Path) -> RunFileWriter:
    return RunFileWriter.create(root, manifest(), begin_line())


def killed(writer: RunWriter) -> None:
    """Leaves a run as it is if its process is killed now: without an end, its last parts pending."""
    writer._unended.detach()


def settled(writer: RunFileWriter) -> RunFileWriter:
    """A writer whose merges of so far are on the disk: a thread of its own brings them there."""
    for merger in writer._parts.mergers.values():
        merger.wait()
    return writer


def assert_same(read: EpochRecord, written: EpochRecord) -> None:
    assert read.epoch == written.epoch
    assert abs(read.time - written.time) < 2e-6  # microseconds on disk
    np.testing.assert_equal(dict(read.logs), dict(written.logs))
    np.testing.assert_equal(dict(read.seconds), dict(written.seconds))
    np.testing.assert_equal(dict(read.observed), dict(written.observed))
    for got, put in zip((*read.tallies, *read.samples), (*written.tallies, *written.samples), strict=True):
        for name in put.__slots__:
            np.testing.assert_equal(getattr(got, name), getattr(put, name), err_msg=name)


def simple(epoch: int, samples: int = 5) -> EpochRecord:
    rng = np.random.default_rng(epoch)
    return EpochRecord(
        epoch=epoch,
        logs={"loss": float(epoch)},
        time=1e9 + epoch,
        tallies=(Tally(split="val", histogram=rng.integers(0, 9, (1, 2, 6)), nan=np.zeros((1, 2), np.int64)),),
        samples=(
            Samples(
                split="val",
                sample=np.arange(samples),
                y_true=rng.integers(0, 2, samples).astype(np.int32),
                y_score=rng.random((samples, 1)).astype(np.float32),
            ),
        ),
    )
