"""How a run is started, or gone on with."""

from __future__ import annotations

import errno
import os
import shutil
import warnings
from pathlib import Path
from typing import Any

import pytest

from recorder import RunRecorder, RunWriter
from recorder.runfile import BeginLine, EpochRecord, disk, read_lines, read_manifest, read_records
from recorder.starting import start_run

from . import disks


def test_wrong_arguments_raise_before_anything_is_made(tmp_path: Path) -> None:
    """Each argument of a start that breaks its rule raises with the rule and what came, and leaves no folder."""
    root = tmp_path / "runs"
    with pytest.raises(ValueError, match=r'^resume must be "never", "allow" or "must"\. Received: \'maybe\'$'):
        start_run(root, resume="maybe")
    with pytest.raises(ValueError, match=r"^name must be a string that is not empty\. Received: ''$"):
        start_run(root, name="")
    with pytest.raises(TypeError, match=r"^config must be a mapping that JSON can hold\. Received: "):
        start_run(root, config={"f": lambda: 0})
    with pytest.raises(ValueError, match=r"^class_names must be a sequence of strings\. Received: 'ab'$"):
        start_run(root, class_names="ab")
    with pytest.raises(FileNotFoundError, match=r'^resume="must" needs a run named \'x\' to go on with\.'):
        start_run(root, name="x", resume="must")
    assert not root.exists()


def test_resume_allow_goes_on_with_the_newest_of_that_name(tmp_path: Path) -> None:
    """`resume="allow"` starts a run where there is none and goes on with it where there is; "never" makes another."""
    first = start_run(tmp_path, name="a", resume="allow")
    other = start_run(tmp_path, name="b")
    again = start_run(tmp_path, name="a", resume="allow")
    assert again.folder == first.folder != other.folder
    assert (first.attempt, again.attempt) == (0, 1)
    assert start_run(tmp_path, name="a").folder != first.folder


def test_no_two_starts_share_a_folder(tmp_path: Path) -> None:
    """Twenty starts of one name within a second are twenty runs, named so that they sort by start."""
    folders = [start_run(tmp_path, name="a b/ü").folder for _ in range(20)]
    assert len(set(folders)) == 20
    assert all(folder.name[15:].startswith("-a-b-u-") and folder.parent == tmp_path for folder in folders)


def test_a_folder_that_is_no_run_is_passed_over(tmp_path: Path) -> None:
    """A broken manifest, or one of a newer version, in the folder of runs does not keep a resume from its run."""
    wanted = start_run(tmp_path, name="a")
    for name, manifest in (("29991231-000000-a-0000", "{"), ("29991231-000000-a-0001", '{"format": "9.0"}')):
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.json").write_text(manifest)
    with pytest.warns(RuntimeWarning, match="a-000[01] is too broken to go on with: ") as said:
        assert start_run(tmp_path, name="a", resume="must").folder == wanted.folder
    assert len(said) == 2


def test_a_start_says_what_is_planned_and_by_whom(tmp_path: Path) -> None:
    """Begin line and manifest tell process, planned epochs and versions; no path of the machine is in them."""
    writer = start_run(tmp_path, versions={"keras": "3"}, epochs=7)
    (line,) = read_lines(writer.folder)
    assert isinstance(line, BeginLine)
    assert (line.attempt, line.epochs) == (0, 7)
    manifest = read_manifest(writer.folder)
    assert manifest.versions["keras"] == "3"
    assert manifest.pid == line.pid > 0
    for file in ("run.json", "epochs.jsonl"):
        assert str(tmp_path) not in (writer.folder / file).read_text()


def test_a_root_that_no_system_can_name_is_refused() -> None:
    """With the rule, as all that is wrong before the first epoch."""
    with pytest.raises(ValueError, match=r"^root must be a path, without NUL\. Received: 'runs\\x00x'$"):
        RunWriter("runs\0x")


def test_a_root_that_cannot_be_made_raises(tmp_path: Path) -> None:
    """A file where the folder of runs should be is an error before the first epoch."""
    (tmp_path / "runs").touch()
    with pytest.raises(FileExistsError):
        start_run(tmp_path / "runs")


def test_a_full_disk_at_the_start_is_waited_for(tmp_path: Path) -> None:
    """On a disk where no byte can be written a start warns once, leaves nothing half made, and makes the run later."""
    root = tmp_path / "runs"
    with disks.full():
        with pytest.warns(RuntimeWarning, match=r"^epochreel cannot write .*/runs: .*File too large") as caught:
            writer = start_run(root, name="late", epochs=9)
        writer.append(EpochRecord(epoch=0, logs={"loss": 1.0}))
        assert writer.folder is None
        assert list(root.iterdir()) == []
    assert len(caught) == 1
    writer.append(EpochRecord(epoch=1, logs={"loss": 0.5}))
    writer.close()
    assert [(record.epoch, record.logs["loss"]) for record in read_records(writer.folder)] == [(0, 1.0), (1, 0.5)]
    assert [folder.name for folder in root.iterdir()] == [writer.folder.name]
    assert read_lines(writer.folder)[0].epochs == 9


@pytest.mark.parametrize("call", ["write_whole", "sync_way"])
@pytest.mark.parametrize("stubborn", [False, True])
def test_a_start_that_was_done_and_failed_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, stubborn: bool
) -> None:
    """The manifest has its name, and the disk says that it failed: the next start is the only run that there is.

    Also where what came of the first one cannot be removed at once.
    """
    plain, unlink = getattr(disk, call), os.unlink

    def done_and_failed(*given: Any, **options: Any) -> None:
        plain(*given, **options)
        raise OSError(errno.ESTALE, "stale")

    def refused(path: Any, **options: Any) -> None:
        raise OSError(errno.ESTALE, "stale")

    monkeypatch.setattr(disk, call, done_and_failed)
    monkeypatch.setattr(os, "unlink", refused if stubborn else unlink)
    with pytest.warns(RuntimeWarning, match="cannot write"):
        writer = start_run(tmp_path, name="a", durability="power")
    monkeypatch.undo()
    assert writer.folder is None
    writer.append(EpochRecord(epoch=0))
    assert list(tmp_path.iterdir()) == [writer.folder]
    assert [record.epoch for record in read_records(writer.folder)] == [0]


@pytest.mark.filterwarnings("ignore:epochreel cannot write")
@pytest.mark.parametrize("code", [errno.ESTALE, errno.EACCES, errno.EIO])
@pytest.mark.parametrize("call", ["open", "stat", "lstat", "mkdir", "rename", "replace", "listdir", "scandir", "fsync"])
def test_no_call_of_the_system_stops_a_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, code: int
) -> None:
    """Whichever of them fails below the folder of runs, a training goes on, and its epochs are there in the end."""
    plain = getattr(os, call)

    def failing(path: Any, *given: Any, **options: Any) -> Any:
        if isinstance(path, int) or str(path).startswith(str(tmp_path)):
            raise OSError(code, os.strerror(code))
        return plain(path, *given, **options)

    for resume in ("never", "allow"):
        with monkeypatch.context() as patched:
            patched.setattr(os, call, failing)
            writer = start_run(tmp_path / resume, name="a", resume=resume)
            writer.append(EpochRecord(epoch=0))
        writer.append(EpochRecord(epoch=1))
        writer.close()
        assert [record.epoch for record in read_records(writer.folder)] == [0, 1]


def test_a_run_that_the_disk_never_took_is_named_at_the_end(tmp_path: Path) -> None:
    """A disk that stays full costs two warnings: that it is, and what was not recorded."""
    with disks.full():
        with pytest.warns(RuntimeWarning, match="cannot write"):
            writer = start_run(tmp_path / "runs")
        writer.append(EpochRecord(epoch=0))
        with pytest.warns(RuntimeWarning, match=r"^epochreel could not record 1 epoch, from 0 to 0$"):
            writer.close()


def test_a_root_stays_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative root and one of `~` are what they were at construction, for writers and recorders alike."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    run = RunWriter("relative")
    recorder = RunRecorder("~/runs")
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    run.epoch(0, val=([0, 1], [0.2, 0.8]))
    run.close()
    assert run.folder.parent == tmp_path / "relative"
    assert [record.epoch for record in read_records(run.folder)] == [0]
    assert recorder._start["root"] == tmp_path / "home" / "runs"
    assert start_run("~/runs").folder.parent == tmp_path / "home" / "runs"
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize(
    "root", ["s3://key:secret@bucket/runs", "s3://bucket/runs?sig=secret", "file:///tmp/../x", "memory://"]
)
@pytest.mark.parametrize("made", [RunRecorder, RunWriter, start_run])
def test_what_is_no_address_is_refused(root: str, made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A password, a signature, a way up or no bucket is refused in one sentence, without the secret, and no folder."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=r"^an address must .+ Received: \w+://") as refused:
        made(root)
    assert "secret" not in str(refused.value)
    assert not list(tmp_path.iterdir())


def test_a_resume_that_is_given_something_else_says_so_once(tmp_path: Path) -> None:
    """Another config, group or class names than the run began with are in the line of the start, and in one warning."""
    first = start_run(tmp_path, config={"lr": 0.1}, group="a", class_names=["no", "yes"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        start_run(tmp_path, resume="must")
        start_run(tmp_path, resume="must", config={"lr": 0.1}, group="a", class_names=("no", "yes"))
    with pytest.warns(
        RuntimeWarning, match=r"goes on with other values of config and group than it began with"
    ) as said:
        start_run(tmp_path, resume="must", config={"lr": 0.2}, group="b", class_names=["no", "yes"])
    assert len(said) == 1
    assert first.folder is not None
    begins = [line for line in read_lines(first.folder) if isinstance(line, BeginLine)]
    given = [(line.config, line.group, line.class_names) for line in begins]
    assert given == [(None, None, None)] * 3 + [({"lr": 0.2}, "b", None)]
    assert read_manifest(first.folder).config == {"lr": 0.1}, "what the run began with"


def test_durability_is_one_of_two(tmp_path: Path) -> None:
    """What an epoch survives is "process" or "power"; both are recorded alike."""
    with pytest.raises(ValueError, match=r'^durability must be "process" or "power"\. Received: True$'):
        start_run(tmp_path, durability=True)
    writer = start_run(tmp_path, durability="power")
    writer.append(EpochRecord(epoch=0, logs={"loss": 1.0}))
    writer.close()
    assert writer.folder is not None
    assert len(read_records(writer.folder)) == 1


def test_a_damaged_line_stops_no_resume(tmp_path: Path) -> None:
    """A run with a line that is none is gone on with, as a viewer reads on; the damage stays where it is."""
    first = start_run(tmp_path, name="a")
    first.append(EpochRecord(epoch=0, logs={"loss": 1.0}))
    assert first.folder is not None
    lines = first.folder / "epochs.jsonl"
    lines.write_bytes(lines.read_bytes() + b'{"event": "epoch", "attempt": 0, "epo\0\0\n')
    again = start_run(tmp_path, name="a", resume="must")
    again.append(EpochRecord(epoch=1, logs={"loss": 0.5}))
    again.close()
    assert (again.folder, again.attempt) == (first.folder, 1)
    faults: list[str] = []
    assert [record.epoch for record in read_records(first.folder, faults=faults)] == [0, 1]
    assert len(faults) == 1
    assert b"\0\0\n" in lines.read_bytes()


def test_a_run_that_lost_its_lines_is_gone_on_with(tmp_path: Path) -> None:
    """Where `epochs.jsonl` is gone a resume makes another."""
    first = start_run(tmp_path, name="a")
    assert first.folder is not None
    (first.folder / "epochs.jsonl").unlink()
    again = start_run(tmp_path, name="a", resume="must")
    again.append(EpochRecord(epoch=1))
    assert [record.epoch for record in read_records(first.folder)] == [1]


def _empty_manifest(folder: Path) -> None:
    (folder / "run.json").write_bytes(b"")


def _file_for_claims(folder: Path) -> None:
    (folder / "attempts").touch()


def _link_for_lines(folder: Path) -> None:
    (folder / "epochs.jsonl").rename(folder / "lines")
    (folder / "epochs.jsonl").symlink_to("lines")


def _file_for_pending(folder: Path) -> None:
    shutil.rmtree(folder / "pending")
    (folder / "pending").touch()


@pytest.mark.parametrize("damage", [_empty_manifest, _file_for_claims, _link_for_lines, _file_for_pending])
@pytest.mark.parametrize("name", ["a b", None])
@pytest.mark.filterwarnings("ignore:epochreel")
def test_a_run_too_broken_to_go_on_with_is_named(tmp_path: Path, damage, name: str | None) -> None:
    """`resume="allow"` names it in one warning and begins a new run; "must" raises; the broken one is left as it is."""
    first = start_run(tmp_path, name=name)
    first.append(EpochRecord(epoch=0))
    first.close()
    assert first.folder is not None
    damage(first.folder)
    left = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*"))
    with pytest.raises((FileNotFoundError, FileExistsError, ValueError)):
        start_run(tmp_path, name=name, resume="must")
    with pytest.warns(RuntimeWarning, match=rf"^epochreel: {first.folder.name} is too broken to go on with: ") as said:
        again = start_run(tmp_path, name=name, resume="allow")
    assert len(said) == 1
    assert again.folder not in (None, first.folder)
    again.append(EpochRecord(epoch=0))
    again.close()
    there = (path for path in tmp_path.rglob("*") if not path.is_relative_to(again.folder))
    assert sorted(path.relative_to(tmp_path) for path in there if path.name != "attempts" or path.is_file()) == [
        path for path in left if path.name != "attempts" or damage is _file_for_claims
    ]
