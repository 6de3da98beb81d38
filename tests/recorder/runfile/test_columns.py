"""The format grows by nullable columns: what a part lacks is null, and what is not known is passed over."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import viewer
from recorder import RunWriter
from recorder.runfile import EpochRecord, RunFormatError, read_records
from recorder.runfile.parts import SCHEMAS

from .run_files import settled

KINDS = ("tallies", "samples")
NULLABLE = {
    # as FORMAT.md says, by kind: what an earlier minor version may not have had
    "tallies": [
        "label",
        "matrix_row",
        "weighted_negatives",
        "weighted_positives",
        "weight_squares_negatives",
        "weight_squares_positives",
        "argmax_tp",
        "group_counts",
        "top_k",
        "exact_matches",
        "ranking_sums",
    ],
    "samples": ["label", "weight"],
}
WEIGHTS = ("weighted_negatives", "weighted_positives", "weight_squares_negatives", "weight_squares_positives")


def recorded(root: Path, *, closed: bool) -> Path:
    """A binary run with weights."""
    rng = np.random.default_rng(0)
    run = RunWriter(root, thresholds=[0.25, 0.5])
    for epoch in range(3):
        run.epoch(epoch, val=(rng.integers(0, 2, 20), rng.random(20), rng.random(20)))
    if closed:
        run.close()
    assert run.folder is not None
    return run.folder


def rewritten(folder: Path, kind: str, change: object) -> None:
    """Each part of a kind as another version of the format would have written it."""
    parts = [*folder.glob(f"pending/*.{kind}.parquet"), *folder.glob(f"{kind}/*.parquet")]
    assert parts
    for path in parts:
        pq.write_table(change(pq.read_table(path, partitioning=None)), path)


@pytest.mark.parametrize("closed", [False, True])
@pytest.mark.parametrize(("kind", "column"), [(kind, column) for kind in KINDS for column in NULLABLE[kind]])
def test_a_nullable_column_that_a_part_lacks_is_null(tmp_path: Path, kind: str, column: str, closed: bool) -> None:
    """A part that lacks any one nullable column is read as if it were null, by both readers; all else is as it was."""
    folder = recorded(tmp_path, closed=closed)
    before = read_records(folder)
    f1 = viewer.open_run(folder).metric("f1")
    rewritten(folder, kind, lambda table: table.drop_columns([column]))
    after = read_records(folder)
    for was, now in zip(before, after, strict=True):
        assert_same_but(was, now, column)
    run = viewer.open_run(folder)
    assert run.metric("f1").equals(f1)
    assert run.metric("f1@0.25").notna().all()
    if column in WEIGHTS:
        with pytest.raises(ValueError, match="sample weights must have been recorded"):
            run.metric("recall", weights=True)
    else:
        assert run.metric("recall", weights=True).notna().all()
    assert len(run.samples()) == 60
    assert run.faults == []


def assert_same_but(was: EpochRecord, now: EpochRecord, column: str) -> None:
    (tally,), (earlier,) = now.tallies, was.tallies
    np.testing.assert_array_equal(tally.histogram, earlier.histogram)
    assert (tally.weights is None) == (column in WEIGHTS)
    (samples,), (sampled,) = now.samples, was.samples
    np.testing.assert_array_equal(samples.y_score, sampled.y_score)
    assert (samples.weight is None) == (column == "weight")


@pytest.mark.parametrize("kind", KINDS)
def test_a_column_that_is_not_known_is_passed_over(tmp_path: Path, kind: str) -> None:
    """Columns of a later minor version, of any type and anywhere, change nothing for a reader of today."""
    folder = recorded(tmp_path, closed=True)
    before = read_records(folder)
    rewritten(folder, kind, lambda table: table.add_column(1, "mood", pa.array([{"a": [1]}] * len(table))))
    for was, now in zip(before, read_records(folder), strict=True):
        assert_same_but(was, now, "")
    assert viewer.open_run(folder).metric("f1@0.25").notna().all()


@pytest.mark.parametrize(("kind", "column"), [("tallies", "negatives"), ("tallies", "epoch"), ("samples", "y_score")])
def test_a_column_that_is_needed_is_asked_for_by_name(tmp_path: Path, kind: str, column: str) -> None:
    """Without a column that may not be null a part is broken, and the error names the column."""
    folder = recorded(tmp_path, closed=True)
    rewritten(folder, kind, lambda table: table.drop_columns([column]))
    with pytest.raises(RunFormatError, match=rf"must be a Parquet file of {kind}\. Received: no column {column}$"):
        read_records(folder)


def test_a_pending_part_has_no_columns_without_values_and_a_merged_one_has_all(tmp_path: Path) -> None:
    """Of 70 binary epochs of which the last have weights: pending parts as FORMAT.md says, and every tally whole."""
    rng = np.random.default_rng(0)
    run = RunWriter(tmp_path, thresholds=[0.25, 0.5])
    for epoch in range(70):
        arrays = (rng.integers(0, 2, 9), rng.random(9))
        run.epoch(epoch, train=arrays, val=arrays if epoch < 66 else (*arrays, rng.random(9)))
    assert run.folder is not None
    settled(run._writer._writer)
    names = [set(pq.read_schema(path).names) for path in sorted(run.folder.glob("pending/*.tallies.parquet"))]
    optional = set(SCHEMAS["tallies"].names[SCHEMAS["tallies"].names.index("matrix_row") :])
    stated = set(SCHEMAS["tallies"].names)
    assert names == [stated - optional, stated - optional, *[stated - optional | set(WEIGHTS)] * 4]
    before = read_records(run.folder)
    run.close()
    assert all(set(pq.read_schema(path).names) == stated for path in run.folder.glob("tallies/*"))
    for was, now in zip(before, read_records(run.folder), strict=True):
        for tally, earlier in zip(now.tallies, was.tallies, strict=True):
            np.testing.assert_array_equal(tally.histogram, earlier.histogram)
            assert (tally.weights is None) == (earlier.weights is None) == (now.epoch < 66 or tally.split == "train")
            if tally.weights is not None:
                np.testing.assert_array_equal(tally.weights, earlier.weights)
