"""A part is held against the lines and the manifest before it is decoded: few bytes may stand for very many."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import viewer
from recorder import RunWriter
from recorder.runfile import PartReader, RunFormatError, read_records
from recorder.runfile.parquet_footer import read_footer
from recorder.runfile.parts import SCHEMAS

pytestmark = pytest.mark.timeout(120)


HELD: list[RunWriter] = []  # a writer that nobody holds any more ends its run, and merges its parts


def recorded(root: Path, *, closed: bool, epochs: int = 2) -> Path:
    """A binary run of two splits, with something observed."""
    rng = np.random.default_rng(0)
    run = RunWriter(root, thresholds=[0.25, 0.5])
    for epoch in range(epochs):
        arrays = (rng.integers(0, 2, 20), rng.random(20))
        run.epoch(epoch, train=arrays, val=arrays, observed={"w": np.arange(3)})
    HELD.append(run)
    if closed:
        run.close()
    assert run.folder is not None
    return run.folder


def parts(folder: Path, kind: str) -> list[Path]:
    return sorted([*folder.glob(f"pending/*.{kind}.parquet"), *folder.glob(f"{kind}/*.parquet")])


def many(table: pa.Table, times: int) -> pa.Table:
    """The first row so many times, which costs next to nothing on disk."""
    return table.take(pa.array(np.zeros(times, np.int32)))


def long_lists(name: str, length: int) -> Callable[[pa.Table], pa.Table]:
    """Lists of zeros in the place of those of a column, which a part may lack."""

    def change(table: pa.Table) -> pa.Table:
        (kind,) = (kind for kind, schema in SCHEMAS.items() if name in schema.names)
        zeros = pa.array(np.zeros(length * len(table), SCHEMAS[kind].field(name).type.value_type.to_pandas_dtype()))
        offsets = pa.array(np.arange(len(table) + 1, dtype=np.int32) * length)
        others = table.select([other for other in table.column_names if other != name])
        return others.append_column(name, pa.ListArray.from_arrays(offsets, zeros))

    return change


BOMBS = [
    ("samples", lambda table: many(table, 4_000_000), r"must have \d+ rows, as the lines say\. Received: 4000000$"),
    ("tallies", lambda table: many(table, 100_000), r"must have \d+ rows, as the lines say\. Received: 100000$"),
    ("tallies", long_lists("negatives", 5_000_000), r"negatives of \d rows claims \d+,000,000 values in "),
    ("tallies", long_lists("matrix_row", 5_000_000), r"matrix_row of \d rows claims \d+,000,000 values in "),
    ("observed", long_lists("values", 40_000_000), r"values of \d rows claims \d0,000,000 values in "),
]


@pytest.mark.parametrize("closed", [False, True])
@pytest.mark.parametrize(("kind", "change", "said"), BOMBS)
def test_a_part_that_stands_for_much_more_is_not_decoded(
    tmp_path: Path, kind: str, change: Callable[[pa.Table], pa.Table], said: str, closed: bool
) -> None:
    """Kilobytes that claim rows that no line has, or lists that no manifest has, are refused by both readers."""
    folder = recorded(tmp_path, closed=closed, epochs=1)
    for path in parts(folder, kind):
        pq.write_table(change(pq.read_table(path, partitioning=None)), path, compression="zstd")
        assert path.stat().st_size < 400_000
    with pytest.raises(RunFormatError, match=said):
        read_records(folder)
    run, faults = viewer.open_run(folder), list[str]()
    run.observed("w") if kind == "observed" else run.samples() if kind == "samples" else run.metric("f1@0.25")
    faults += run.faults
    assert any(path.name in fault for fault in faults for path in parts(folder, kind)), faults


@pytest.mark.parametrize("kind", ["tallies", "samples", "observed"])
def test_a_pending_part_has_the_rows_of_its_line(tmp_path: Path, kind: str) -> None:
    """A part of one epoch with a row less than its line says is no part of it."""
    folder = recorded(tmp_path, closed=False)
    path = parts(folder, kind)[0]
    rows = pq.ParquetFile(path).metadata.num_rows
    pq.write_table(pq.read_table(path).slice(1), path)
    with pytest.raises(
        RunFormatError, match=rf"^{path.name} must have {rows} rows, as the lines say\. Received: {rows - 1}$"
    ):
        read_records(folder)


def test_an_epoch_has_the_rows_of_its_line_in_a_merged_part_too(tmp_path: Path) -> None:
    """Of a merged part that lacks a row of one epoch, that epoch is a fault and the others are read."""
    folder = recorded(tmp_path, closed=True, epochs=3)
    (path,) = parts(folder, "tallies")
    table = pq.read_table(path, partitioning=None)
    pq.write_table(pa.concat_tables([table.slice(0, 2), table.slice(3)]), path)
    faults: list[str] = []
    reader = PartReader(folder)
    assert [key for key, _ in reader.read("tallies", [(0, 0), (0, 1), (0, 2)], faults=faults)] == [(0, 0), (0, 2)]
    assert faults == ["epoch 1 must have 2 rows of tallies. Received: 1"]
    scanned: list[str] = []
    list(reader.scan("tallies", [(0, 0), (0, 1), (0, 2)], columns=["attempt", "epoch"], faults=scanned))
    assert scanned == faults


def test_a_merged_part_may_have_an_epoch_whose_line_was_lost(tmp_path: Path) -> None:
    """After a power cut of version 1.0 a merged part may hold an epoch that no line commits: it is passed over."""
    folder = recorded(tmp_path, closed=True, epochs=3)
    lines = (folder / "epochs.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "epochs.jsonl").write_bytes(b"".join(lines[:3]))
    assert [record.epoch for record in read_records(folder)] == [0, 1]
    assert [len(record.tallies) for record in read_records(folder)] == [2, 2]


def test_large_parts_that_are_what_they_claim_are_read(tmp_path: Path) -> None:
    """Many classes of a fine grid, and large observed arrays, are over the size that is never asked about, and read."""
    rng = np.random.default_rng(0)
    run = RunWriter(tmp_path, max_samples=0)
    arrays = (rng.integers(0, 1000, 50), rng.random((50, 1000)))
    run.epoch(0, val=arrays, observed={"noise": rng.normal(size=(1000, 1000)), "zeros": np.zeros((1000, 2000))})
    run.close()
    assert run.folder is not None
    (record,) = read_records(run.folder)
    assert record.tallies[0].histogram.shape[0] == 1000
    assert record.tallies[0].histogram.nbytes > 2**24
    assert record.observed["noise"].std() == pytest.approx(1, abs=0.01)
    assert record.observed["zeros"].shape == (1000, 2000)
    assert SCHEMAS["observed"].names == ["attempt", "epoch", "name", "shape", "values"]


def test_what_stands_in_place_of_a_number_is_not_quoted() -> None:
    """A damaged footer may have a list of anything there, as long as the file."""
    numbers = bytes([0x39, 0xF5, 0xE8, 0x07]) + bytes([2]) * 1000 + bytes(1)  # field 3: a list of a thousand numbers
    with pytest.raises(ValueError, match=r"0 or more\. Received: a list$"):
        read_footer(numbers + len(numbers).to_bytes(4, "little") + b"PAR1")
