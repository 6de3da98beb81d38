"""A run is found by its path, its name, a part that no other run has, or `latest`; what fits several is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import viewer
from recorder import RunWriter
from recorder.runfile import Manifest, RunFileWriter, begin_line
from tests.commands import invoke
from viewer.cli.completion import run_names
from viewer.reading.find import find_runs
from viewer.reading.naming import SeveralRunsError, latest, run_at, run_named

RUNS = {  # folder: the user's name, and when it was made
    "20260101-000000-base-00a1": ("base", "2026-01-01T00:00:00Z"),
    "20260102-000000-baseline-00b2": ("baseline", "2026-01-02T00:00:00Z"),
    "20260103-000000-baseline-00c3": ("baseline", "2026-01-03T00:00:00Z"),
    "20260104-000000-Laufer-3-00d4": ("Läufer / 3", "2026-01-04T00:00:00Z"),
    "20260105-000000-run-00e5": ("模型", "2026-01-05T00:00:00Z"),
    "my own folder": ("renamed", "2026-01-06T00:00:00Z"),
    "20260107-000000-wide-00ff": ("wide", "2026-01-07T00:00:00.9Z"),
    "20260107-000000-zebra-00f0": ("zebra", "2026-01-07T00:00:00.1Z"),
}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Those runs in `runs`, which is where somebody stands looks for them."""
    monkeypatch.chdir(tmp_path)
    for folder, (name, created) in RUNS.items():
        RunFileWriter.create(tmp_path / "runs", Manifest(run_id=folder, name=name, created=created), begin_line())
    return Path("runs")


@pytest.mark.parametrize(
    ("written", "folder"),
    [
        ("20260102-000000-baseline-00b2", "20260102-000000-baseline-00b2"),
        ("base", "20260101-000000-base-00a1"),  # the name of one, a part of two others
        ("00c3", "20260103-000000-baseline-00c3"),
        ("20260103", "20260103-000000-baseline-00c3"),
        ("ZEB", "20260107-000000-zebra-00f0"),
        ("Läufer / 3", "20260104-000000-Laufer-3-00d4"),
        ("laufer", "20260104-000000-Laufer-3-00d4"),
        ("模型", "20260105-000000-run-00e5"),
        ("型", "20260105-000000-run-00e5"),
        ("my own folder", "my own folder"),
        ("renamed", "my own folder"),
        ("runs/zebra", "20260107-000000-zebra-00f0"),
        ("runs/20260101-000000-base-00a1", "20260101-000000-base-00a1"),
        ("20260101-000000-base-00a1/epochs.jsonl", "20260101-000000-base-00a1"),
    ],
)
def test_what_somebody_writes_finds_the_run_that_is_meant(root: Path, written: str, folder: str) -> None:
    """A name before a part of a name, the folder's before the user's."""
    assert run_at(written, root).name == folder
    assert viewer.open_run(written).folder.name == folder


@pytest.mark.parametrize("written", ["baseline", "2026", "runs/baseline", "runs"])
def test_what_fits_several_lists_them(root: Path, written: str) -> None:
    """The newest first, so that one can be copied."""
    with pytest.raises(SeveralRunsError) as error:
        run_at(written, root)
    message = str(error.value)
    assert message.index("20260103-000000-baseline-00c3") < message.index("20260102-000000-baseline-00b2")


def test_latest_is_the_newest_that_can_be_read(root: Path) -> None:
    """Of two of one second the later one, whatever their names; a broken run is passed over where another is whole."""
    (root / "my own folder").rename(root / "20260106-000000-renamed-00aa")
    assert viewer.open_run("latest").name == "wide"
    for folder in root.glob("20260107*"):
        (folder / "run.json").write_text("{")
    assert viewer.open_run("latest").name == "renamed"
    broken = root / "20260107-000000-wide-00ff"
    assert latest([broken]) == broken  # which then says what is wrong with it


@pytest.mark.parametrize(
    "name", ["", " ", "0d", "2026-", "..", "../runs", "/etc/passwd", "runs/../runs", "~", "nothing"]
)
def test_a_name_among_runs_never_becomes_a_path(root: Path, name: str) -> None:
    """What came over a network as a name opens none but these runs."""
    with pytest.raises(FileNotFoundError, match=r"a run is a folder with a run\.json, or named by its name"):
        run_named(name, sorted(root.iterdir()))


def test_where_there_is_no_run_it_says_where_it_looked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a name; a path that is mistyped is repeated as it came. In the folder of runs itself names are found too."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError) as error:
        viewer.open_run("latest")
    assert str(error.value) == "a run is a folder with a run.json; there is none at or below runs. Received: latest"
    with RunWriter(tmp_path, name="here") as writer:
        writer.epoch(0, logs={"loss": 1.0})
    assert viewer.open_run("latest").name == "here"


def test_the_setting_says_where_names_are_looked_for(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`EPOCHREEL_DIR`, as for every command."""
    root.rename("elsewhere")
    monkeypatch.setenv("EPOCHREEL_DIR", "elsewhere")
    assert viewer.open_run("zebra").folder == Path("elsewhere/20260107-000000-zebra-00f0").absolute()


def test_every_command_takes_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever takes a run, or a folder of runs."""
    monkeypatch.chdir(tmp_path)
    truth, rng = np.arange(40) % 2, np.random.default_rng(0)
    for name in ("first", "second"):
        with RunWriter("runs", name=name) as writer:
            for epoch in range(2):
                writer.epoch(epoch, logs={"loss": 1.0}, val=(truth, rng.random(40)))
    commands = (
        "metrics second", "samples latest", "choose first", "list first", "compare first second --baseline fir",
        "export second --to picture.svg", "export latest --to table.csv",
    )  # fmt: skip
    for command in commands:
        done = invoke(command.split())
        assert done.exit_code == 0, (command, done.output, done.exception)
    assert "second" not in invoke(["list", "first"]).stdout
    assert viewer.compare(["first", "latest"], ["f1"], baseline="sec").names == ["first", "second"]


def test_the_shell_completes_names_but_nothing_that_it_would_run(root: Path) -> None:
    """`latest`, names of one run alone, folders; a name made to be run by a shell is not offered."""
    RunFileWriter.create(
        root, Manifest(run_id="20260108-000000-z$(reboot)-00f1", name="z", created="2026-01-08T00:00:00Z"), begin_line()
    )
    assert run_names("z") == ["zebra"]
    assert run_names("base") == ["base"]  # two are called baseline
    assert run_names("la") == ["latest"]
    assert run_names("20260102") == ["20260102-000000-baseline-00b2"]
    assert {"$", " "}.isdisjoint("".join(run_names("")))


def test_a_link_to_itself_hides_no_run(tmp_path: Path) -> None:
    """Nobody knows what it is; all others are there."""
    with RunWriter(tmp_path, name="one") as run:
        run.epoch(0, logs={"loss": 1.0})
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "round").symlink_to(tmp_path / "about")
    (tmp_path / "about").symlink_to(tmp_path / "round")
    assert [found.name for found in find_runs(tmp_path)] == [run.folder.name if run.folder else ""]
