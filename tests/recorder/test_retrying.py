"""A failing disk: one warning, nothing lost, nothing stopped."""

from __future__ import annotations

import errno
import os
import warnings
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recorder import RunWriter, backlog
from recorder.backlog import size
from recorder.retrying import RetryingWriter
from recorder.runfile import (
    EpochRecord,
    Output,
    SampleIds,
    Tally,
    disk,
    read_ids,
    read_lines,
    read_manifest,
    read_records,
)
from recorder.starting import start_run

from . import disks

OUTPUTS = [Output(thresholds=[0.5])]


def record(epoch: int) -> EpochRecord:
    """One epoch with counts that tell which it is."""
    tally = Tally(split="val", histogram=np.full((1, 2, 2), epoch), nan=np.zeros((1, 2), np.int64))
    return EpochRecord(epoch=epoch, logs={"loss": float(epoch)}, tallies=(tally,))


def record_and_close(writer: RetryingWriter, numbers: Iterable[int]) -> None:
    """Records epochs, and ends the run."""
    for number in numbers:
        writer.append(record(number))
    writer.close()


def epochs(folder: Path) -> list[int]:
    """What is on disk, each with its own counts."""
    read = read_records(folder)
    assert all((found.tallies[0].histogram == found.epoch).all() for found in read)
    return [found.epoch for found in read]


def test_a_failing_disk_warns_once_and_is_retried(tmp_path: Path) -> None:
    """While `pending/` is gone epochs wait in memory with one warning; when it is back, all are recorded."""
    writer = start_run(tmp_path, name="fault")
    writer.describe(OUTPUTS)
    writer.append(record(0))
    (writer.folder / "pending").rename(tmp_path / "away")
    with pytest.warns(RuntimeWarning, match="cannot write"):
        writer.append(record(1))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        writer.append(record(2))
        (tmp_path / "away").rename(writer.folder / "pending")
        writer.append(record(3))
        writer.close()
    assert epochs(writer.folder) == [0, 1, 2, 3]


def test_a_manifest_that_cannot_be_written_is_tried_again(tmp_path: Path) -> None:
    """Outputs that were described while the disk failed are in the manifest once it does not."""
    writer = start_run(tmp_path / "runs", name="fault")
    (tmp_path / "runs").rename(tmp_path / "away")
    with pytest.warns(RuntimeWarning, match="cannot write"):
        writer.describe(OUTPUTS)
    writer.append(record(0))
    (tmp_path / "away").rename(tmp_path / "runs")
    writer.append(record(1))
    assert read_manifest(writer.folder).outputs == OUTPUTS
    assert epochs(writer.folder) == [0, 1]


def test_a_close_that_cannot_write_says_what_is_missing(tmp_path: Path) -> None:
    """Epochs that never found a disk are named when the run is closed."""
    writer = start_run(tmp_path / "runs", name="fault")
    writer.describe(OUTPUTS)
    (tmp_path / "runs").rename(tmp_path / "away")
    with pytest.warns(RuntimeWarning, match="cannot write"):
        writer.append(record(4))
    writer.append(record(5))
    with pytest.warns(RuntimeWarning, match=r"^epochreel could not record 2 epochs, from 4 to 5$"):
        writer.close()


def test_what_waits_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond so many bytes the oldest epochs are given up: one warning at once, one sum at the end, which says so."""
    monkeypatch.setattr(backlog, "MOST_WAITING", 3 * size(record(0)))
    writer = start_run(tmp_path / "runs", name="fault")
    writer.describe(OUTPUTS)
    writer.append(record(0))
    (tmp_path / "runs").rename(tmp_path / "away")
    with pytest.warns(RuntimeWarning, match="cannot write"):
        writer.append(record(1))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for epoch in range(2, 302):
            writer.append(record(epoch))
        (tmp_path / "away").rename(tmp_path / "runs")
        writer.append(record(302))
    assert epochs(writer.folder) == [0, 300, 301, 302]
    with pytest.warns(RuntimeWarning, match=r"^epochreel could not record 299 epochs, from 1 to 299$") as said:
        writer.close()
    assert len(said) == 1
    assert read_lines(writer.folder)[-1].reason == "incomplete"


def test_epochs_that_are_given_up_leave_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does one that comes late: half a file is taken away where the disk fails, not where it is written again."""
    monkeypatch.setattr(backlog, "MOST_WAITING", 2 * size(record(0)))
    writer = start_run(tmp_path, name="fault")
    writer.describe(OUTPUTS)
    with disks.full(), pytest.warns(RuntimeWarning, match="cannot write"):
        writer.append(record(0))
    with disks.full():
        for epoch in range(1, 6):
            writer.append(record(epoch))
    assert not list(tmp_path.rglob(".*"))
    with pytest.warns(RuntimeWarning, match="could not record 5 epochs, from 0 to 4"):
        record_and_close(writer, [6])
    assert epochs(writer.folder) == [5, 6]


def test_an_epoch_that_is_larger_than_what_may_wait_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However large it is, the newest epoch is kept; what the user calls the samples is handed on by those given up."""
    monkeypatch.setattr(backlog, "MOST_WAITING", 1)
    writer = start_run(tmp_path / "runs", name="fault")
    writer.describe(OUTPUTS)
    (tmp_path / "runs").rename(tmp_path / "away")
    ids = SampleIds(split="val", sample=np.arange(2), id=np.array(["a", "b"], object))
    with pytest.warns(RuntimeWarning, match="cannot write"):
        writer.append(replace(record(0), sample_ids=(ids,)))
    writer.append(record(1))
    writer.append(record(2))
    (tmp_path / "away").rename(tmp_path / "runs")
    writer.append(record(3))
    assert epochs(writer.folder) == [3]
    assert read_ids(writer.folder, "val").id.tolist() == ["a", "b"]


@pytest.mark.parametrize("moment", ["write_whole", "rename", "append"])
def test_an_interrupt_costs_no_epoch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    """An epoch whose writing was interrupted, before its line or right behind it, is there once after the end."""
    writer = start_run(tmp_path)
    writer.describe(OUTPUTS)
    writer.append(record(0))
    real = getattr(disk, moment)

    def interrupted(*arguments: object, **options: object) -> None:
        real(*arguments, **options)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(disk, moment, interrupted)
        with pytest.raises(KeyboardInterrupt):
            writer.append(record(1))
    writer.close("interrupted")
    assert epochs(writer.folder) == [0, 1]
    assert [getattr(line, "epoch", None) for line in read_lines(writer.folder)] == [None, 0, 1, None]


def test_a_line_whose_sync_failed_is_there_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the disk takes a line and fails to sync it, again and again, the epoch is tried again and stands once."""
    writer = start_run(tmp_path, name="fault", durability="power")
    writer.describe(OUTPUTS)
    writer.append(record(0))
    real, failures = disk.flush, iter([False, True, False, True, False, False, True])

    def fails_on_lines(descriptor: int) -> None:
        if Path(f"/proc/self/fd/{descriptor}").readlink().suffix == ".jsonl" and next(failures, False):
            raise OSError(errno.EIO, "Input/output error")
        real(descriptor)

    monkeypatch.setattr(disk, "flush", fails_on_lines)
    with pytest.warns(RuntimeWarning, match="cannot write") as said:
        record_and_close(writer, range(1, 8))
    assert len(said) == 1
    assert next(failures, None) is None, "each failure came"
    assert epochs(writer.folder) == list(range(8))
    assert [getattr(line, "epoch", None) for line in read_lines(writer.folder)] == [None, *range(8), None]


def test_an_end_that_fails_is_said(tmp_path: Path) -> None:
    """Where all epochs are recorded, and the end finds no folder, one warning says where they may be."""
    writer = start_run(tmp_path / "runs", name="fault")
    writer.describe(OUTPUTS)
    writer.append(record(0))
    (tmp_path / "runs").rename(tmp_path / "away")
    with pytest.warns(
        RuntimeWarning, match=r"^epochreel could not end .* as it should: .* if it was moved, they are in it\.$"
    ) as said:
        writer.close()
    assert len(said) == 1


def test_a_record_that_is_wrong_does_not_wait(tmp_path: Path) -> None:
    """A record that breaks a rule raises and is dropped: those after it are recorded."""
    writer = start_run(tmp_path)
    writer.describe(OUTPUTS)
    writer.append(record(3))
    with pytest.raises(ValueError, match=r"^epochs of one attempt must increase; the last was 3\. Received: 2$"):
        writer.append(record(2))
    writer.append(record(4))
    assert epochs(writer.folder) == [3, 4]


def test_parts_that_could_not_be_merged_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that takes what is written and fails as it is synced: one warning; the next resume merges all of it."""

    def fails(path: Path) -> None:
        raise OSError(5, "Input/output error")

    run = RunWriter(tmp_path, name="unsynced")
    with monkeypatch.context() as failing:
        failing.setattr(disk, "sync", fails)
        for epoch in range(70):
            run.epoch(epoch, val=([0, 1], np.array([0.2, 0.7])))
        with pytest.warns(
            RuntimeWarning, match=r"140 parts could not be merged, .* All its epochs are there\.$"
        ) as said:
            run.close()
    assert len(said) == 1
    assert run.folder is not None
    with RunWriter(tmp_path, name="unsynced", resume="must") as again:
        again.epoch(70, logs={"loss": 1.0})
    assert [record.epoch for record in read_records(run.folder)] == list(range(71))
    assert not list((run.folder / "pending").iterdir())


@pytest.mark.parametrize("what", ["pipe", "link"])
def test_what_stands_in_the_place_of_the_lines_is_a_fault_of_the_disk(tmp_path: Path, what: str) -> None:
    """A pipe without a reader is not waited for, a link is not written through: one warning, and later all is there."""
    with RunWriter(tmp_path / "runs") as run:
        run.epoch(0, logs={"loss": 1.0})
        assert run.folder is not None
        lines, others = run.folder / "epochs.jsonl", tmp_path / "others"
        others.write_text("mine")
        lines.rename(tmp_path / "away")
        os.mkfifo(lines) if what == "pipe" else lines.symlink_to(others)
        with pytest.warns(RuntimeWarning, match="cannot write"):
            run.epoch(1, logs={"loss": 1.0})
        lines.unlink()
        (tmp_path / "away").rename(lines)
    assert others.read_text() == "mine"
    assert [record.epoch for record in read_records(run.folder)] == [0, 1]
