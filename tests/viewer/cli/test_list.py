"""`epochreel list` and `viewer.list_runs`: every value against the runs' own, filters against Python's own `eval`."""

from __future__ import annotations

import ast
import csv
import io
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import viewer
from recorder import RunWriter
from tests.commands import invoke
from viewer.listing.where import parse_where

RUNS: list[dict[str, Any]] = [
    {"name": "plain", "config": {"lr": 0.1, "opt": {"name": "sgd"}}},
    {"name": "wide", "group": "seeds", "config": {"lr": 0.0001, "opt": {"name": "adam"}}},
    {"name": "deep", "group": "seeds", "config": {"lr": 0.01}},
    {"name": "three", "config": {"classes": 3}},
    {"name": "logs", "config": {"lr": "warm"}},
]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five runs: three binary, one of three classes validated every second epoch, one of logs only."""
    root, rng = tmp_path_factory.mktemp("runs"), np.random.default_rng(0)
    for number, run in enumerate(RUNS):
        truth = rng.integers(0, 3 if run["name"] == "three" else 2, 60)
        with RunWriter(root, epochs=4, **run) as writer:
            for epoch in range(4 - number % 2):
                if run["name"] == "three":
                    scores: Any = rng.dirichlet(np.ones(3), 60) + np.eye(3)[truth] * number / 4
                    scores = scores / scores.sum(axis=1, keepdims=True)
                else:
                    scores = rng.random(60) * 0.8 + truth * 0.05 * number
                splits = {} if run["name"] == "logs" else {"train": (truth, scores)}
                if splits and (run["name"] != "three" or epoch % 2 == 0):
                    splits["val"] = (truth, scores)
                logs = {"loss": 1 / (1 + epoch + number), "accuracy": 0.5} | ({"val_loss": 2.0} if epoch < 2 else {})
                writer.epoch(epoch, logs=logs, **splits)
    return root


@pytest.fixture(scope="module")
def opened(root: Path) -> dict[str, viewer.Run]:
    return {run.name: run for run in viewer.open_runs(root)}


def asked(root: Path, *words: str) -> str:
    result = invoke(["list", str(root), *words], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def listed(root: Path, *words: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(asked(root, *words, "--format", "json"))
    return rows


def names(root: Path, *words: str) -> list[str]:
    return [row["name"] for row in listed(root, *words)]


def test_formulas_are_those_of_the_newest_counted_epoch(root: Path, opened: dict[str, viewer.Run]) -> None:
    """The last value of each column is the run's own, where validation ran at the last epoch and where it did not."""
    columns = ["f1", "train:mcc", "recall@macro", "f1@0.3", "tp / (tp + fn)", "precision@0"]
    words = [word for column in columns for word in ("-m", column)]
    for row in listed(root, *words):
        run = opened[row["name"]]
        for column in columns:
            split, _, formula = column.rpartition(":")
            if not run.splits():
                assert row[column] is None
                continue
            values = run.metric(formula, split or "val").to_numpy()
            last = values[run.counts(split or "val").index[-1]]
            assert row[column] == pytest.approx(last, nan_ok=True), (row["name"], column)


def test_logs_fields_and_config_are_those_of_the_run(root: Path, opened: dict[str, viewer.Run]) -> None:
    """A log is the last one written; a key that a run has not is nothing; nested keys are joined by dots."""
    for row in listed(root, "-m", "val_loss", "-m", "config.lr", "-m", "config.opt.name", "-m", "loss"):
        run = opened[row["name"]]
        assert row["val_loss"] == 2.0
        assert row["loss"] == run.logs["loss"][-1]
        assert row["config.lr"] == run.manifest.config.get("lr")
        assert row["config.opt.name"] == run.manifest.config.get("opt", {}).get("name")
        assert (row["run"], row["group"], row["status"]) == (run.folder.name, run.manifest.group, "finished")
        assert (row["epochs"], row["planned"]) == (len(run.epoch_numbers), 4)


def test_best_min_and_max_look_at_every_epoch(root: Path, opened: dict[str, viewer.Run]) -> None:
    """They are the extremes of the run's own values."""
    for row in listed(root, "-m", "best(val:f1)", "-m", "best(loss)", "-m", "min(train:f1)", "-m", "max(fp + fn)"):
        run = opened[row["name"]]
        assert row["best(loss)"] == run.logs["loss"].min()
        if run.splits():
            assert row["best(val:f1)"] == pytest.approx(run.metric("f1").max())
            assert row["min(train:f1)"] == pytest.approx(run.metric("f1", "train").min())
            assert row["max(fp + fn)"] == pytest.approx(run.metric("fp + fn").max())


def test_a_formulas_name_is_the_log_of_a_run_without_counts(root: Path, opened: dict[str, viewer.Run]) -> None:
    """`accuracy` of a run of logs only is what it logged, of others the formula."""
    found = {row["name"]: row["accuracy"] for row in listed(root, "-m", "accuracy")}
    assert found["logs"] == 0.5
    assert found["plain"] == pytest.approx(opened["plain"].metric("accuracy").iloc[-1])


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize(
    ("column", "descending"),
    [("val:f1", True), ("loss", False), ("epochs", False), ("config.lr", False), ("fnr", False), ("name", False)],
)
def test_sorting_puts_the_better_end_first(root: Path, column: str, descending: bool, reverse: bool) -> None:
    """The sorted column is shown, in order; runs without a value come last, either way."""
    found = [row[column] for row in listed(root, "--sort", column, *(["--reverse"] if reverse else []))]
    known = [value for value in found if value is not None]
    assert found == known + [None] * (len(found) - len(known))
    assert known == sorted(known, key=lambda v: (isinstance(v, str), v), reverse=descending != reverse)


def test_a_second_sort_decides_between_equals(root: Path) -> None:
    """By group, then by the learning rate."""
    assert names(root, "--sort", "group", "--sort", "config.lr")[-2:] == ["wide", "deep"]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("config.lr < 0.05", ["wide", "deep"]),
        ("config.lr < 0.05 and not name == 'deep'", ["wide"]),
        ("config.opt.name in ('sgd', 'adam')", ["plain", "wide"]),
        ("'ee' in name or epochs == 4 and group == ''", ["plain", "deep", "three", "logs"]),
        ("0.001 <= config.lr <= 0.05", ["deep"]),
        ("config.lr == 'warm'", ["logs"]),
        ("val:f1 > -1 and group == 'seeds'", ["wide", "deep"]),
        ("f1@0.3 > 2", []),
        ("`val:tp + fp + tn + fn` == 60", ["plain", "wide", "deep", "three"]),
        ("best(val:f1) <= 1 and min(loss) < 0.2", ["deep", "three"]),
        ("status == 'running'", []),
        ("name != 'a:b' and group == \"seeds\"", ["wide", "deep"]),
    ],
)
def test_where_keeps_the_runs_of_which_it_is_true(root: Path, where: str, expected: list[str]) -> None:
    """Fields, config, logs and formulas, compared with numbers and strings; what is lacking fulfils nothing."""
    assert names(root, "--where", where) == expected


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--where", "nme == 'a'"], "a name must be a field, a config key, a log or a formula (nearest: name"),
        (["-m", "config.rl"], "a log or a formula (nearest: config.lr, config.classes"),
        (["-m", "los"], "(nearest: loss"),
        (["-m", "test:f1"], "split must be one of ['train', 'val']. Received: 'test'"),
        (["-m", "best(tp + fn)"], "best needs a formula of which one end is good; say max(tp + fn) or min(tp + fn). "),
        (["--where", "name =="], "a filter must compare columns with values. Received: 'name =='"),
        (["--where", "__import__('os').system('x')"], "a filter may hold columns, numbers, strings, comparisons"),
        (["--where", "name.__class__ == 1"], "a filter may hold columns, numbers, strings, comparisons"),
        (["--where", "(lambda: 1)() == 1"], "a filter may hold columns, numbers, strings, comparisons"),
        (["--where", "name == 'x' * 9999999999"], "a filter may hold columns"),
        (["--where", "not " * 50 + "name == 'x'"], "a filter must be nested at most 40 deep."),
        (["--where", "name == 'x' and " * 80 + "name == 'x'"], "a filter must have at most 1000 characters."),
        (["--format", "xml"], "--format must be table, csv or json. Received: xml"),
    ],
)
def test_a_mistake_is_one_sentence(root: Path, words: list[str], said: str) -> None:
    """The rule, the nearest name, what came; and nothing is ever executed."""
    result = invoke(["list", str(root), *words])
    assert isinstance(result.exception, ValueError)
    assert said in str(result.exception)


values = st.sampled_from(["1", "2.5", "-3", "'a'", "'it''s'", "name", "lr", "(1, 2.5, 'a')"])
comparisons = st.builds(
    "{} {} {}".format, values, st.sampled_from(["<", "<=", "==", "!=", ">", ">=", "in", "not in"]), values
)
tests_ = st.recursive(
    comparisons,
    lambda inner: st.one_of(
        st.builds("({} and {})".format, inner, inner), st.builds("({} or {})".format, inner, inner),
        st.builds("not {}".format, inner),
    ),
    max_leaves=6,
)  # fmt: skip


@given(text=tests_, name=st.sampled_from(["a", "it's", None]), lr=st.sampled_from([1, 2.5, -3, None]))
def test_filters_mean_what_they_mean_in_python(text: str, name: str | None, lr: float | None) -> None:
    """The truth of a filter is Python's, but that a comparison that cannot be made does not hold."""
    row = {"name": name, "lr": lr}
    test, _ = parse_where(text)

    def holds(one: Any, how: str, other: Any) -> bool:
        if one is None or other is None:
            return False
        try:
            return bool(eval(f"one {how} other", {"one": one, "other": other}))
        except TypeError:
            return False

    def truth(node: ast.expr) -> bool:
        match node:
            case ast.BoolOp(op=op, values=parts):
                return (all if isinstance(op, ast.And) else any)(map(truth, parts))
            case ast.UnaryOp(operand=operand):
                return not truth(operand)
            case ast.Compare(left=left, comparators=[right]):
                one, other = ast.unparse(left), ast.unparse(right)
                return holds(eval(one, {}, row), ast.unparse(node)[len(one) : -len(other)], eval(other, {}, row))
        raise AssertionError(node)

    assert test(row.__getitem__) == truth(ast.parse(text, mode="eval").body)


def test_csv_and_python_give_the_same_numbers(root: Path) -> None:
    """Whole digits in csv; the DataFrame has a row a run, by its folder's name."""
    frame = viewer.list_runs(root, ["f1", "config.lr"], sort="val:mcc", where="epochs > 0")
    rows = list(csv.DictReader(io.StringIO(
        asked(root, "-m", "f1", "-m", "config.lr", "--sort", "val:mcc", "--where", "epochs > 0", "--format", "csv")
    )))  # fmt: skip
    assert [row["run"] for row in rows] == frame.index.tolist()
    assert frame.columns.tolist() == ["name", "group", "status", "epochs", "planned", "f1", "config.lr", "val:mcc"]
    for row, (_, expected) in zip(rows, frame.iterrows(), strict=True):
        assert (float(row["f1"]) if row["f1"] else math.nan) == pytest.approx(expected["f1"], nan_ok=True, abs=0)
        assert row["config.lr"] == ("" if pd.isna(expected["config.lr"]) else str(expected["config.lr"]))


def test_the_table_is_whole_and_aligned(root: Path, opened: dict[str, viewer.Run]) -> None:
    """Folder names are never cut: they are what one copies. What the filter left out is counted."""
    result = invoke(["list", str(root), "--where", "group == 'seeds'", "-m", "loss"])
    header, *rows = result.stdout.splitlines()
    assert header.split() == ["run", "name", "group", "status", "epochs", "loss"]
    assert [row.split()[0] for row in rows] == [opened[name].folder.name for name in ("wide", "deep")]
    assert {len(row) for row in (header, *rows)} == {len(header)}
    assert "2 of 5 runs" in result.stderr


def test_an_empty_folder_is_an_empty_table(tmp_path: Path) -> None:
    """No runs, no error."""
    assert listed(tmp_path, "--sort", "val:mcc", "--where", "epochs > 1") == []
