"""The live table against `viewer.list_runs`: the same values, order and filter; and how it keeps up with the disk."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import viewer
from recorder import RunWriter
from viewer.formulas import FORMULAS
from viewer.listing.answer import Heading, Question
from viewer.listing.live import LiveRuns
from viewer.listing.row import Row

COLUMNS = ("loss", "val_loss", "mcc", "train:f1@0.3", "best(val:mcc)", "min(loss)", "config.lr", "status", "epochs")
FILTERS = ("", "mcc > 0", "config.lr < 0.05 and epochs >= 2", "name in ('b', 'c') or status == 'running'",
           "not (val_loss > 0.4)", "best(mcc) > 0.2 and group == 'seeds'")  # fmt: skip


def write(root: Path, name: str, epochs: int, *, close: bool = True, **options: Any) -> RunWriter:
    rng = np.random.default_rng(epochs + len(name))
    truth = np.arange(60) % 3 == 0
    writer = RunWriter(root, name=name, **options)
    for epoch in range(epochs):
        score = np.clip(rng.random(60) * 0.7 + 0.05 * (epoch % 5) * truth, 0, 1)
        logs = {"loss": 1 / (1 + epoch)} | ({"val_loss": 1 / (2 + epoch)} if name != "c" else {})
        writer.epoch(epoch, logs=logs, seconds={"epoch": 0.5}, train=(truth, score), val=(truth, score))
    if close:
        writer.close()
    return writer


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs of zero to seven epochs, one that still runs, one of logs only, one broken, two of one folder's name."""
    root = tmp_path_factory.mktemp("runs")
    for number, name in enumerate("abcdef"):
        write(root, name, number + 1, config={"lr": 10.0**-number}, group="seeds" if number % 2 else "")
    write(root, "none", 0)
    running = write(root, "still", 3, close=False, config={"lr": "warm"})
    with RunWriter(root, name="logs") as writer:
        writer.epoch(0, logs={"loss": 0.7})
    (root / "20200101-000000-broken-0000").mkdir()
    (root / "20200101-000000-broken-0000" / "run.json").write_text("{")
    twin = next(root.glob("*-a-*"))
    shutil.copytree(twin, root / "elsewhere" / twin.name)
    root.joinpath("running").write_text(running.folder.name)
    return root


def asked(live: LiveRuns, question: Question) -> list[Any]:
    one = live.ask()
    one.question = question
    live.settle()
    one.visible = (0, len(one.answer.entries))
    live.settle()
    live.leave(one)
    return list(one.answer.entries)


def paths(entries: list[Any]) -> list[str]:
    return [str(entry.path) for entry in entries if isinstance(entry, Row)]


@pytest.fixture(scope="module")
def live(root: Path) -> LiveRuns:
    """One table, asked everything in turn: what it keeps from earlier questions must not show."""
    return LiveRuns(root)


@given(
    columns=st.lists(st.sampled_from(COLUMNS), unique=True, min_size=1, max_size=4),
    where=st.sampled_from(FILTERS), sort=st.sampled_from([*COLUMNS, "created"]), reverse=st.booleans(),
)  # fmt: skip
def test_the_table_is_that_of_list_runs(
    root: Path, live: LiveRuns, columns: list[str], where: str, sort: str, reverse: bool
) -> None:
    """Whatever is shown, filtered and sorted, the rows and their values are those of `viewer.list_runs`."""
    shown = list(dict.fromkeys([sort, *columns]))
    want = viewer.list_runs(root, columns, where=where or None, sort=sort, reverse=reverse)[shown]
    rows = asked(live, Question(columns=tuple(columns), where=where, sort=sort, reverse=reverse))
    found = [[plain(row.value(text)) for text in shown] for row in rows]
    expected = [list(map(plain, line)) for line in want.astype(object).to_numpy().tolist()]
    assert [line[0] for line in found] == [line[0] for line in expected]
    names = [row.path.name for row in rows]
    assert sorted(map(str, zip(names, found, strict=True))) == sorted(map(str, zip(want.index, expected, strict=True)))


def plain(value: Any) -> Any:
    """What pandas and the table hold alike: it turns whole numbers beside gaps to floats, and None to NaN."""
    return None if pd.isna(value) else float(value) if isinstance(value, int | float) else value


@pytest.mark.parametrize(
    "question",
    [
        Question(where="config.lrr < 1"), Question(where="mcc <"), Question(where="nothing > 0.5"),
        Question(columns=("los",)), Question(columns=("config.nothing",)), Question(columns=("f1@1.7",)),
    ],
    ids=lambda question: question.where or question.columns[0],
)  # fmt: skip
def test_what_makes_no_sense_is_said_as_list_runs_says_it(root: Path, live: LiveRuns, question: Question) -> None:
    """A filter or a column that no run can have, or that is malformed, has the words of the same error in Python."""
    with pytest.raises(ValueError) as error:  # noqa: PT011 - its words are compared
        viewer.list_runs(root, question.columns, where=question.where or None)
    one = live.ask()
    one.question, one.visible = question, (0, 3)
    live.settle()
    live.leave(one)
    assert list(one.answer.faults.values()) == [str(error.value)]
    assert not question.columns or one.answer.runs == len(live.rows)  # a column that is wrong hides no run


def test_only_what_is_on_screen_is_computed(root: Path) -> None:
    """Of the rows that are not on screen neither formulas nor curves are computed."""
    live = LiveRuns(root)
    one = live.ask()
    one.question, one.visible = Question(columns=("f1@0.3", "loss")), (2, 4)
    live.settle()
    computed = {row.key for row in live.rows if "f1@0.3" in row.values or row.curves}
    assert computed == {row.key for row in one.answer.entries[2:4] if isinstance(row, Row)}
    assert all(row.shows("f1@0.3") for row in one.rows)


def test_groups_stand_where_their_first_runs_do_and_fold(root: Path, live: LiveRuns) -> None:
    """Each run stands under its group once; those without a group come last; of a folded group the heading stays."""
    question = Question(group="group", sort="loss", reverse=False, folded=frozenset({"seeds"}))
    entries = asked(live, question)
    headings = [entry for entry in entries if isinstance(entry, Heading)]
    assert [(one.name, one.folded) for one in headings] == [("seeds", True), ("", False)]
    assert sum(one.runs for one in headings) == len(live.rows)
    unfolded = asked(live, Question(group="group", sort="loss", reverse=False))
    assert sorted(paths(unfolded)) == sorted(str(row.path) for row in live.rows)
    assert len(unfolded) - len(entries) == headings[0].runs


def test_the_table_keeps_up(tmp_path: Path) -> None:
    """A folder that comes, a run that starts, grows, ends, breaks and goes: each shows at the next look."""
    root, passed = tmp_path / "runs", iter(range(0, 10**6, 60))
    now = [0]
    live = LiveRuns(root, clock=lambda: now[0])
    one = live.ask()
    one.question, one.visible = Question(columns=("loss",)), (0, 9)

    def look() -> list[tuple[Any, ...]]:
        now[0] = next(passed)
        live.settle()
        return [(row.value("name"), row.value("status"), row.value("epochs"), row.value("loss"), row.curves.get("loss"))
                for row in one.rows]  # fmt: skip

    assert look() == []
    assert "There is no folder" in live.waiting
    root.mkdir()
    assert look() == []
    assert "is empty" in live.waiting
    writer = write(root, "first", 0, close=False)
    assert look() == [("first", "running", 0, None, [])]
    assert live.waiting == ""
    writer.epoch(0, logs={"loss": 3.0})
    assert look() == [("first", "running", 1, 3.0, [3.0])]
    writer.epoch(1, logs={"loss": 2.0})
    assert look() == [("first", "running", 2, 2.0, [3.0, 2.0])]
    writer.close()
    assert look() == [("first", "finished", 2, 2.0, [3.0, 2.0])]
    second = write(root, "second", 1).folder
    second = second.rename(second.with_name("99999999-000000-later"))
    assert [row[0] for row in look()] == ["second", "first"]
    (second / "run.json").write_text("{")
    assert look()[0][:2] == (None, "unreadable")
    shutil.rmtree(second)
    assert [row[0] for row in look()] == ["first"]


def test_a_formula_of_the_user_that_fails_is_a_cell_that_says_so(root: Path) -> None:
    """An error of any kind in a column leaves the other columns, and the other runs, as they are."""

    with FORMULAS.layer("test"):

        @viewer.formula
        def explodes(tp: Any) -> Any:
            raise MemoryError("too much")

    try:
        rows = asked(LiveRuns(root), Question(columns=("explodes", "loss")))
    finally:
        FORMULAS.drop("test")
    failed = [row for row in rows if "too much" in row.faults.get("explodes", "")]
    assert {row.value("name") for row in failed} >= {*"abcdef", "still"}  # those that counted something
    assert all(row.value("loss") is not None for row in failed)
