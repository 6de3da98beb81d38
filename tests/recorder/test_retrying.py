"""A failing disk: one warning, nothing lost, nothing stopped."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest

from recorder import retrying
from recorder.runfile import EpochRecord, Output, Tally, read_manifest, read_records
from recorder.starting import start_run

OUTPUTS = [Output(thresholds=[0.5])]


def record(epoch: int) -> EpochRecord:
    """One epoch with counts that tell which it is."""
    tally = Tally(split="val", histogram=np.full((1, 2, 2), epoch), nan=np.zeros((1, 2), np.int64))
    return EpochRecord(epoch=epoch, logs={"loss": float(epoch)}, tallies=(tally,))


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
    """Beyond the bound the oldest waiting epoch is given up, by name."""
    monkeypatch.setattr(retrying, "MAX_WAITING", 2)
    writer = start_run(tmp_path / "runs", name="fault")
    writer.describe(OUTPUTS)
    (tmp_path / "runs").rename(tmp_path / "away")
    with pytest.warns(RuntimeWarning, match="cannot write"):
        writer.append(record(0))
    writer.append(record(1))
    with pytest.warns(RuntimeWarning, match=r"epoch 0 is lost$"):
        writer.append(record(2))
    (tmp_path / "away").rename(tmp_path / "runs")
    writer.append(record(3))
    assert epochs(writer.folder) == [1, 2, 3]


def test_a_record_that_is_wrong_does_not_wait(tmp_path: Path) -> None:
    """A record that breaks a rule raises and is dropped: those after it are recorded."""
    writer = start_run(tmp_path)
    writer.describe(OUTPUTS)
    writer.append(record(3))
    with pytest.raises(ValueError, match=r"^epochs of one attempt must increase; the last was 3\. Received: 2$"):
        writer.append(record(2))
    writer.append(record(4))
    assert epochs(writer.folder) == [3, 4]
