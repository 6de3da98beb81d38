"""The live table where there is an index: the same answers, and no run is opened for what the index knows."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recorder import RunWriter
from viewer.index import answers
from viewer.index.refreshing import refresh
from viewer.listing import live as live_table
from viewer.listing.answer import Question
from viewer.listing.live import LiveRuns
from viewer.listing.row import Row
from viewer.reading.find import INDEX

from .lists import listed

QUESTIONS = [
    Question(),
    Question(sort="mcc", where="points > 1"),
    Question(sort="loss", group="group", where="status == 'finished'"),
    Question(sort="f1@0.3", where="config.lr > 0"),
    Question(sort="best(mcc)"),
]


@pytest.fixture
def copy(runs: Path, tmp_path: Path) -> Path:
    root = tmp_path / "runs"
    shutil.copytree(runs, root, ignore=shutil.ignore_patterns(INDEX))
    return root


def answered(live: LiveRuns, question: Question) -> list[Any]:
    one = live.ask()
    one.question = question
    live.settle()
    texts = ("name", "group", "status", "epochs", "problem", question.sort)
    return [
        (entry.key, *(entry.value(text) for text in texts)) if isinstance(entry, Row) else entry
        for entry in one.answer.entries
    ]


@pytest.mark.parametrize("question", QUESTIONS, ids=str)
def test_the_table_is_the_same(copy: Path, question: Question) -> None:
    """Every order, filter and group, with an index and without."""
    without = answered(LiveRuns(copy), question)
    refresh(copy)
    assert answered(LiveRuns(copy), question) == without


def test_no_run_is_opened_for_what_the_index_knows(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """But what cannot be read; a run that goes on is read itself, and its row is new."""
    refresh(copy)
    met: list[str] = []
    real = live_table._opened
    monkeypatch.setattr(live_table, "_opened", lambda path: met.append(path.name) or real(path))
    moment = [0.0]
    live = LiveRuns(copy, clock=lambda: moment[0])
    assert len(answered(live, Question(sort="f1"))) == len(live.rows)
    assert met == ["20260101-000000-broken-0000"]
    two = np.arange(20) % 2
    with RunWriter(copy, name="plain", resume="allow") as run:
        run.epoch(4, val=(two, two * 0.9))
    moment[0] = 100.0
    rows = {row[0]: row for row in answered(live, Question(sort="f1"))}
    assert rows[run.folder.name][-1] == 1.0
    others = {name for name in met if "-cut-" not in name}  # which runs, as far as anybody knows
    assert others == {run.folder.name, "20260101-000000-broken-0000"}


def test_what_a_list_was_told_the_table_need_not_ask(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answers that are kept beside the index are the table's too."""
    monkeypatch.setattr(answers, "FEW", 1)
    without = answered(LiveRuns(copy), Question(sort="roc_auc"))
    refresh(copy)
    rows = listed(copy, "-m", "roc_auc")
    met: list[str] = []
    real = live_table._opened
    monkeypatch.setattr(live_table, "_opened", lambda path: met.append(path.name) or real(path))
    assert answered(LiveRuns(copy), Question(sort="roc_auc")) == without
    assert set(met) <= {row["run"] for row in rows if row["roc_auc"] is None}


@pytest.mark.parametrize("where", ["config.nothing < 1", "nothing > 0.5", "`exam:f1` > 0.5"])
def test_what_makes_no_sense_is_said(copy: Path, where: str) -> None:
    """In the same words, whether the runs were opened or not."""
    refresh(copy)
    faults = []
    for root in (copy, copy):
        live = LiveRuns(root)
        one = live.ask()
        one.question = Question(where=where)
        live.settle()
        faults.append(one.answer.faults)
        shutil.rmtree(copy / INDEX, ignore_errors=True)
    assert faults[0] == faults[1]
    assert "where" in faults[0]
