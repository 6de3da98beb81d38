"""Whatever is mistyped, a command says in one line what the rule is and what came, and ends with code 2."""

from __future__ import annotations

import gc
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from recorder import RunWriter
from tests.commands import invoke
from viewer.cli import app, main
from viewer.cli.app import asked

BAD = """
list nowhere                              a folder of runs must exist. Received: nowhere
list --where "config.lr <"                a filter must compare columns with values.
list --sort nothing                       a name must be a field, a config key, a log or a formula
list -m f1@@                              what stands behind an @, must not be empty.
list --format xml                         --format must be table, csv or json. Received: xml
list --threshold 2                        or equal to 1. Received: 2 (epochreel list --help)
list --where 'lr < 1'                     (nearest: config.lr). Received: 'lr'
list --split nope                         split must be one of ['train', 'val']. Received: 'nope'
list --formulas nope.py                   a file of formulas must exist. Received: nope.py
list --formulas bad.py                    bad.py, line 1: SyntaxError:
metrics                                   Missing argument 'RUN'. (epochreel metrics --help)
metrics nowhere                           or named by its name, a part of it, or latest. Received: 'nowhere'
metrics file.txt                          a part of it, or latest. Received: 'file.txt'
metrics s                                 a name must be of one run; this one fits 2, the newest first:
metrics lugs                              latest (nearest: logs). Received: 'lugs'
list s                                    a name must be of one run; this one fits 2, the newest first:
watch s --text                            a name must be of one run; this one fits 2, the newest first:
metrics RUN -m "tp +"                     Received: 'tp +'
metrics RUN -m nope                       Received: 'nope'
metrics RUN -m f1@7.5                     threshold must be in [0, 1]. Received: 'f1@7.5'
metrics RUN -m "__import__('os')"         Received:
metrics RUN --split nope                  split must be one of
metrics RUN --threshold nan               threshold
metrics RUN --prevalence 1.5              prevalence must be in
metrics LOGS -m mcc                       the run must have counts for this; it has logs only: loss
export RUN                                --to must say what to write: .png
export RUN LOGS --to x.png                export writes one run; two runs beside each other: epochreel compare RUN RUN
export RUN --to x.xyz                     --to must end in one of
export RUN --to nowhere/x.png             the folder of --to must exist. Received: nowhere/x.png
export RUN --to x.png --size 10x10        --size must be WIDTHxHEIGHT, from 320x240 to 16384x16384. Received: 10x10
export RUN --to x.png --size 90000x90000  to 16384x16384. Received: 90000x90000
export RUN --to x.png --layout nopanel    a panel must be one of
export RUN --to x.png --theme pink        theme must be light or dark. Received: 'pink' (from argument)
export RUN --to x.png --epoch 99          epoch must be a recorded one (0 to 1; nearest: 1). Received: 99
export RUN --to f.gif --start 1 --stop 0  --stop must not be before --start. Received: 0 and 1
export RUN --to t.csv --what nothing      --what must be one of
compare RUN                               a comparison needs two runs or more. Received: 1
compare RUN LOGS -m nope                  a name must be a formula, a count or a log (nearest: npv
compare RUN LOGS --at someday             Received: 'someday'
choose RUN --recall 2                     Received: 2
choose RUN --epoch never                  a point of a run must be best, last, a number,
choose RUN --split nope                   split must be one of
choose RUN --output nope                  Received: 'nope'
samples RUN --class nope                  Received:
samples RUN --hardest 5 --forgotten       not several. Received: 2 of them
samples RUN --to x.doc                    --to must end in one of .csv .parquet .json. Received: x.doc
samples LOGS                              the run must have counts for this; it has logs only: loss
import tensorboard nowhere                must hold event files (*tfevents*). Received: nowhere
import csv nowhere.csv                    No such file or directory: nowhere.csv
import predictions nowhere.csv            No such file or directory: nowhere.csv
import mlflow nowhere.db                  No such file or directory: nowhere.db
import wandb nowhere.wandb                No such file or directory: nowhere.wandb
import trackio nowhere.db                 No such file or directory: nowhere.db
import neptune nowhere                    No such file or directory: nowhere
import csv file.txt                       must begin with a header that has the column epoch. Received: 'hi'
export RUN --to x.png -m precison         a name must be a formula, a count or a log (nearest: precision,
export RUN --to x.mp4 -m 'tp / (tp + fx)' (nearest: fp,
export RUN --to r-report.html -m mccc     (nearest: mcc
export RUN --to x.csv -m precison         (nearest: precision,
export RUN --to tensorboard -m precison   (nearest: precision,
export RUN --to x.png -m f1@macor         one of ['negative', 'positive']. Received: 'macor'
export RUN --to x.png -m trian:f1         split must be one of
export RUN --to x.png --layout "scores curves:precison"  (nearest: precision,
export RUN --to x.png --layout surface:mccc              (nearest: mcc
export RUN --to folder.png                --to must be a file; there is a folder of that name. Received: folder.png
samples RUN --to folder.csv               must be a file; there is a folder of that name. Received: folder.csv
choose RUN --for precison                 that has none of its own (nearest: precision,
list runs -m 'best(mccc)'                 say max(mccc) or min(mccc) (nearest: mcc
replay RUN --web --address 192.0.2.1      address must be one of this machine. Received: 192.0.2.1
watch /dev/null --text                    a folder of runs must be a folder. Received: /dev/null
config --format yaml                      --format must be table or json. Received: yaml
config --trust                            there must be a file epochreel.toml in the current folder to trust.
watch file.txt --text                     a folder of runs must be a folder. Received: file.txt
watch --text --layout nopanel             a panel must be one of
replay nowhere --text                     or named by its name, a part of it, or latest. Received: 'nowhere'
replay RUN --text --start 99              epoch must be a recorded one (0 to 1; nearest: 1). Received: 99
nocommand                                 No such command 'nocommand'. (epochreel --help)
""".strip().splitlines()
TOLD = ("waiting for a run", "at or below")  # before the mistake is met


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with counts, one with logs only, and files that are neither."""
    folder, rng = tmp_path_factory.mktemp("bad"), np.random.default_rng(0)
    truth = rng.integers(0, 2, 40)
    with (
        RunWriter(folder / "runs", name="counts", config={"lr": 0.1}) as counts,
        RunWriter(folder / "runs", name="logs") as logs,
    ):
        for epoch in range(2):
            arrays = truth, rng.random(40)
            counts.epoch(epoch, train=arrays, val=arrays)
            logs.epoch(epoch, logs={"loss": 1.0})
    (folder / "file.txt").write_text("hi\n")
    (folder / "folder.png").mkdir()
    (folder / "folder.csv").mkdir()
    (folder / "bad.py").write_text("x = (\n")
    return folder


@pytest.fixture(autouse=True)
def undone(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """What the command line sets for its process is put back."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    threshold, showwarning = gc.get_threshold(), warnings.showwarning
    yield
    gc.set_threshold(*threshold)
    warnings.showwarning = showwarning


@pytest.mark.parametrize("line", BAD, ids=[line.split("  ")[0] for line in BAD])
def test_a_mistake_is_one_line_and_exit_code_2(
    line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No traceback, no box: the rule and what came; nothing is written."""
    import shlex

    command, _, said = line.partition("  ")
    runs = {name: str(path) for name in ("counts", "logs") for path in Path("runs").glob(f"*-{name}-*")}
    words = shlex.split(command.replace("RUN", runs["counts"]).replace("LOGS", runs["logs"]))
    before = sorted(Path().rglob("*"))
    monkeypatch.setattr(sys, "argv", ["epochreel", *words])
    with pytest.raises(SystemExit) as caught:
        main()
    lines = [text for text in capsys.readouterr().err.splitlines() if not any(told in text for told in TOLD)]
    assert caught.value.code == 2, lines
    assert len(lines) == 1, lines
    assert lines[0].startswith("epochreel: ")
    assert said.strip() in lines[0]
    assert sorted(Path().rglob("*")) == before


@pytest.mark.parametrize("words", [[], ["import"]], ids=str)
def test_without_a_command_the_help_is_shown_and_no_more(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And nothing is called a mistake."""
    monkeypatch.setattr(sys, "argv", ["epochreel", *words])
    with pytest.raises(SystemExit) as caught:
        main()
    said = capsys.readouterr()
    assert caught.value.code in (0, 2)  # of click before 8.2, and after
    assert said.err == ""
    assert " ".join(["Usage: epochreel", *words]) in said.out


def test_one_command_alone_says_what_all_of_them_say() -> None:
    """A command is made without the others; its help, and what is said of a word that is none, are the same."""
    names = ["list", "config", "import"]
    for words in [[name, "--help"] for name in names] + [["lost"], ["lis"], ["--help"], ["import", "nothing"]]:
        alone, among_all = invoke(words), CliRunner().invoke(app, words)
        assert (alone.exit_code, alone.output) == (among_all.exit_code, among_all.output)
    assert [len(asked([name]).registered_commands) for name in names] == [1, 1, 0]


def test_a_reader_that_has_enough_is_no_error(folder: Path) -> None:
    """`epochreel list | head -1`: no traceback about a broken pipe."""
    command = f"{sys.executable} -P -m viewer list --format csv | true"
    found = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert found.stderr == ""


def test_ctrl_c_while_it_starts_is_no_traceback() -> None:
    """What a command is made of takes a moment to import, in which somebody may have thought better of it."""
    script = """
import sys
from importlib.abc import MetaPathFinder

class Interrupts(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "viewer.cli.listing":
            raise KeyboardInterrupt

sys.meta_path.insert(0, Interrupts())
from viewer.__main__ import main
main()
"""
    done = subprocess.run([sys.executable, "-c", script, "list"], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
