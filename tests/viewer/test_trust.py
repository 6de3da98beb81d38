"""What a folder's `epochreel.toml` may do before its user has trusted it: nothing that runs code or lets others in."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from recorder import RunWriter
from viewer.config import resolve, trust_folder
from viewer.trust import STORE, is_trusted, trust, user_folder

SETTINGS = 'formulas = ["mine.py"]\nsamples = "show.py"\naddress = "0.0.0.0"\nmetrics = ["f1"]\nlayout = "curves"\n'
SHOW = "def show(sample):\n    return str(sample)\n"
CODE = "from pathlib import Path\nPath('ran').write_text('')\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current folder as if downloaded, and a user who has trusted nothing yet."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "user"))
    folder = tmp_path / "downloaded"
    folder.mkdir()
    (folder / "epochreel.toml").write_text(SETTINGS)
    (folder / "mine.py").write_text(CODE)
    (folder / "show.py").write_text(SHOW)
    monkeypatch.chdir(folder)
    return folder


def taken() -> tuple[list[str], str, list[str]]:
    settings = resolve(environment={}).settings
    return settings.formulas, settings.address, settings.metrics


def test_code_and_addresses_of_a_folder_count_only_once_it_is_trusted(folder: Path) -> None:
    """Before: neither, and one line names both; what harms nobody counts at once. After: both, and no line."""
    assert taken() == ([], "127.0.0.1", ["f1"])
    found = resolve(environment={})
    assert found.settings.samples is None
    assert found.warning == (
        f"not taken from {folder / 'epochreel.toml'}: formulas, samples, address; read it, then trust it as it is "
        "with: epochreel config --trust"
    )
    trust_folder()
    assert taken() == ([str(folder / "mine.py")], "0.0.0.0", ["f1"])
    found = resolve(environment={})
    assert (found.settings.samples, found.warning) == (str(folder / "show.py"), "")


CHANGES: dict[str, Callable[[Path], object]] = {
    "the settings": lambda folder: (folder / "epochreel.toml").write_text(SETTINGS + "port = 1\n"),
    "the code": lambda folder: (folder / "mine.py").write_text(CODE + "print()\n"),
    "the code of samples": lambda folder: (folder / "show.py").write_text(SHOW + "print()\n"),
    "the code goes": lambda folder: (folder / "mine.py").unlink(),
    "text moves from one file to the other": lambda folder: [
        (folder / "epochreel.toml").write_text(SETTINGS[:-1]), (folder / "mine.py").write_text("\n" + CODE)
    ],
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_the_file_or_of_its_code_ends_the_trust(folder: Path, change: str) -> None:
    """Whatever the bytes were that were read and trusted, others are not; the old ones are again."""
    trust_folder()
    CHANGES[change](folder)
    assert taken()[:2] == ([], "127.0.0.1")
    (folder / "epochreel.toml").write_text(SETTINGS)
    (folder / "mine.py").write_text(CODE)
    (folder / "show.py").write_text(SHOW)
    assert taken()[1] == "0.0.0.0"


def test_trust_in_one_folder_is_none_in_a_copy(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy has other files beside it, which its code may load."""
    trust_folder()
    copy = folder.parent / "copy"
    copy.mkdir()
    for name in ("epochreel.toml", "mine.py", "show.py"):
        (copy / name).write_bytes((folder / name).read_bytes())
    monkeypatch.chdir(copy)
    assert taken()[0] == []


def test_what_the_user_names_themselves_needs_no_trust(folder: Path) -> None:
    """Arguments, the environment and the file in their own configuration folder count as ever."""
    assert resolve({"address": "::1"}, environment={}).settings.address == "::1"
    assert resolve(environment={"EPOCHREEL_FORMULAS": "mine.py"}).settings.formulas == ["mine.py"]
    user_folder().mkdir(parents=True)
    (user_folder() / "epochreel.toml").write_text('formulas = ["own.py"]')
    assert taken()[0] == [str(user_folder() / "own.py")]


def test_a_link_beside_the_work_is_no_way_to_trust(folder: Path) -> None:
    """A link in the folder to a trusted file of another stands for that file, with its code, and no other."""
    trust_folder()
    other = folder.parent / "other"
    other.mkdir()
    (other / "epochreel.toml").symlink_to(folder / "epochreel.toml")
    (other / "mine.py").write_text("raise SystemExit")
    assert resolve(environment={}, files=[other / "epochreel.toml"]).settings.formulas == []


@pytest.mark.parametrize("kept", ["", "{", "[]", '"all"', "{'*': '*'}"])
def test_a_broken_store_trusts_nothing_and_is_written_anew(folder: Path, kept: str) -> None:
    """Whatever the file of trust holds, it is no error, and trust can be given again."""
    user_folder().mkdir(parents=True)
    (user_folder() / STORE).write_text(kept)
    assert taken()[0] == []
    trust_folder()
    assert taken()[0] != []


def test_what_was_trusted_elsewhere_stays_trusted(folder: Path) -> None:
    """One store for many folders."""
    trust_folder()
    trust(folder.parent / "epochreel.toml", b"x", [])
    assert taken()[0] != []
    assert is_trusted(folder.parent / "epochreel.toml", b"x", [])
    assert not is_trusted(folder.parent / "epochreel.toml", b"y", [])


def test_without_a_file_there_is_nothing_to_trust(folder: Path) -> None:
    """The rule, and the folder."""
    (folder / "epochreel.toml").unlink()
    with pytest.raises(ValueError, match=r"^there must be a file epochreel\.toml in the current folder to trust\. "):
        trust_folder()


def test_a_pipe_of_that_name_holds_nobody_up(folder: Path) -> None:
    """Regular files only."""
    (folder / "epochreel.toml").unlink()
    os.mkfifo(folder / "epochreel.toml")
    assert stat.S_ISFIFO((folder / "epochreel.toml").stat().st_mode)
    assert taken() == ([], "127.0.0.1", [])


def epochreel(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-m", "viewer", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_no_command_in_a_downloaded_folder_runs_its_code(folder: Path) -> None:
    """One line on standard error and the result as it would be without; after `config --trust` the code runs."""
    rng = np.random.default_rng(0)
    with RunWriter(folder / "runs") as writer:
        writer.epoch(0, val=(rng.integers(0, 2, 40), rng.random(40)))
    commands = [["list"], ["metrics", "runs"], ["export", "runs", "--to", "x.csv"], ["choose", "runs"], ["config"]]
    for command in commands:
        found = epochreel(*command)
        assert found.returncode == 0, found.stderr
        assert found.stderr.count("not taken from") == 1
        assert not (folder / "ran").exists(), command
    assert epochreel("config", "--trust").returncode == 0
    found = epochreel("list")
    assert (found.returncode, found.stderr) == (0, "")
    assert (folder / "ran").exists()
