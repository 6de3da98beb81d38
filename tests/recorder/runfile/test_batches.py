"""The second level of merging: few files however long the run, and the same promises to readers as at the first."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from recorder.runfile import RunFileWriter, begin_line, disk, ledger, read_records
from recorder.runfile import attempt_parts as storing
from recorder.runfile import batches as second
from recorder.runfile import merge as merging
from recorder.runfile.layout import all_parts, batches, merged_parts, pending_parts
from tests.conftest import later

from .power import Disk
from .run_files import assert_same, create, settled, simple

SMALL = 4  # epochs in the parts of these tests


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of four epochs, and a second level from 32 epochs on."""
    for module in (merging, storing, second):
        monkeypatch.setattr(module, "EPOCHS_IN_A_PART", SMALL)
    monkeypatch.setattr(second, "SHARE", 4)


def grown(root: Path, epochs: int) -> RunFileWriter:
    writer = create(root)
    for epoch in range(epochs):
        writer.append(simple(epoch))
        settled(writer)  # so that it does not depend on the machine what is merged when
    return writer


def assert_whole(folder: Path, epochs: int) -> None:
    read = read_records(folder)
    assert [record.epoch for record in read] == list(range(epochs))
    for record in read:
        assert_same(record, simple(record.epoch))


@pytest.mark.parametrize("epochs", [31, 36, 63, 90])
def test_every_epoch_is_read_wherever_it_stands(tmp_path: Path, epochs: int) -> None:
    """Merged, in a batch or pending: while it grows, after a kill and a resume, and after its end."""
    writer = grown(tmp_path / "run", epochs)
    assert_whole(writer.folder, epochs)
    killed = tmp_path / "killed"
    shutil.copytree(writer.folder, killed)
    RunFileWriter.resume(killed, begin_line()).close()
    writer.close()
    for folder in (killed, writer.folder):
        assert_whole(folder, epochs)
        assert not [*pending_parts(folder), *batches(folder), *folder.rglob(".*")]
        names = [path.relative_to(folder).parts[0] for path in folder.rglob("*.parquet")]
        assert set(names) == {"tallies", "samples"}


def test_a_lost_line_costs_its_own_epoch_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a part of more epochs than the first level merges, all others are read where a line is broken."""
    monkeypatch.setattr(ledger, "EPOCHS_IN_A_PART", SMALL)
    writer = grown(tmp_path / "run", 90)
    writer.close()
    part = max(merged_parts(writer.folder, "tallies"), key=lambda part: part.last - part.first)
    assert part.last - part.first >= 2 * SMALL
    lines = (writer.folder / "epochs.jsonl").read_bytes().split(b"\n")
    lines[1 + part.first] = b"\0" * len(lines[1 + part.first])
    (writer.folder / "epochs.jsonl").write_bytes(b"\n".join(lines))
    faults: list[str] = []
    read = {record.epoch: record for record in read_records(writer.folder, faults=faults)}
    assert read.keys() == {*range(90)} - {part.first}
    assert len(faults) == 1
    for epoch, record in read.items():
        assert_same(record, simple(epoch))


def test_parts_grow_with_the_run(tmp_path: Path) -> None:
    """The longer a run is the longer are its merged parts, so that their number grows by its logarithm."""
    writer = grown(tmp_path, 150)
    spans = [part.last - part.first + 1 for part in merged_parts(writer.folder, "tallies")]
    assert spans[:7] == [SMALL] * 7
    assert spans == sorted(spans)
    assert spans[-1] >= 4 * SMALL
    assert len(all_parts(writer.folder, "tallies")) < 30


def test_what_is_among_the_merged_parts_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what waits is removed, so that a program that reads `tallies/*.parquet` alone meets no row twice, ever."""
    removed: list[str] = []
    remove = disk.remove
    monkeypatch.setattr(disk, "remove", lambda path: (removed.append(path.parent.name), remove(path))[1])
    seen: set[Path] = set()
    writer = create(tmp_path)
    for epoch in range(80):
        settled(writer).append(simple(epoch))
        settled(writer)
        there = set((writer.folder / "tallies").glob("*.parquet"))
        assert seen <= there
        seen = there
        epochs = [epoch for path in there for epoch in range(int(path.name[:6]), int(path.name[7:13]) + 1)]
        assert len(epochs) == len(set(epochs))
    assert set(removed) == {"pending", "batches"}


@pytest.mark.campaign
@pytest.mark.parametrize("eager", [False, *later(True)])
def test_the_power_may_be_cut_at_any_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, eager: bool) -> None:
    """What was safe once stays safe, in batches and beyond, and a resume of it reads the same."""
    writer = create(tmp_path)
    model = Disk(writer.folder, eager=eager)
    model.follow(monkeypatch)
    model.all_is_safe(0)
    for epoch in range(50):
        writer.append(simple(epoch))
        if epoch % 9 == 8:
            settled(writer)
            model.all_is_safe(epoch + 1)
    writer.close()
    cuts = [cut for cut in model.cuts if "batches" in cut.after or any("batches" in name for name in cut.files)]
    monkeypatch.undo()
    assert len(cuts) > 20
    for number, cut in enumerate(cuts[:: max(1, len(cuts) // 12)]):
        left = cut.restore(tmp_path / f"cut-{number}")
        for _ in ("as it is", "after a resume"):
            there = {record.epoch: record for record in read_records(left, faults=[])}
            assert there.keys() >= cut.promised, cut.after
            for epoch in cut.promised:
                assert_same(there[epoch], simple(epoch))
            RunFileWriter.resume(left, begin_line()).close()


def test_a_disk_that_fails_leaves_batches_where_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where they cannot be merged they are read where they stand, and are merged at the end."""
    writer = grown(tmp_path, 32)
    real = disk.rename

    def full(path: Path, target: Path) -> None:
        if target.parent.name == "tallies":
            raise OSError(28, "No space left on device")
        real(path, target)

    monkeypatch.setattr(disk, "rename", full)
    for epoch in range(32, 70):
        writer.append(simple(epoch))
    settled(writer)
    assert len([part for part in batches(writer.folder) if part.kind == "tallies"]) > 2
    assert_whole(writer.folder, 70)
    monkeypatch.undo()
    writer.close()
    assert_whole(writer.folder, 70)
    assert not batches(writer.folder)


def test_killed_between_rename_and_unlink_counts_once(tmp_path: Path) -> None:
    """A batch whose epochs stand in a merged part too, and epochs that stand in a batch too, go at the next resume."""
    writer = grown(tmp_path / "run", 36)
    kept = tmp_path / "kept"
    shutil.copytree(writer.folder / "batches", kept)
    assert list(kept.iterdir())
    writer.close()
    for path in kept.iterdir():
        shutil.copy(path, writer.folder / "batches" / path.name)
    assert_whole(writer.folder, 36)
    RunFileWriter.resume(writer.folder, begin_line()).close()
    assert not batches(writer.folder)
    assert_whole(writer.folder, 36)
    rows = [part.path.name for part in merged_parts(writer.folder, "tallies")]
    assert len(rows) == len(set(rows))


def test_large_parts_wait_for_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a reader would have to read whole for one epoch is not made larger."""
    monkeypatch.setattr(second, "BYTES_IN_A_BATCH", 1)
    writer = grown(tmp_path, 50)
    assert not batches(writer.folder)
    assert {part.last - part.first + 1 for part in merged_parts(writer.folder, "tallies")} == {SMALL}


def test_a_merged_part_of_batches_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of batches that are many bytes together several parts are made."""
    writer, epochs = grown(tmp_path / "run", 100), 100
    while sum(part.kind == "tallies" for part in batches(writer.folder)) < 2:
        settled(writer).append(simple(epochs))
        epochs += 1
        settled(writer)
    monkeypatch.setattr(second, "BYTES_IN_A_PART", 1)
    before = len(merged_parts(writer.folder, "tallies"))
    waiting = len([part for part in batches(writer.folder) if part.kind == "tallies"])
    writer.close()
    assert len(merged_parts(writer.folder, "tallies")) >= before + waiting
    assert_whole(writer.folder, epochs)
