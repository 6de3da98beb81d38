"""Runs that are none, among good ones: no command hangs or stops, and each says what is wrong with which."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import viewer
from recorder import RunWriter
from tests.commands import invoke

GOOD = 2
REASONS = {
    "manifest-fifo": "run.json must be a regular file. Received: a pipe",
    "manifest-socket": "run.json must be a regular file. Received: a socket",
    "manifest-device": "run.json must be a regular file. Received: a link",
    "manifest-folder": "run.json must be a regular file. Received: a folder",
    "manifest-huge": "run.json must have at most 67,108,864 bytes. Received: 53,687,091,200",
    "manifest-garbage": "run.json must follow the run format. Received: b'\\xff\\x00{'",
    "manifest-gone": "run.json must be a regular file. Received: a link",
    "lines-fifo": "epochs.jsonl must be a regular file. Received: a pipe",
    "lines-socket": "epochs.jsonl must be a regular file. Received: a socket",
    "lines-device": "epochs.jsonl must be a regular file. Received: a link",
    "lines-folder": "epochs.jsonl must be a regular file. Received: a folder",
    "lines-huge": "epochs.jsonl must have at most 1,073,741,824 bytes. Received: 53,687,091,200",
}
PARTS = ("part-fifo", "part-device", "part-huge", "part-folder", "parts-fifo", "parts-link", "parts-file")
LOOSE = ("nothing", "fifo", "deep")


def make(path: Path, what: str) -> None:
    """Puts something else in the place of a file or folder."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    match what:
        case "fifo":
            os.mkfifo(path)
        case "socket":
            with socket.socket(socket.AF_UNIX) as server:
                server.bind(os.path.relpath(path))  # a whole path may be too long for a socket
        case "device":
            path.symlink_to("/dev/zero")
        case "gone":
            path.symlink_to("nowhere")
        case "link":
            path.symlink_to(path.parent.parent)
        case "folder":
            path.mkdir()
        case "file":
            path.write_text("nothing")
        case "huge":
            with path.open("wb") as file:
                file.truncate(50 * 2**30)
        case "garbage":
            path.write_bytes(b"\xff\0{")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two good runs among all that can be in the place of a file, and things that are no runs."""
    root = tmp_path_factory.mktemp("runs")
    rng = np.random.default_rng(0)
    good = []
    for _ in range(GOOD):
        with RunWriter(root, name="good") as writer:
            for epoch in range(3):
                writer.epoch(epoch, logs={"loss": 1.0}, val=(np.arange(40) % 2, rng.random(40)))
        good.append(writer.folder)
    for name in (*REASONS, *PARTS):
        run = shutil.copytree(good[0], root / f"29990101-000000-{name}-0000")
        where, what = name.split("-")
        if where == "parts":
            make(run / "tallies", what)
        else:
            part = next((run / "tallies").iterdir())
            make({"manifest": run / "run.json", "lines": run / "epochs.jsonl", "part": part}[where], what)
    (root / "nothing").mkdir()
    os.mkfifo(root / "fifo")
    (root / "deep" / "er" / "still" / "run").mkdir(parents=True)
    (root / "loop").symlink_to(root)
    return root


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """A command in a process of its own, which is ended where it hangs."""
    command = [sys.executable, "-P", "-m", "viewer", *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": str(Path(viewer.__file__).parents[1])}
    return subprocess.run(
        command, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, env=environment, check=False
    )


def test_a_list_has_a_row_for_each_that_says_what_is_wrong(folder: Path) -> None:
    """Those that cannot be opened are `unreadable`; of those that can, the parts that cannot be read are said."""
    done = run("list", folder, "-m", "f1@0.3", "-m", "loss", "--format", "json")
    assert done.returncode == 0, done.stderr
    rows = {row["run"]: row for row in json.loads(done.stdout)}
    names = {name: next(row for run, row in rows.items() if f"-{name}-" in run) for name in (*REASONS, *PARTS)}
    assert len(rows) == GOOD + len(REASONS) + len(PARTS)
    for name, reason in REASONS.items():
        assert names[name]["status"] == "unreadable"
        assert names[name]["problem"].startswith(reason), name
        assert names[name]["loss"] is None
    for name in PARTS:
        assert names[name]["status"] == "finished"
        assert names[name]["loss"] == 1.0
        assert names[name]["f1@0.3"] is None
        assert names[name]["problem"], name
    good = [row for row in rows.values() if "-good-" in row["run"]]
    assert [row["problem"] for row in good] == [None] * GOOD
    assert all(row["f1@0.3"] > 0 for row in good)


def test_a_table_for_people_has_the_same_rows(folder: Path) -> None:
    """Each with its reason."""
    done = run("list", folder)
    assert done.returncode == 0, done.stderr
    assert all(reason in done.stdout for reason in REASONS.values())


def test_runs_that_cannot_be_read_can_be_filtered(folder: Path) -> None:
    """By their status, as all others."""
    done = run("list", folder, "--where", "status != 'unreadable'", "--format", "json")
    assert len(json.loads(done.stdout)) == GOOD + len(PARTS)
    assert len(viewer.list_runs(folder, where="status == 'unreadable'")) == len(REASONS)


def test_a_command_of_one_run_refuses_it_by_name(folder: Path, tmp_path: Path) -> None:
    """One sentence and exit code 2, whichever file it is."""
    options = {"export": ["--to", str(tmp_path / "picture.png")]}
    names = iter(REASONS)
    for command in ("metrics", "samples", "choose", "export", "replay"):
        name = next(names)
        done = run(command, next(folder.glob(f"*-{name}-*")), *options.get(command, []))
        assert done.returncode == 2
        assert " ".join(done.stderr.split()).startswith(f"epochreel: {REASONS[name]}")


@pytest.mark.parametrize(
    "words",
    [
        ["metrics", "RUN", "-m", "f1@0.3"],
        ["choose", "RUN"],
        ["export", "RUN", "--to", "TO"],
        ["compare", "RUN", "GOOD", "-m", "f1@0.3"],
    ],
    ids=lambda words: words[0],
)
def test_what_a_command_could_not_read_is_said_beside_its_result(
    folder: Path, tmp_path: Path, words: list[str]
) -> None:
    """On standard error, once, by run and part."""
    path = next(folder.glob("*-part-fifo-*"))
    good = next(folder.glob("*-good-*"))
    places = {"RUN": path, "GOOD": good, "TO": tmp_path / "picture.png"}
    done = invoke([str(places.get(word, word)) for word in words])
    fault = "000000-000002-a0.parquet must be a regular file. Received: a pipe"
    assert " ".join(done.stderr.split()).count(f"{path.name}: {fault}") == 1, done.output


def test_a_comparison_goes_on_without_them(folder: Path) -> None:
    """And says which are left out, and why, once each."""
    done = run("compare", folder, "-m", "f1", "--format", "json")
    assert done.returncode == 0, done.stderr
    for name, reason in REASONS.items():
        (path,) = folder.glob(f"*-{name}-*")
        assert done.stderr.count(f"{path.name} is left out: {reason}") == 1
    assert "Traceback" not in done.stderr
    assert ".py:" not in done.stderr


def test_following_a_folder_takes_the_newest_that_can_be_read(folder: Path) -> None:
    """A broken run is passed over, whatever its date."""
    from viewer.dashboard.following import Follow

    follow = Follow(folder)
    framer = follow.find()
    assert framer is not None
    assert framer.run.folder.name.split("-")[2] in {name.split("-")[0] for name in PARTS}
    assert {path.name.split("-0000")[0].removeprefix("29990101-000000-") for path in follow.unreadable} <= {*REASONS}
    assert all(reason in REASONS.values() or reason for reason in follow.unreadable.values())


def test_a_file_that_is_replaced_while_it_is_looked_at_is_a_fault(folder: Path, tmp_path: Path) -> None:
    """By a pipe, say: no look hangs, what is known stays, and what is wrong is said until it is mended."""
    good = next(folder.glob("*-good-*"))
    target = shutil.copytree(good, tmp_path / good.name)
    run = viewer.open_run(target)
    make(target / "epochs.jsonl", "fifo")
    make(target / "run.json", "fifo")
    run.refresh()
    assert run.epoch_numbers.tolist() == [0, 1, 2]
    assert run.faults == [REASONS["lines-fifo"], REASONS["manifest-fifo"]]
    for name in ("epochs.jsonl", "run.json"):
        (target / name).unlink()
        shutil.copy(good / name, target / name)
    run.refresh()
    assert run.faults == []
