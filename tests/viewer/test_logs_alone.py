"""A regression or a ranking, of which there are logs alone, shows them on every surface, and why there is no more."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

import viewer
from recorder import RunWriter, open_writer
from viewer.cli import main
from viewer.dashboard.header import facts
from viewer.export.report import report
from viewer.formulas import FORMULAS
from viewer.formulas.best import direction
from viewer.frame import Framer
from viewer.kinds import LOGS_ALONE
from viewer.panels.status.bests import bests
from viewer.surfaces.text import dashboard

RANKING = {"train_logloss": 1.0, "val_ndcg@10": 0.5, "val_mrr": 0.4, "val_map": 0.3, "val_recall@5": 0.2}

SIGN = {name: -1 if "loss" in name else 1 for name in RANKING}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: Any) -> Path:
    """A ranking of ten epochs."""
    with RunWriter(tmp_path_factory.mktemp("runs"), name="search") as run:
        for epoch in range(10):
            run.epoch(epoch, logs={name: value + SIGN[name] * epoch / 100 for name, value in RANKING.items()})
    return run.folder


def told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[int, str]:
    """Exit code and all that a command prints."""
    monkeypatch.setattr("sys.argv", ["epochreel", *words])
    with pytest.raises(SystemExit) as end:
        main()
    said = capsys.readouterr()
    return int(end.value.code or 0), said.out + said.err


@pytest.mark.parametrize(("width", "height", "drawn"), [(120, 34, 5), (80, 24, 4), (60, 20, 1), (200, 60, 5)])
def test_the_terminal_draws_every_log_that_has_room(folder: Path, width: int, height: int, drawn: int) -> None:
    """Each in a chart of its own, and below them the values of all and why there is no more."""
    console = Console(file=io.StringIO(), width=width, height=height, color_system=None)
    console.print(dashboard(Framer(viewer.open_run(folder)).frame(), width=width, height=height))
    text = console.file.getvalue()  # type: ignore[attr-defined] # a StringIO
    titles = [name.removeprefix("val_") for name in RANKING]
    assert sum(f"{name} over the epochs" in text for name in titles) == drawn
    assert all(f"{value + SIGN[name] * 0.09:.4f}" in text for name, value in RANKING.items())
    assert "no counts were recorded. Counts are of" in " ".join(text.split())


def test_the_terminal_draws_other_logs_beside_the_formulas(tmp_path: Path) -> None:
    """Where there is room for two, two."""
    rng = np.random.default_rng(0)
    with RunWriter(tmp_path) as run:
        for epoch in range(5):
            logs = {"loss": 1.0, "grad_norm": 2.0 + epoch}
            run.epoch(epoch, logs=logs, val=(rng.integers(0, 2, 20), rng.random(20)))
    console = Console(file=io.StringIO(), width=120, height=34, color_system=None)
    console.print(dashboard(Framer(viewer.open_run(run.folder)).frame(), width=120, height=34))
    text = console.file.getvalue()  # type: ignore[attr-defined] # a StringIO
    assert "loss over the epochs" in text
    assert "grad_norm over the epochs" in text


def test_pictures_and_reports_say_why(folder: Path, tmp_path: Path) -> None:
    """In the header of a picture and of the page, and in a report; the table of bests has every log."""
    framer = Framer(viewer.open_run(folder))
    assert facts(framer.frame()) == f"logs only: no counts were recorded. {LOGS_ALONE}"
    names = [best.label for best in bests(framer.frame(), ())]
    assert names == [name.removeprefix("val_") for name in RANKING]
    report(framer, tmp_path / "report.html")
    assert LOGS_ALONE in (tmp_path / "report.html").read_text()


def test_commands_say_why(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """`metrics` of a formula, `samples` and `choose` refuse in one line; `metrics` of logs and `list` show these."""
    for words in (["metrics", str(folder), "-m", "f1"], ["samples", str(folder)]):
        code, text = told(capsys, monkeypatch, *words)
        assert code == 2
        assert LOGS_ALONE in text
    code, text = told(capsys, monkeypatch, "metrics", str(folder), "-m", "val_ndcg@10", "--format", "csv", "--at", "3")
    assert (code, text) == (0, "epoch,val_ndcg@10\n3,0.53\n")
    code, text = told(capsys, monkeypatch, "list", str(folder.parent))
    assert text.split()[:7] == ["run", "name", "status", "epochs", "val_ndcg@10", "val_mrr", "val_map"]


def test_a_log_is_headed_by_its_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once, whatever splits there are; formulas of counts have theirs before them."""
    truth, score = np.array([0, 1, 1]), np.array([0.1, 0.4, 0.8])
    with RunWriter(tmp_path) as run:
        run.epoch(0, logs={"nll": 0.5, "val_nll": 0.75}, val=(truth, score), train=(truth, score))
    folder = str(run.folder)
    _, text = told(
        capsys, monkeypatch, "metrics", folder, "-m", "nll", "-m", "val_nll", "-m", "recall", "--format", "csv"
    )
    assert text == "epoch,nll,val_nll,val:recall,train:recall\n0,0.5,0.75,0.5,0.5\n"


def test_all_formulas_are_listed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """By name, with other names and what each is; an unknown name points there."""
    code, text = told(capsys, monkeypatch, "formulas", "--format", "csv")
    assert code == 0
    lines = text.splitlines()
    assert lines[0] == "formula,other names,takes,is"
    assert [line.partition(",")[0] for line in lines[1:]] == list(FORMULAS)
    assert any(line.startswith('recall,"tpr, true_positive_rate') for line in lines)


@pytest.mark.parametrize(
    ("log", "higher"),
    [
        ("val_r2", True),
        ("val_ndcg@10", True),
        ("MRR", True),
        ("val_map", True),
        ("mape", False),
        ("rmse", False),
        ("bitmap", None),
        ("learning_rate", None),
    ],
)
def test_which_end_of_a_log_is_good(log: str, higher: bool | None) -> None:
    """As the names of regressions and rankings have it."""
    assert direction(log) is higher


def test_counts_that_were_not_reset_are_told_of_when_they_are_added(tmp_path: Path) -> None:
    """As `RunWriter.epoch` does."""
    from recorder import Counts

    counts = Counts("binary", thresholds=[0.5])
    with RunWriter(tmp_path) as run:
        for epoch in range(2):
            run.epoch(epoch, logs={"loss": 1.0})
    counts.update([0, 1], [0.2, 0.7])
    with open_writer(run.folder, thresholds=[0.5]) as adder:
        adder.add(epoch=0, test=counts)
        with pytest.warns(RuntimeWarning, match=r"test holds what it held before, and more: reset\(\) it"):
            adder.add(epoch=1, test=counts)
