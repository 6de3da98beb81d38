"""A run may come from anywhere and call itself, its classes, splits, logs and settings anything: it moves no cursor,
writes nowhere else, and is no markup."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from recorder import RunWriter
from tests.conftest import thinned

NASTY = "<script>alert(1)</script>$\\frac{\x1b[2J\x1b]0;title\x07\x9b31m\u202eabc\r\n&'\"|[red]"
SPLITS = ("val", "train", "../../x", "/etc/x", "validation", NASTY)
MOVING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")  # all controls but the end of a line


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A binary run and one of three classes, everything in them named by somebody who means harm."""
    folder, rng = tmp_path_factory.mktemp("hostile"), np.random.default_rng(0)
    for classes in (2, 3):
        names = [f"{NASTY}{number}" for number in range(classes)]
        truth = rng.integers(0, classes, 60)
        scores = rng.dirichlet(np.ones(classes), 60).astype(np.float32)
        arrays = (truth, scores[:, 1] if classes == 2 else scores)
        with RunWriter(
            folder / "runs", name=NASTY, group=NASTY, config={NASTY: {NASTY: NASTY}}, class_names=names
        ) as run:
            for epoch in range(3):
                logs = {"loss": 1.0 / (1 + epoch), NASTY: 2.0, "$x_{": 3.0, "../../log": 4.0}
                run.epoch(epoch, logs=logs, **dict.fromkeys(SPLITS, arrays))
    return folder


def runs(folder: Path) -> list[str]:
    return sorted(f"runs/{path.name}" for path in (folder / "runs").iterdir())


def epochreel(folder: Path, *words: str) -> tuple[str, str]:
    """What a command prints in the folder, on standard output and on standard error, warnings as errors."""
    command = [sys.executable, "-P", "-W", "error::UserWarning", "-m", "viewer", *words]
    where = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "XDG_CONFIG_HOME": str(folder.parent / "user")}
    found = subprocess.run(command, cwd=folder, capture_output=True, env=where, check=False)
    assert found.returncode == 0, found.stderr.decode()
    return found.stdout.decode(), found.stderr.decode()


COMMANDS = [
    "list runs -m name -m group", "list runs --format csv", "list runs --format json", "metrics RUN --split ../../x",
    "metrics RUN --format csv", "metrics RUN --format json", "choose RUN --class 1",
    "choose RUN --class 1 --format json",
    "samples RUN", "samples RUN --format csv", "samples RUN --format json", "compare runs",
    "compare runs --format markdown", "compare runs --format json", "compare runs --format csv --what config",
]  # fmt: skip


@pytest.mark.parametrize("command", thinned(COMMANDS, every=4))
def test_no_name_moves_the_cursor_of_a_terminal(folder: Path, command: str) -> None:
    """Nothing but printable characters and ends of lines is printed; JSON is JSON."""
    words = command.replace("RUN", runs(folder)[-1]).split()
    stdout, stderr = epochreel(folder, *words)
    assert stdout
    assert MOVING.findall(stdout + stderr) == []
    if "json" in command:
        json.loads(stdout)


def test_every_file_stays_in_the_folder_that_was_named(folder: Path) -> None:
    """Each split of a TensorBoard export has a folder of its own, below the target and nowhere else."""
    before = {path for path in folder.rglob("*") if path.is_dir()}
    for run in runs(folder):
        _, stderr = epochreel(folder, "export", run, "--to", "out/logs/tensorboard")
        assert MOVING.findall(stderr) == []
    targets = [folder / "out" / "logs" / "tensorboard" / Path(run).name for run in runs(folder)]
    made = {path for path in folder.rglob("*") if path.is_dir()} - before
    of_splits = [path for target in targets for path in target.iterdir() if path.is_dir()]
    assert made == {*targets, *of_splits, *(folder / "out" / part for part in (".", "logs", "logs/tensorboard"))}
    assert len(of_splits) == len(targets) * len(SPLITS)
    assert not Path("/etc/x").exists()
    assert all(len(list(path.glob("*tfevents*"))) == 1 for path in of_splits)


PICTURES = ["curves scores / matrix classes samples / status pr roc", "surface:f1 calibration threshold"]


@pytest.mark.campaign
@pytest.mark.parametrize("layout", PICTURES)
def test_names_are_drawn_as_they_are(folder: Path, layout: str) -> None:
    """No dollar sign begins mathematics, no character lacks its glyph, and no panel fails."""
    for number, run in enumerate(runs(folder)):
        words = ["export", run, "--to", f"{number}.svg", "--layout", layout, "--size", "1600x1000"]
        assert "wrote" in epochreel(folder, *words)[1]
        text = (folder / f"{number}.svg").read_text()
        assert MOVING.findall(text) == []
        assert "Warning" not in text


def test_pages_hold_names_as_text(folder: Path) -> None:
    """Of reports and films: no tag, no attribute and no script is made of a name, and none turns the direction."""
    import html.parser

    for file in ("report.html", "film.html"):
        epochreel(folder, "export", runs(folder)[0], "--to", file, "--size", "640x480")
        text = (folder / file).read_text()
        assert MOVING.findall(text) == []
        assert "<script>alert" not in text
        tags: list[str] = []
        parser = html.parser.HTMLParser()
        parser.handle_starttag = lambda tag, attrs: tags.append(tag)  # type: ignore[method-assign] # noqa: B023
        parser.feed(text)
        assert tags.count("script") == tags.count("section") + (file == "film.html")  # of a slider, of the film
        scripts = "".join(re.findall(r"<script>(.*?)</script>", text, re.DOTALL))
        decoded = re.sub(r"\\\\|\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)) if found[1] else "", scripts)
        assert MOVING.findall(decoded) == []  # nor is any in what a script puts into the page
        assert "\\x1b[2J" in text  # it is there to be seen


def test_a_message_cannot_move_the_cursor_either(folder: Path) -> None:
    """What a user is told is wrong, with what the run calls it."""
    command = [sys.executable, "-P", "-m", "viewer", "metrics", runs(folder)[0], "--split", "\x1b[2Jnone"]
    found = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert found.returncode == 2
    assert MOVING.findall(found.stderr) == []
