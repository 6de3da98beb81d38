"""How a run is started, or gone on with."""

from __future__ import annotations

from pathlib import Path

import pytest

from recorder.runfile import BeginLine, read_lines, read_manifest
from recorder.starting import start_run


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
    assert start_run(tmp_path, name="a", resume="must").folder == wanted.folder


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


def test_a_root_that_cannot_be_made_raises(tmp_path: Path) -> None:
    """A file where the folder of runs should be is an error before the first epoch."""
    (tmp_path / "runs").touch()
    with pytest.raises(FileExistsError):
        start_run(tmp_path / "runs")
