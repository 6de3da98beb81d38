"""Where a run stands, and what it is called."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import viewer
from viewer.comparison.compared_run import unique_names
from viewer.comparison.comparison_query import check_at
from viewer.comparison.words import facts
from viewer.run import Run

from .conftest import Record

TRUTH = np.array([0, 0, 1, 1])
RISING = [[0.6, 0.6, 0.3, 0.3], [0.2, 0.6, 0.7, 0.7], [0.2, 0.2, 0.7, 0.7], [0.2, 0.2, 0.7, 0.3]]  # best at epoch 2
LOGS = [{"val_loss": value} for value in (0.9, 0.2, 0.4, 0.5)]


@pytest.mark.parametrize(
    ("at", "epoch"),
    [
        ("last", 3),
        ("best", 1),
        ("best:f1", 2),
        ("best:val_loss", 1),
        ("min:tp + fp", 3),
        ("max:fp", 0),
        (0, 0),
        ("best:fnr", 1),
    ],
)
def test_a_run_stands_where_it_is_told_to(record: Record, at: Any, epoch: int) -> None:
    """Last, best by a formula or log in the direction that is good, an extreme of any expression, or a number."""
    runs = [record(name, RISING, TRUTH, logs=LOGS) for name in "ab"]
    found = viewer.compare(runs, ["f1"], at=[at, "last"])
    assert [compared.epoch("chosen") for compared in found.compared_runs] == [epoch, 3]
    assert [(one.epoch("best"), one.best_by) for one in found.compared_runs] == [(1, "validation loss")] * 2
    asked = viewer.compare(runs, ["f1"], at="best", best="f1").compared_runs
    assert [(one.epoch("best"), one.epoch("chosen"), one.best_by) for one in asked] == [(2, 2, "F1")] * 2
    assert found.compared_runs[0].value(found.query.formulas[0]) == Run(runs[0]).metric("f1")[epoch]


def test_the_last_epoch_is_the_last_that_has_values(record: Record, tmp_path: Any) -> None:
    """Where the split is not counted in every epoch, the last one that was counted is meant."""
    from recorder import RunWriter

    with RunWriter(tmp_path / "runs", name="sparse") as run:
        for epoch in range(4):
            run.epoch(epoch, logs={"loss": 1.0}, **({"val": (TRUTH, np.array(RISING[2]))} if epoch < 3 else {}))
    found = viewer.compare([run.folder, record("a", RISING, TRUTH)], ["f1"])
    assert found.compared_runs[0].epoch("last") == 2


def test_a_value_is_that_of_the_curve_whether_this_is_read_or_not(record: Record) -> None:
    """At the last epoch, at one by number and at the best one: a formula, a log, and what the run lacks."""
    runs = [record(name, RISING, TRUTH, logs=LOGS) for name in "ab"]
    runs.append(record("c", RISING, TRUTH))
    formulas = ["f1", "val_loss", "auc", "recall@0.3"]
    for at in ("last", 1, "best:f1"):
        first, then = (viewer.compare(runs, formulas, at=at) for _ in range(2))
        values = [[compared.value(spec) for spec in first.query.formulas] for compared in first.compared_runs]
        curves = [[compared.values(spec) for spec in then.query.formulas] for compared in then.compared_runs]
        places = [compared.position() for compared in then.compared_runs]
        expected = [[curve[place] for curve in own] for own, place in zip(curves, places, strict=True)]
        np.testing.assert_array_equal(values, expected)
        assert np.isnan(values[2][1])
    assert "val_loss" in first.compared_runs[2].faults
    assert any(note.startswith("c: no val_loss: ") for note in first.notes)


def test_a_run_whose_last_epochs_were_not_counted_stands_at_the_last_that_was(tmp_path: Path) -> None:
    """However far back that is."""
    from recorder import RunWriter

    for name in "ab":
        with RunWriter(tmp_path / "runs", name=name) as run:
            for epoch in range(6):
                run.epoch(epoch, logs={}, **({"val": (TRUTH, np.array(RISING[2]))} if epoch < 2 else {}))
    found = viewer.compare(tmp_path / "runs", ["f1"])
    assert [compared.epoch("last") for compared in found.compared_runs] == [1, 1]


@pytest.mark.parametrize("at", ["best:", "first", "median:f1", True, 1.5, None])
def test_an_unknown_standing_is_refused(at: Any) -> None:
    """The rule names all forms."""
    with pytest.raises(
        ValueError, match=r'^at must be "last", "best", "best:FORMULA", .*, an epoch or a step\. Received: '
    ):
        check_at(at)


def test_the_best_epoch_of_a_comparison_is_that_of_the_run(record: Record) -> None:
    """By the one rule, `max(...)` included; the line of facts says by what; what no run has is refused."""
    runs = [record(name, RISING, TRUTH, logs=LOGS) for name in "ab"]
    for by in (None, "f1", "max(tp + fp)", "val_loss"):
        found = viewer.compare(runs, ["f1"], at="best", best=by)
        best = Run(runs[0]).best(by)
        assert best is not None
        assert [one.epoch("chosen") for one in found.compared_runs] == [best.epoch] * 2
        assert f"each at its best epoch, by {best.by}" in facts(found.compared_runs, found.query)
    for wrong in ("nonsense", "tp + fp"):
        with pytest.raises(viewer.FormulaError):
            viewer.compare(runs, ["f1"], best=wrong)


def test_best_needs_a_good_end() -> None:
    """Of an expression nobody has said which end is good; the message says how to."""
    with pytest.raises(ValueError, match=r"^best needs a formula of which one end is good; say max:tp \+ fp or min:"):
        check_at("best:tp + fp")


def test_names_are_told_apart(binary: Record) -> None:
    """Runs of one name get the end of their folder's name; others keep theirs."""
    runs = [Run(binary(name, seed)) for seed, name in enumerate(["a", "a", "b"])]
    names = unique_names(runs)
    assert names[2] == "b"
    assert len(set(names)) == 3
    assert all(
        name.startswith("a ") and run.folder.name.endswith(name[2:])
        for name, run in zip(names[:2], runs[:2], strict=True)
    )
