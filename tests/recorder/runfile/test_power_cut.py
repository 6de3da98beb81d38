"""What was safe once stays safe, whenever the power is cut: shown on a disk that may lose all that was not synced."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from recorder.runfile import RunFileWriter, begin_line, disk, read_records
from recorder.runfile import attempt_parts as storing
from recorder.runfile import merge as merging
from recorder.runfile.layout import pending_parts
from recorder.runfile.manifest import decode_manifest
from tests.conftest import later

from .power import Cut, Disk
from .run_files import assert_same, manifest, simple

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="asks /proc which file a descriptor is of")
EPOCHS = 8  # in a part, instead of 64


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Merges often."""
    monkeypatch.setattr(merging, "EPOCHS_IN_A_PART", EPOCHS)
    monkeypatch.setattr(storing, "EPOCHS_IN_A_PART", EPOCHS)


def assert_kept(cuts: list[Cut], folder: Path) -> None:
    """Every epoch that was safe is read as it was written; now and then again after a resume, from merged parts."""
    for number, cut in enumerate(cuts):
        left = cut.restore(folder / f"cut-{number}")
        assert_promised(cut, left)
        if number % 4 == 0:
            RunFileWriter.resume(left, begin_line()).close()
            assert_promised(cut, left)
            assert all(path.stat().st_size for path in left.glob("*/*-*-a*.parquet")), "no merged part without bytes"


def assert_promised(cut: Cut, folder: Path) -> None:
    there = {record.epoch: record for record in read_records(folder, faults=[])}
    assert there.keys() >= cut.promised, f"after {cut.after}"
    for epoch in cut.promised:
        assert len(there[epoch].tallies) == len(there[epoch].samples) == 1, f"epoch {epoch} after {cut.after}"
        assert_same(there[epoch], simple(epoch))


@pytest.mark.parametrize("eager", [False, *later(True)])
def test_a_power_cut_loses_nothing_that_was_safe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, eager: bool) -> None:
    """Epochs that the system has written, merges over them, a clean end: cut anywhere, all of them are there."""
    writer = RunFileWriter.create(tmp_path, manifest(), begin_line())
    model = Disk(writer.folder, eager)
    for epoch in range(7):
        writer.append(simple(epoch))
    model.follow(monkeypatch)
    model.all_is_safe(7)
    for epoch in range(7, 12):
        writer.append(simple(epoch))
    model.all_is_safe(12)
    for epoch in range(12, 18):
        writer.append(simple(epoch))
    writer.close()
    monkeypatch.undo()
    assert {len(cut.promised) for cut in model.cuts} == {7, 12}
    assert not pending_parts(writer.folder)
    assert_kept(model.cuts, tmp_path / "cuts")


@pytest.mark.parametrize("eager", [False, *later(True)])
def test_with_durability_power_every_epoch_is_safe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, eager: bool
) -> None:
    """With `durability="power"` an epoch survives as soon as its `append` has returned."""
    model = Disk(tmp_path / "run", eager)
    model.follow(monkeypatch)
    described = manifest()
    described.outputs = []
    writer = RunFileWriter.create(tmp_path, described, begin_line(), durability="power")
    writer.describe(manifest().outputs)
    started = len(model.cuts)
    for epoch in range(12):
        writer.append(simple(epoch))
        model.promised.add(epoch)
    writer.close()
    monkeypatch.undo()
    cuts = model.cuts[started:]
    assert_kept(cuts, tmp_path / "cuts")
    assert all(decode_manifest(cut.files["run.json"]).outputs for cut in cuts if cut.promised), "what is counted"


def test_a_manifest_that_was_safe_stays_safe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When weights come late the manifest is written again: a power cut leaves the older or the newer one, whole."""
    writer = RunFileWriter.create(tmp_path, manifest(), begin_line())
    writer.append(simple(0))
    model = Disk(writer.folder, eager=True)
    model.follow(monkeypatch)
    model.all_is_safe(1)
    for output in (outputs := [*writer.manifest.outputs]):
        output.weighted = True
    writer.manifest.outputs = []
    writer.describe(outputs)
    monkeypatch.undo()
    assert [cut.after.split()[0] for cut in model.cuts] == ["flush", "rename"]
    assert_kept(model.cuts, tmp_path / "cuts")


def test_the_disk_of_these_tests_does_lose_what_is_not_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were the merged part not synced before the pending ones go, a cut would lose what was safe: this is seen."""
    monkeypatch.setattr(disk, "sync", lambda path: None)
    writer = RunFileWriter.create(tmp_path, manifest(), begin_line())
    model = Disk(writer.folder, eager=True)
    for epoch in range(7):
        writer.append(simple(epoch))
    model.follow(monkeypatch)
    model.all_is_safe(7)
    writer.append(simple(7))
    writer.close()
    monkeypatch.undo()
    with pytest.raises(AssertionError, match=r"^epoch 0 after remove pending/"):
        assert_kept(model.cuts, tmp_path / "cuts")
