"""Formulas of scores and samples asked of a run, and each epoch of it computed once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn import metrics

import viewer
from recorder import RunWriter
from viewer.formulas import FormulaError
from viewer.run import asked

from .conftest import EPOCHS, Recorded

ARRAYS = np.array([0, 1, 1, 0]), np.array([0.2, 0.8, 0.3, 0.6], np.float32)


def area(y_true: Any, y_score: Any) -> Any:
    """scikit-learn's."""
    return metrics.roc_auc_score(y_true, y_score)


@pytest.mark.parametrize("average", ["macro", "weighted"])
def test_a_function_of_samples_has_its_averages(recorded: Recorded, average: str) -> None:
    """One value an epoch, of each class against the rest."""
    if recorded.run.output().kind == "binary":
        expected = recorded.each(area)
        np.testing.assert_allclose(recorded.run.values(area), expected)
    else:
        expected = recorded.each(lambda truth, scores: metrics.roc_auc_score(truth, scores, average=average))
        np.testing.assert_allclose(recorded.run.values(area, average=average), expected)


def test_a_class_alone_is_a_binary_output(recorded: Recorded) -> None:
    """By name and by number: of samples and of scores."""
    if recorded.run.output().kind == "binary":
        pytest.skip("a binary output has one set of scores")
    expected = recorded.each(lambda truth, scores: metrics.roc_auc_score(truth[:, 1], scores[:, 1]))
    for average in ("dog", "1"):
        np.testing.assert_allclose(recorded.run.values(area, average=average), expected)
        np.testing.assert_allclose(recorded.run.values("auc", average=average), expected, atol=0.02)


@pytest.mark.parametrize(
    "question", ["f1", "f1@0.3", "ap", "brier", "ap@macro", "ap - f1", "best_f1_threshold", "loss", area]
)
def test_one_epoch_alone_has_the_value_it_has_among_all(recorded: Recorded, question: Any) -> None:
    """Whatever the formula is made of; the newest if no position is given."""
    values = recorded.run.values(question)
    assert values.shape == (EPOCHS,)
    alone = [recorded.run.value(question, position=at) for at in range(EPOCHS)]
    np.testing.assert_allclose(alone, values, rtol=1e-12)
    assert recorded.run.value(question) == alone[-1]


def test_portions_make_no_difference(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many classes and epochs are taken some at a time: the values are the same."""
    fresh = viewer.open_run(recorded.run.folder)
    monkeypatch.setattr(asked, "LARGEST", 1)
    monkeypatch.setattr(asked, "FEW", 2)
    for question in ("ap", "ece@macro", area):
        np.testing.assert_array_equal(fresh.values(question), recorded.run.values(question))


def test_only_new_epochs_are_computed(tmp_path: Path) -> None:
    """A function of samples is called once for each epoch; one of scores with the new ones alone."""
    calls: list[int] = []

    def number(y_true: Any, y_score: Any) -> Any:
        calls.append(len(y_true))
        return len(calls)

    def epochs_given(scores: Any) -> Any:
        calls.append(scores.histogram.shape[1])
        return scores.histogram.sum(axis=(-2, -1))

    with RunWriter(tmp_path) as writer:
        run = viewer.open_run(writer.folder)
        assert run.values(number).shape == (0,)
        for epoch in range(3):
            writer.epoch(epoch, val=ARRAYS)
            run.refresh()
            assert run.values(number).tolist() == list(range(1, epoch + 2))
            assert run.values(number).tolist() == list(range(1, epoch + 2))
        calls.clear()
        run.values(epochs_given)
        writer.epoch(3, val=ARRAYS)
        run.refresh()
        assert run.values(epochs_given).tolist() == [4, 4, 4, 4]
        assert calls == [3, 1]


def test_an_epoch_recorded_again_is_computed_again(tmp_path: Path) -> None:
    """The later attempt wins in what was remembered too: values, bands, bounds, exact values."""
    with RunWriter(tmp_path) as writer:
        for epoch in range(3):
            writer.epoch(epoch, val=ARRAYS)
    run = viewer.open_run(writer.folder)
    before = [run.values("auc"), run.exact("auc"), run.band("f1"), run.bounds("auc")]
    with RunWriter(tmp_path, resume="must") as again:
        again.epoch(1, val=(ARRAYS[0], np.array([0.1, 0.9, 0.8, 0.2], np.float32)))
        again.epoch(2, val=ARRAYS)
    assert again.folder == writer.folder
    run.refresh()
    after = [run.values("auc"), run.exact("auc"), run.band("f1"), run.bounds("auc")]
    for old, new in zip(before, after, strict=True):
        assert (np.array(old) != np.array(new)).reshape(-1, 3).any(axis=0).tolist() == [False, True, False]


def test_epochs_without_samples_are_gaps(tmp_path: Path) -> None:
    """`validation_freq=2`, for formulas of scores and of samples."""
    with RunWriter(tmp_path) as writer:
        for epoch in range(4):
            writer.epoch(epoch, train=ARRAYS, **({"val": ARRAYS} if epoch % 2 else {}))
    run = viewer.open_run(writer.folder)
    for question in ("auc", area):
        assert np.isnan(run.values(question)).tolist() == [True, False, True, False]
    assert np.isnan(run.exact("f1")).tolist() == [True, False, True, False]


def test_without_samples_a_formula_of_them_is_refused(binary: Recorded, tmp_path: Path) -> None:
    """Training samples are not recorded, and nobody need record any."""
    with RunWriter(tmp_path, max_samples=0) as writer:
        writer.epoch(0, val=ARRAYS)
    rule = r"^samples must have been recorded for this \(max_samples, or a probe\)\. Received: "
    with pytest.raises(FormulaError, match=rf"{rule}'val'$"):
        viewer.open_run(writer.folder).values(area)
    with pytest.raises(FormulaError, match=rf"{rule}'train'$"):
        binary.run.values(area, "train")
    with pytest.raises(FormulaError, match=rf"{rule}'train'$"):
        binary.run.exact("f1", "train")


def test_a_function_that_changes_is_asked_anew(binary: Recorded) -> None:
    """Two functions of one name, as a notebook cell that is run again has them, are two formulas."""

    def make(value: float) -> Any:
        def same_name(scores: Any) -> Any:
            return value + 0 * scores.histogram.sum(axis=(-2, -1))

        return same_name

    assert [binary.run.values(make(value))[0] for value in (1.0, 2.0, 3.0)] == [1, 2, 3]


def test_prevalence_rescales_every_formula(binary: Recorded, multiclass: Recorded) -> None:
    """As scikit-learn has it of weighted samples; of several classes of one that is named; samples are as they are."""

    def weighted(score: Any, truth: np.ndarray, scores: np.ndarray) -> float:
        truth, scores = truth[:, 0], scores[:, 0]
        weight = np.where(truth == 1, 0.01 / truth.mean(), 0.99 / (1 - truth.mean()))
        return float(score(truth, scores, sample_weight=weight))

    area_there = binary.each(lambda *arrays: weighted(metrics.average_precision_score, *arrays))
    low, high = binary.run.bounds("ap", prevalence=0.01) or ([], [])
    assert (low <= np.array(area_there) + 1e-9).all()
    assert (area_there <= high + 1e-9).all()
    precision = binary.each(
        lambda *arrays: weighted(lambda y, s, **w: metrics.precision_score(y, s > 0.5, **w), *arrays)
    )
    np.testing.assert_allclose(binary.run.values("precision", prevalence=0.01), precision, rtol=1e-6)
    np.testing.assert_allclose(binary.run.metric("recall", prevalence=0.01), binary.run.values("recall"))
    np.testing.assert_allclose(multiclass.run.values("prevalence@owl", prevalence=0.2), 0.2)
    np.testing.assert_allclose(multiclass.run.values("prevalence@2", prevalence=0.2), 0.2)
    np.testing.assert_allclose(multiclass.run.values("auc@owl", prevalence=0.2), multiclass.run.values("auc@owl"))
    with pytest.raises(FormulaError, match=r"^prevalence is of one class"):
        multiclass.run.values("f1", prevalence=0.2)
    with pytest.raises(ValueError, match=r"^prevalence must be in \(0, 1\)\. Received: 2$"):
        binary.run.values("f1", prevalence=2)


def test_a_run_of_logs_only_has_its_logs_by_any_name(tmp_path: Path) -> None:
    """Keras calls a log `auc` or `precision`: where nothing was counted, that is what the name means."""
    with RunWriter(tmp_path) as writer:
        writer.epoch(0, logs={"auc": 0.8, "precision": 0.4})
    run = viewer.open_run(writer.folder)
    assert run.metric("auc").tolist() == [0.8]
    assert run.metric("precision").tolist() == [0.4]
    assert np.isnan(run.metric("recall")).all()
    with pytest.raises(FormulaError, match=r"^scores needs histograms"):
        run.values("average_precision")
