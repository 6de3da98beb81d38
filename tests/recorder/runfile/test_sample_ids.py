"""A file of sample ids is read through the door, and held against the format before it is believed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recorder.runfile import RunFormatError, SampleIds, read_ids
from recorder.runfile.sample_ids import write_ids

from .run_files import create
from .test_door import STRANGERS

pytestmark = pytest.mark.timeout(60)
GOOD: dict[str, Any] = {"split": ["val"] * 3, "sample": [0, 4, 8], "id": ["a", "b", "c"]}


def put(folder: Path, columns: dict[str, Any], **options: Any) -> Path:
    path = folder / "sample_ids" / "val.parquet"
    path.parent.mkdir(exist_ok=True)
    pq.write_table(pa.table(columns), path, **options)
    return path


def test_other_programs_read_it_beside_the_samples(tmp_path: Path) -> None:
    """A file from anywhere that has the three columns is read, in any row groups; DuckDB reads ours."""
    folder = create(tmp_path).folder
    put(folder, GOOD, row_group_size=1)
    found = read_ids(folder, "val")
    assert found is not None
    assert (found.sample.tolist(), found.id.tolist()) == ([0, 4, 8], ["a", "b", "c"])
    put(folder, GOOD | {"id": pa.array([7, 8, 9], pa.int16()), "more": [1, 2, 3]})
    assert read_ids(folder, "val").id.tolist() == [7, 8, 9]  # type: ignore[union-attr]
    write_ids(folder, SampleIds(split="a/../b", sample=np.array([1, 2]), id=np.array(["x", "y"], object)))
    (path,) = (folder / "sample_ids").glob("a*.parquet")
    assert duckdb.execute("select * from read_parquet(?)", [str(path)]).fetchall() == [
        ("a/../b", 1, "x"), ("a/../b", 2, "y"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("columns", "wrong"),
    [
        ({"split": ["val", "val", "train"]}, "it must be of the split 'val' alone"),
        ({"split": [None, "val", "val"]}, "a row without split, sample or id"),
        ({"id": ["a", None, "c"]}, "a row without split, sample or id"),
        ({"sample": [0, 8, 4]}, "samples must be positions that increase"),
        ({"sample": [0, 0, 4]}, "samples must be positions that increase"),
        ({"sample": [-1, 0, 4]}, "samples must be positions that increase"),
        ({"sample": ["x", "y", "z"]}, ""),
        ({"id": ["a", "b", "a"]}, "ids must be all different"),
        ({"id": [1.5, 2.5, 3.5]}, "ids must be strings or whole numbers, not double"),
        ({"id": [["a"], ["b"], ["c"]]}, ""),
        ({"id": [b"\xff", b"b", b"c"]}, ""),
        ({"id": pa.array([2**64 - 1, 1, 2], pa.uint64())}, ""),
        ({"id": ["a", "b", "c" * 1001]}, "an id must have at most 1,000 characters"),
    ],
)
def test_what_is_not_as_the_format_says_is_refused(tmp_path: Path, columns: dict[str, Any], wrong: str) -> None:
    """One error with the name of the file, whatever stands in it."""
    folder = create(tmp_path).folder
    put(folder, GOOD | columns)
    with pytest.raises(RunFormatError, match=rf"^val\.parquet must be a Parquet file of sample ids\. .*{wrong}"):
        read_ids(folder, "val")


def test_few_bytes_may_not_stand_for_very_many(tmp_path: Path) -> None:
    """Thirty million rows in some kilobytes are not decoded; nor is a text that a dictionary has once, a row a time."""
    folder, rows = create(tmp_path).folder, 30_000_000
    zeros = pa.array(np.zeros(rows, np.int64))
    path = put(folder, {"split": pa.repeat("val", rows), "sample": zeros, "id": zeros}, compression="zstd")
    assert path.stat().st_size < 2**20
    with pytest.raises(RunFormatError, match=r"it claims 30,000,000 ids in .*; 16,777,216 in .* are the most"):
        read_ids(folder, "val")
    before, rows = pa.total_allocated_bytes(), 1_000_000
    once = pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), pa.array(["x" * 99_999]))
    put(folder, {"split": pa.repeat("val", rows), "sample": pa.array(np.arange(rows)), "id": once})
    with pytest.raises(RunFormatError, match="an id must have at most"):
        read_ids(folder, "val")
    assert pa.total_allocated_bytes() - before < 2**26  # as rows they would be 100 GB


@pytest.mark.parametrize("made", STRANGERS, ids=lambda made: made.__name__)
def test_what_is_no_regular_file_is_refused(tmp_path: Path, made: Callable[[Path], None]) -> None:
    """Neither waited for nor followed, as every other file of a run; nor is a link in the place of the folder."""
    folder = create(tmp_path).folder
    put(folder, GOOD).unlink()
    made(folder / "sample_ids" / "val.parquet")
    with pytest.raises(RunFormatError, match=r"val\.parquet must be a regular file"):
        read_ids(folder, "val")
    (folder / "sample_ids").rename(tmp_path / "elsewhere")
    (folder / "sample_ids").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RunFormatError, match=r"sample_ids must be a folder of the run itself\. Received: a link"):
        read_ids(folder, "val")


@pytest.mark.parametrize("size", [0, 3, 200])
def test_a_file_that_was_cut_is_refused(tmp_path: Path, size: int) -> None:
    """Of any length."""
    folder = create(tmp_path).folder
    path = put(folder, GOOD)
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(RunFormatError, match=r"val\.parquet must be a Parquet file of sample ids"):
        read_ids(folder, "val")


def test_an_id_that_is_recorded_stays(tmp_path: Path) -> None:
    """Writing others of the same positions, or ids that are taken, changes nothing; half a file is tidied up."""
    folder = create(tmp_path).folder
    write_ids(folder, SampleIds(split="val", sample=np.array([0, 2]), id=np.array([10, 12])))
    for sample, ids in (([0, 2], [5, 6]), ([1, 3], [10, 13])):
        write_ids(folder, SampleIds(split="val", sample=np.array(sample), id=np.array(ids)))
        assert read_ids(folder, "val").id.tolist() == [10, 12]  # type: ignore[union-attr]
    write_ids(folder, SampleIds(split="val", sample=np.array([0, 1]), id=np.array([99, 11])))
    assert read_ids(folder, "val").id.tolist() == [10, 11, 12]  # type: ignore[union-attr]
