"""Run files on systems that are not Linux: what they lack, and what they forbid, is put in by hand."""

from __future__ import annotations

import errno
import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from recorder import RunWriter
from recorder.runfile import RunFormatError, disk, door, processes, read_records

ROOT = Path(__file__).parents[3]

ON_WINDOWS = """
import sys
from pathlib import Path
from tests import windows
windows.install()

import numpy as np
from recorder import RunWriter
from recorder.runfile import read_records

def write(writer, epochs):
    for epoch in epochs:
        writer.epoch(epoch, val=([0, 1, 1], [0.1, 0.9, 0.4]), logs={"loss": 1.0 / (epoch + 1)})

root, held = Path(sys.argv[1]), []
writer = RunWriter(root, name="windows")
write(writer, range(3))
held = [path.open("rb") for path in writer.folder.rglob("*") if path.is_file()]  # a viewer, at the worst moment
write(writer, range(3, 140))
assert [record.epoch for record in read_records(writer.folder)] == list(range(140))
writer.close()
kept = {path.name for path in (writer.folder / "pending").iterdir()}
assert kept == {Path(file.name).name for file in held} & kept != set(), "what nobody reads went"
for file in held:
    file.close()
with RunWriter(root, name="windows", resume="must") as writer:
    write(writer, range(140, 150))
assert [record.epoch for record in read_records(writer.folder)] == list(range(150))
assert not list((writer.folder / "pending").iterdir()), "what was kept went when it could"
"""

VIEWED_ON_WINDOWS = """
import viewer
run = viewer.open_run(writer.folder)
assert len(run.metric("mcc")) == 150
run.save(root / "curves.png", layout="curves")
"""


def test_files_that_are_read_while_they_should_go(tmp_path: Path) -> None:
    """On Windows a run whose every file a reader holds open loses nothing, and is tidied when it is let go.

    What Windows lacks is taken away first: `fcntl`, `os.O_NOFOLLOW`, `os.fork`, signals, and to open a folder.
    """
    viewed = VIEWED_ON_WINDOWS if importlib.util.find_spec("matplotlib") else ""  # the recorder comes without it
    script = f"{ON_WINDOWS}{viewed}print('as on Linux')"
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stdout, done.stderr) == (0, "as on Linux\n", "")


def test_a_folder_that_is_another_one_is_a_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A junction of Windows, which its `lstat` calls a folder, is refused like a link."""
    state = SimpleNamespace(st_mode=os.lstat(tmp_path).st_mode, st_reparse_tag=0xA0000003)
    monkeypatch.setattr(door, "os", SimpleNamespace(lstat=lambda path: state))
    with pytest.raises(RunFormatError, match="a link"):
        door.check_folder(tmp_path)


@pytest.mark.parametrize("known", [True, False])
def test_a_mac(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, known: bool) -> None:
    """A disk that knows no `F_FULLFSYNC` is synced with `fsync`; without `/proc` a run is resumed all the same."""
    asked = []

    def fcntl(descriptor: int, command: int) -> None:
        asked.append(command)
        if not known:
            raise OSError(errno.ENOTSUP, "not supported")

    synced = []
    monkeypatch.setattr(disk, "_FULL", 51)
    monkeypatch.setattr(disk, "fcntl", SimpleNamespace(fcntl=fcntl))
    monkeypatch.setattr(os, "fsync", synced.append)
    monkeypatch.setattr(processes, "_fields", lambda pid: None)
    monkeypatch.setattr(processes, "_booted", lambda: None)
    for start in range(2):
        with RunWriter(tmp_path, name="mac", resume="allow", durability="power") as writer:
            writer.epoch(start, val=(np.array([0, 1]), np.array([0.2, 0.8])))
    assert [record.epoch for record in read_records(writer.folder)] == [0, 1]
    assert set(asked) == {51}
    assert len(synced) == (0 if known else len(asked))
