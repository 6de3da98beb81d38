"""Merging parts of single epochs as a run grows: nothing read twice, nothing lost, nothing touched again."""

from __future__ import annotations

import contextlib
import gc
import shutil
import sys
import threading
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recorder.runfile import RunFileWriter, begin_line, read_records
from recorder.runfile.layout import merged_parts, pending_parts

from ...open_files import open_files
from .run_files import assert_same, create, settled, simple


def test_merged_and_unmerged_runs_read_the_same(tmp_path: Path) -> None:
    """After 200 epochs most parts are merged; each epoch is read once, and as it was written."""
    writer = create(tmp_path)
    for epoch in range(200):
        writer.append(simple(epoch))
    settled(writer)
    assert merged_parts(writer.folder, "tallies")
    assert pending_parts(writer.folder)
    for read in (read_records(writer.folder), writer.close() or read_records(writer.folder)):
        assert len(read) == 200
        for got in read:
            assert_same(got, simple(got.epoch))
    assert not pending_parts(writer.folder)
    assert not list(writer.folder.rglob(".*")), "no temporary file stays behind"


def test_merged_parts_are_never_touched_again(tmp_path: Path) -> None:
    """A merged part keeps its bytes while the run grows, is closed and resumed."""
    writer = create(tmp_path)
    for epoch in range(70):
        writer.append(simple(epoch))
    settled(writer)
    before = {path: path.read_bytes() for path in writer.folder.glob("*/*-*-a0.parquet")}
    assert before
    writer.close()
    resumed = RunFileWriter.resume(writer.folder, begin_line())
    for epoch in range(70, 140):
        resumed.append(simple(epoch))
    resumed.close()
    assert {path: path.read_bytes() for path in before} == before


def test_no_two_kinds_merge_in_the_same_epoch(tmp_path: Path) -> None:
    """Tallies and samples finish their merged parts at different epochs, so that no epoch waits for both."""
    writer = create(tmp_path)
    merged_at: dict[str, set[int]] = {"tallies": set(), "samples": set()}
    for epoch in range(300):
        before = {kind: len(merged_parts(writer.folder, kind)) for kind in merged_at}
        settled(writer).append(simple(epoch))
        settled(writer)
        for kind in merged_at:
            if len(merged_parts(writer.folder, kind)) > before[kind]:
                merged_at[kind].add(epoch)
    assert len(merged_at["tallies"]) >= 4
    assert len(merged_at["samples"]) >= 4
    assert not merged_at["tallies"] & merged_at["samples"]


def test_killed_between_rename_and_unlink_counts_once(tmp_path: Path) -> None:
    """An epoch that stands in a merged part and in `pending/` is read once, and tidied at the next resume."""
    writer = create(tmp_path)
    writer.append(simple(0))
    pending = {part.path: part.path.read_bytes() for part in pending_parts(writer.folder)}
    writer.close()
    for path, data in pending.items():
        path.write_bytes(data)
    assert_same(read_records(writer.folder)[0], simple(0))
    RunFileWriter.resume(writer.folder, begin_line())
    assert not pending_parts(writer.folder)
    assert_same(read_records(writer.folder)[0], simple(0))


def test_a_part_without_its_line_does_not_exist(tmp_path: Path) -> None:
    """Parts that no line commits are neither read nor merged."""
    writer = create(tmp_path)
    writer.append(simple(0))
    shutil.copy(
        writer.folder / "pending" / "000000-a0.tallies.parquet",
        writer.folder / "pending" / "000001-a0.tallies.parquet",
    )
    RunFileWriter.resume(writer.folder, begin_line()).close()
    assert [record.epoch for record in read_records(writer.folder)] == [0]
    assert [part.last for part in merged_parts(writer.folder, "tallies")] == [0]


def test_a_merge_that_fails_leaves_its_epochs_pending(tmp_path: Path) -> None:
    """Where a merged part cannot be written no epoch is lost: pending parts stay, and a resume merges them."""
    writer = create(tmp_path)
    (writer.folder / "tallies").rmdir()
    (writer.folder / "tallies").touch()  # a file where the folder should be
    for epoch in range(80):
        writer.append(simple(epoch))
    (writer.folder / "tallies").unlink()
    for epoch in range(80, 90):
        writer.append(simple(epoch))
    for got in read_records(writer.folder):
        assert_same(got, simple(got.epoch))
    RunFileWriter.resume(writer.folder, begin_line()).close()
    assert not pending_parts(writer.folder)
    read = read_records(writer.folder)
    assert len(read) == 90
    for got in read:
        assert_same(got, simple(got.epoch))


def test_an_end_merges_what_a_failed_merge_left(tmp_path: Path) -> None:
    """After one merge that failed, a clean end leaves nothing pending: other programs' readers find every epoch."""
    writer = create(tmp_path)
    (writer.folder / "tallies").rmdir()
    (writer.folder / "tallies").touch()  # a file where the folder should be
    for epoch in range(70):
        writer.append(simple(epoch))
    (writer.folder / "tallies").unlink()
    for epoch in range(70, 140):
        writer.append(simple(epoch))
    writer.close()
    assert not pending_parts(writer.folder)
    read = read_records(writer.folder)
    assert [record.epoch for record in read] == list(range(140))
    for got in read:
        assert_same(got, simple(got.epoch))
    spans = [(part.first, part.last) for part in merged_parts(writer.folder, "tallies")]
    assert sum(last - first + 1 for first, last in spans) == 140, "no epoch stands in two"


def test_a_process_may_go_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative root is a place, not a way: after `os.chdir` epochs and merged parts go where they went before."""
    monkeypatch.chdir(tmp_path)
    writer = create(Path("runs"))
    writer.append(simple(0))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    for epoch in range(1, 70):
        writer.append(simple(epoch))
    writer.close()
    assert len(read_records(tmp_path / "runs" / "run")) == 70
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_home_is_a_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`~` in a root is the user's home, for parts and for merged parts."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    writer = create(Path("~") / "runs")
    for epoch in range(70):
        writer.append(simple(epoch))
    writer.close()
    assert len(read_records(tmp_path / "runs" / "run")) == 70
    assert not (tmp_path / "~").exists()
    RunFileWriter.resume(Path("~/runs/run"), begin_line()).close()


def test_a_merged_part_without_bytes_is_set_aside(tmp_path: Path) -> None:
    """A power cut on a run of version 1.0 left a merged part empty and the pending ones there: a resume mends it."""
    writer = create(tmp_path)
    for epoch in range(10):
        writer.append(simple(epoch))
    folder = tmp_path / "copy"
    shutil.copytree(writer.folder, folder)
    for kind in ("tallies", "samples"):
        (folder / kind / "000000-000005-a0.parquet").touch()
    assert [record.epoch for record in read_records(folder)] == list(range(10)), "the pending parts have it all"
    RunFileWriter.resume(folder, begin_line()).close()
    for got in read_records(folder):
        assert_same(got, simple(got.epoch))
    assert {path.name for path in folder.glob("*/*.parquet")} == {"000000-000009-a0.parquet"}


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
@pytest.mark.parametrize("moment", ["write", "close"])
def test_a_merge_that_is_cut_short_leaves_nothing_open(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    moment: str,
    error: type[BaseException],
) -> None:
    """A failed or interrupted merge leaves no descriptor, hidden file or traceback; the end merges what it left."""
    writer = create(tmp_path)
    before = open_files(writer.folder)

    untold: list[object] = []  # what Python prints where nobody can be told, as in `__del__`
    monkeypatch.setattr(sys, "unraisablehook", untold.append)
    name = "write_table" if moment == "write" else "close"
    real = getattr(pq.ParquetWriter, name)

    def fails(self: pq.ParquetWriter, *arguments: object, **options: object) -> None:
        if isinstance(self.where, pa.OSFile):  # not that of a pending part, which is made in memory
            raise error("cut short")
        real(self, *arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(pq.ParquetWriter, name, fails)
        for epoch in range(70):
            with contextlib.suppress(KeyboardInterrupt):
                writer.append(simple(epoch))
    gc.collect()
    settled(writer)
    if before is not None:
        held = open_files(writer.folder) or []
        assert len(held) <= len(before) + len(writer._parts.mergers), "one open part a kind"
    assert len({part.first for part in pending_parts(writer.folder)}) > 60
    writer.close()
    assert untold == []
    assert not pending_parts(writer.folder)
    assert not list(writer.folder.rglob(".*"))
    read = read_records(writer.folder)
    assert [record.epoch for record in read] == list(range(70))
    for got in read:
        assert_same(got, simple(got.epoch))


def test_a_process_that_can_have_no_more_threads_merges(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no thread can be started, as while a process ends, the epoch that merges waits for the disk."""

    def none_left(self: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", none_left)
    writer = create(tmp_path)
    for epoch in range(70):
        writer.append(simple(epoch))
    writer.close()
    assert not pending_parts(writer.folder)
    assert len(read_records(writer.folder)) == 70
