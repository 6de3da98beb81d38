"""What is asked of recorded runs: operating points and dynamics, against the arrays that were recorded."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import f1_score

import viewer
from recorder import RunWriter
from recorder.runfile import Samples
from viewer.run import Run
from viewer.statistics.goal import Goal
from viewer.statistics.picking import UnreachableGoalError

GRID = [0.0, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 1.0]
EPOCHS, SAMPLES = 6, 120


@dataclass
class Recorded:
    run: Run
    truth: np.ndarray
    scores: list[np.ndarray]


def record(root: Path, kind: Any, *, classes: int = 1, **options: Any) -> Recorded:
    """A model that gets better, on the same samples every epoch."""
    rng = np.random.default_rng(5)
    truth = (
        rng.integers(0, 2, (SAMPLES, classes)) if kind == "multilabel" else rng.integers(0, max(classes, 2), SAMPLES)
    )
    own = truth[:, None] == np.arange(classes) if kind == "multiclass" else truth.reshape(SAMPLES, classes)
    scores = []
    for epoch in range(EPOCHS):
        logits = rng.normal(size=(SAMPLES, classes)) + (0.2 + 0.15 * epoch) * (2 * own - 1)
        odds = np.exp(logits)
        scores.append(odds / odds.sum(axis=1, keepdims=True) if kind == "multiclass" else odds / (1 + odds))
    names = {"class_names": [f"c{number}" for number in range(classes)]} if classes > 1 else {}
    with RunWriter(root, name="r", kind=kind, thresholds=GRID, **names, **options) as writer:
        for epoch, score in enumerate(scores):
            writer.epoch(epoch, val=(truth, score.astype(np.float32)), train=(truth[:20], score[:20]))
    return Recorded(viewer.open_run(writer.folder), truth, [score.astype(np.float32) for score in scores])


@pytest.fixture(scope="module")
def binary(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    return record(tmp_path_factory.mktemp("runs"), "binary")


@pytest.fixture(scope="module")
def multiclass(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    return record(tmp_path_factory.mktemp("runs"), "multiclass", classes=3)


def best_f1(recorded: Recorded, column: int, positive: np.ndarray) -> tuple[float, int]:
    """The best F1 of all thresholds and epochs, and the first epoch that has it, by scikit-learn."""
    values = [
        (f1_score(positive, score[:, column] > np.float32(threshold), zero_division=0), -epoch)
        for epoch, score in enumerate(recorded.scores)
        for threshold in recorded.run.thresholds()
    ]
    best, epoch = max(values)
    return best, -epoch


def test_the_choice_is_scikit_learns_best(binary: Recorded, multiclass: Recorded) -> None:
    """For the positive class, and for a class against the rest, no threshold of any epoch has a better F1."""
    found = viewer.choose(binary.run, "f1")
    assert (found.measures["F1"].value, found.epoch) == pytest.approx(best_f1(binary, 0, binary.truth == 1))
    found = viewer.choose(multiclass.run, "f1", label="c1")
    assert (found.measures["F1"].value, found.epoch) == pytest.approx(best_f1(multiclass, 1, multiclass.truth == 1))
    called = multiclass.scores[found.epoch][:, 1] > np.float32(found.threshold)
    assert found.tp == (called & (multiclass.truth == 1)).sum()
    assert found.fp == (called & (multiclass.truth != 1)).sum()
    assert found.assessment is not None
    assert found.assessment.samples == found.tp + found.fp + found.tn + found.fn == SAMPLES


def test_a_label_of_many_is_chosen_for_alone(tmp_path: Path) -> None:
    """Of a multi-label output one label is a binary problem of its own."""
    recorded = record(tmp_path, "multilabel", classes=3)
    found = viewer.choose(recorded.run, "f1", label=2)
    assert (found.measures["F1"].value, found.epoch) == pytest.approx(best_f1(recorded, 2, recorded.truth[:, 2] == 1))


def test_the_epoch_can_be_fixed(binary: Recorded) -> None:
    """The last epoch and its number are the same choice; the halves choose at that epoch too."""
    last, number = (viewer.choose(binary.run, "mcc", epoch=epoch) for epoch in ("last", EPOCHS - 1))
    assert last == number
    assert last.assessment is not None
    assert last.assessment.epochs == (EPOCHS - 1, EPOCHS - 1)
    assert viewer.choose(binary.run, "mcc", epoch=2).epoch == 2


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (((), {}), Goal()),
        ((("mcc",), {}), Goal(formula="mcc")),
        ((("f1",), {"recall": 0.7}), Goal(formula="f1", recall=0.7)),
        (((), {"recall": 0.7}), Goal(recall=0.7)),
        (((), {"cost_fp": 1, "cost_fn": 20, "prevalence": 0.1}), Goal(cost_fp=1, cost_fn=20, prevalence=0.1)),
        (((Goal(formula="f1"),), {"recall": 0.7}), Goal(formula="f1", recall=0.7)),
    ],
)
def test_a_goal_can_be_said_in_the_call(binary: Recorded, said: Any, meant: Goal) -> None:
    """What `Goal` takes is taken beside the formula, and alone; the choice is the same, and says what was wanted."""
    found, expected = viewer.choose(binary.run, *said[0], **said[1]), viewer.choose(binary.run, meant)
    assert found.goal == meant
    assert (found.epoch, found.threshold, found.measures) == (expected.epoch, expected.threshold, expected.measures)
    assert str(meant) in found._repr_html_()


def test_without_samples_nothing_is_assessed(tmp_path: Path) -> None:
    """Where no samples were recorded the choice stands alone, and its table says so by NaN."""
    found = viewer.choose(record(tmp_path, "binary", max_samples=0).run)
    assert found.assessment is None
    assert found.table["assessed"].isna().all()
    assert found.table.loc["F1", "value"] == found.measures["F1"].value


def test_the_table_has_both_figures_side_by_side(binary: Recorded) -> None:
    """A row a measure, the objective first: value and interval as chosen, and as assessed."""
    found = viewer.choose(binary.run, viewer.Goal(cost_fp=1, cost_fn=5))
    assert found.table.index.tolist() == ["cost per sample", "precision", "recall", "alerts per 10,000"]
    assert found.assessment is not None
    assessed = found.assessment.measures["recall"]
    row = found.table.loc["recall", ["assessed", "assessed_low", "assessed_high"]]
    assert row.tolist() == [assessed.value, assessed.low, assessed.high]


def test_wrong_questions_are_refused(binary: Recorded, multiclass: Recorded) -> None:
    """Each argument that breaks its rule is told the rule and what came."""
    refused: list[tuple[Recorded, dict[str, Any], str]] = [
        (
            binary, {"epoch": "newest"},
            "a point of a run must be best, last, a number, step:NUMBER or epoch:NUMBER. Received: 'newest'",
        ),
        (binary, {"split": "test"}, "split must be one of ['train', 'val']. Received: 'test'"),
        (binary, {"level": 95}, "level must be in (0, 1). Received: 95"),
        (binary, {"label": 0}, "a binary output has thresholds for its positive class. Received: 0"),
        (
            multiclass, {},
            "a class must be named that is told from the rest, with label= or --class, of ['c0', 'c1', 'c2']. "
            "Received: none",
        ),
    ]  # fmt: skip
    for recorded, arguments, message in refused:
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            viewer.choose(recorded.run, "f1", **arguments)
    with pytest.raises(UnreachableGoalError, match="no threshold of any epoch gives precision of at least 1 and"):
        viewer.choose(binary.run, viewer.Goal(precision=1, recall=1))


def test_dynamics_are_those_of_the_recorded_samples(binary: Recorded) -> None:
    """Every column of the table, worked out by pandas from the samples as they stand on disk."""
    frame = binary.run.samples()
    scores = frame.pivot(index="epoch", columns="sample", values="y_score").astype(np.float64)
    truth = frame.groupby("sample")["y_true"].first()
    right = (scores > 0.5) == (truth == 1)
    found = viewer.dynamics(binary.run)
    table = found.samples
    own = scores.where(np.broadcast_to(truth == 1, scores.shape), 1 - scores)
    pd.testing.assert_series_equal(table["confidence"], own.mean(), check_names=False, atol=1e-6)
    pd.testing.assert_series_equal(table["variability"], own.std(ddof=0), check_names=False, atol=1e-6)
    pd.testing.assert_series_equal(table["correctness"], right.mean(), check_names=False)
    change = right.astype(int).diff()
    assert table["forgotten"].tolist() == (change == -1).sum().tolist()
    assert table["flips"].tolist() == (change.abs() == 1).sum().tolist()
    first = right.idxmax().where(right.any())
    assert table["first_learnt"].astype(float).fillna(-1).tolist() == first.fillna(-1).tolist()
    lasting = right[::-1].cummin()[::-1]
    since = lasting.idxmax().where(lasting.any())
    assert table["learnt"].astype(float).fillna(-1).tolist() == since.fillna(-1).tolist()
    names = np.array(["negative", "positive"])
    assert table["class"].tolist() == names[truth].tolist()
    assert table["predicted"].tolist() == names[(scores.iloc[-1] > 0.5).astype(int)].tolist()
    assert found.epochs["correct"].tolist() == right.mean(axis=1).tolist()
    assert found.epochs["churn"].tolist()[1:] == (change.abs() == 1).mean(axis=1).tolist()[1:]


def test_dynamics_at_an_epoch_are_those_of_a_run_that_ended_there(binary: Recorded, tmp_path: Path) -> None:
    """`epoch` gives what a shorter recording gives."""
    with RunWriter(tmp_path, name="short", thresholds=GRID) as writer:
        for epoch in range(3):
            writer.epoch(epoch, val=(binary.truth, binary.scores[epoch]))
    short = viewer.dynamics(viewer.open_run(writer.folder))
    cut = viewer.dynamics(binary.run, epoch=2)
    pd.testing.assert_frame_equal(cut.samples, short.samples)
    pd.testing.assert_frame_equal(cut.epochs, short.epochs)


def test_suspects_stand_in_the_table(multiclass: Recorded) -> None:
    """Suspects are labelled with another class than the suggested one; where none is suggested there is no margin."""
    table = viewer.dynamics(multiclass.run).samples
    assert table["suspect"].any()
    assert (table["suspect"] == (table["suggested"] != table["class"]).fillna(False)).all()
    assert (table["margin"].isna() == table["suggested"].isna()).all()
    last = multiclass.scores[-1]
    row = table[table["suspect"]].iloc[0]
    given, suggested = (int(row[name][1:]) for name in ("class", "suggested"))
    assert row["margin"] == pytest.approx(last[row.name, suggested] - last[row.name, given])


def test_labels_of_one_sample_are_rows_of_their_own(tmp_path: Path) -> None:
    """Of a multi-label output the index is sample and label, and each row is about that label."""
    recorded = record(tmp_path, "multilabel", classes=3)
    table = viewer.dynamics(recorded.run).samples
    assert table.index.names == ["sample", "label"]
    assert len(table) == 3 * SAMPLES
    positive = recorded.truth[7, 1] == 1
    own = [score[7, 1] if positive else 1 - score[7, 1] for score in recorded.scores]
    assert table.loc[(7, "c1"), "confidence"] == pytest.approx(np.mean(own), abs=1e-6)
    assert table.loc[(7, "c1"), "class"] == str(int(positive))


def test_a_resumed_run_counts_the_later_attempt(binary: Recorded, tmp_path: Path) -> None:
    """Epochs that were recorded again are taken from the later attempt, and none twice."""
    for scores in (binary.scores[::-1], binary.scores):
        with RunWriter(tmp_path, name="again", thresholds=GRID, resume="allow") as writer:
            for epoch, score in enumerate(scores):
                writer.epoch(epoch, val=(binary.truth, score))
    again = viewer.dynamics(viewer.open_run(writer.folder))
    pd.testing.assert_frame_equal(again.samples, viewer.dynamics(binary.run).samples)


def test_dynamics_need_samples(tmp_path: Path) -> None:
    """Where none were recorded one sentence says what records them."""
    message = "samples must have been recorded for this (max_samples, or a probe). Received: 'val'"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        viewer.dynamics(record(tmp_path, "binary", max_samples=0).run)


def test_sample_records_are_the_recorded_arrays(binary: Recorded) -> None:
    """Each epoch's samples come as they were given, those asked for alone."""
    found: dict[int, Samples] = dict(binary.run.sample_records(positions=[4, 1]))
    assert sorted(found) == [1, 4]
    for epoch, samples in found.items():
        np.testing.assert_array_equal(samples.y_score, binary.scores[epoch])
        assert samples.y_true.tolist() == binary.truth.tolist()
