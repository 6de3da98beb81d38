"""The door to a run's files: what is no regular file is refused by name, at once, and nothing waits."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from recorder import RunWriter, open_writer
from recorder.runfile import (
    RunFormatError,
    door,
    is_run,
    open_regular,
    read_lines,
    read_manifest,
    read_records,
    read_regular,
)
from recorder.runfile.layout import merged_parts

from .run_files import create, settled, simple

pytestmark = pytest.mark.timeout(30)  # a reader that waits for a pipe waits for ever


def pipe(path: Path) -> None:
    os.mkfifo(path)


def bound_socket(path: Path) -> None:
    listener = socket.socket(socket.AF_UNIX)
    here = Path.cwd()
    os.chdir(path.parent)  # the name of a socket has at most 108 bytes
    try:
        listener.bind(path.name)
    finally:
        os.chdir(here)
        listener.close()


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def link_out(path: Path) -> None:
    outside = path.parents[2] / "outside"
    outside.write_bytes(b"secret\n")
    path.symlink_to(outside)


def folder(path: Path) -> None:
    path.mkdir()


STRANGERS = [pipe, bound_socket, device, link_out, folder]


@pytest.mark.parametrize("made", STRANGERS, ids=lambda made: made.__name__)
@pytest.mark.parametrize(
    ("name", "read"),
    [("run.json", read_manifest), ("epochs.jsonl", read_lines), ("pending/000000-a0.tallies.parquet", read_records)],
)
def test_what_is_no_regular_file_is_refused(
    tmp_path: Path, made: Callable[[Path], None], name: str, read: Callable[[Path], object]
) -> None:
    """A pipe, a socket, a device, a link and a folder in the place of any file raise one error with the file's name."""
    writer = create(tmp_path / "runs")
    writer.append(simple(0))
    (writer.folder / name).unlink()
    made(writer.folder / name)
    with pytest.raises(RunFormatError, match=rf"{Path(name).name} must be a regular file\. Received: a \w+"):
        read(writer.folder)
    assert is_run(writer.folder), "it is a run, that cannot be read"


@pytest.mark.parametrize("name", ["pending", "tallies"])
def test_a_folder_of_a_run_is_no_link(tmp_path: Path, name: str) -> None:
    """The folders of parts are the run's own: a link to parts elsewhere is refused."""
    writer = create(tmp_path)
    for epoch in range(70):
        writer.append(simple(epoch))
    settled(writer)
    shutil.move(writer.folder / name, tmp_path / "elsewhere")
    (writer.folder / name).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RunFormatError, match=rf"^{name} must be a folder of the run itself\. Received: a link$"):
        read_records(writer.folder)


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    """A manifest of 65 MiB, which takes no room on disk, is refused before it is read."""
    writer = create(tmp_path)
    os.truncate(writer.folder / "run.json", 65 * 2**20)
    with pytest.raises(RunFormatError, match=r"^run\.json must have at most 67,108,864 bytes\. Received: 68,157,440$"):
        read_manifest(writer.folder)


def test_a_file_that_is_replaced_between_look_and_open_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What `open` got is looked at again: a pipe that came after the first look neither blocks nor passes."""
    path = tmp_path / "file"
    path.write_bytes(b"x")
    state = os.lstat(path)
    path.unlink()
    os.mkfifo(path)
    monkeypatch.setattr(os, "lstat", lambda _: state)
    with pytest.raises(RunFormatError, match="a pipe"):
        open_regular(path)


def test_a_regular_file_is_read_whole(tmp_path: Path) -> None:
    """Bytes come as they are; a missing file is a missing file."""
    data = bytes(range(256)) * 9
    (tmp_path / "file").write_bytes(data)
    assert read_regular(tmp_path / "file", most=len(data)) == data
    with open_regular(tmp_path / "file") as file:
        file.seek(250)
        assert file.read(10) == data[250:260]
    with pytest.raises(FileNotFoundError):
        open_regular(tmp_path / "none")


def test_a_folder_of_very_many_files_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By name, once there are more than any run has; up to there all are listed in order."""
    monkeypatch.setattr(door, "MOST_FILES", 9)
    for number in range(9):
        (tmp_path / f"{9 - number}").touch()
    assert [path.name for path in door.entries(tmp_path)] == [str(number) for number in range(1, 10)]
    (tmp_path / "more").touch()
    with pytest.raises(RunFormatError, match=r"must hold at most 9 files\. Received: more$"):
        door.entries(tmp_path)


def _link(path: Path, elsewhere: Path) -> None:
    path.symlink_to(elsewhere)


def _pipe(path: Path, _: Path) -> None:
    os.mkfifo(path)


@pytest.mark.filterwarnings("ignore:.*class names than it began")
@pytest.mark.parametrize("made", [_link, _pipe])
@pytest.mark.parametrize(
    "name", [".run.json.tmp", "pending/.000001-a1.tallies.parquet.tmp", "tallies/.000001-000001-a1.parquet.tmp"]
)
def test_what_is_written_goes_through_no_link(tmp_path: Path, made: Callable[[Path, Path], None], name: str) -> None:
    """A run of somebody may have one where we write before we rename: it goes, and what it leads to stays."""
    precious = tmp_path / "precious"
    precious.write_bytes(b"mine")
    with RunWriter(tmp_path / "runs", name="theirs") as run:
        run.epoch(0, logs={"loss": 1.0}, val=([0, 1], [0.2, 0.8]))
    made(run.folder / name, precious)
    with RunWriter(tmp_path / "runs", name="theirs", resume="must", class_names=["a", "b"]) as again:
        again.epoch(1, logs={"loss": 0.5}, val=([0, 1], [0.2, 0.8]))
    assert precious.read_bytes() == b"mine"
    assert [len(record.tallies) for record in read_records(run.folder)] == [1, 1]
    assert len(merged_parts(run.folder, "tallies")) == 2
    assert not [path for path in run.folder.rglob("*") if path.is_symlink() or path.is_fifo()]


@pytest.mark.parametrize("name", ["pending", "tallies", "samples", "additions", "attempts"])
def test_nothing_is_added_through_a_link(tmp_path: Path, name: str) -> None:
    """`open_writer` refuses a run of which a folder is a link before it writes: what the link leads to stays."""
    with RunWriter(tmp_path / "runs", name="theirs") as run:
        run.epoch(0, val=([0, 1], [0.2, 0.8]))
    elsewhere = tmp_path / "elsewhere"
    if (run.folder / name).exists():
        (run.folder / name).rename(elsewhere)
    else:
        elsewhere.mkdir()
    for taken in ("000000-a1.tallies.parquet", "000000-000000-a1.parquet", "000001.json"):
        (elsewhere / taken).write_bytes(b"mine")
    before = {path: path.read_bytes() for path in elsewhere.iterdir()}
    (run.folder / name).symlink_to(elsewhere)
    with pytest.raises(RunFormatError, match=rf"^{name} must be a folder of the run itself\. Received: a link$"):
        open_writer(run.folder)
    assert {path: path.read_bytes() for path in elsewhere.iterdir()} == before
