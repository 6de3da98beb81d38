"""Formulas of scores and of samples: scikit-learn's, for one class, for several, and in expressions."""

from __future__ import annotations

import doctest
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from recorder.runfile import KINDS
from viewer.counts.scores import Scores
from viewer.formulas import FORMULAS, FormulaError, Inputs, evaluate, parse_spec
from viewer.formulas import scores as formulas

FEW = settings(max_examples=15)  # scikit-learn takes its time
NAMES = [name for name in FORMULAS if FORMULAS[name].needs == ("scores",)]
CLASSES = ("cat", "dog", "owl")
SKLEARN: dict[str, Callable[..., Any]] = {
    "average_precision": metrics.average_precision_score,
    "roc_auc": metrics.roc_auc_score,
}
seeds = st.integers(0, 2**32 - 1)


def inputs(y_true: Any, y_score: Any, kind: str = "binary") -> Inputs:
    """One epoch of samples [samples] or [samples, classes]: histograms with a bin for each score, and the samples."""
    truth, score = np.asarray(y_true), np.asarray(y_score, np.float32)
    truth, score = truth.reshape(len(truth), -1) == 1, score.reshape(len(score), -1)
    made, called = Scores.of_samples(truth, score), score > 0.5
    cells = truth & called, ~truth & called, ~truth & ~called, truth & ~called
    tp, fp, tn, fn = (cell.sum(axis=0)[:, None] for cell in cells)
    return Inputs(
        tp=tp,
        fp=fp,
        tn=tn,
        fn=fn,
        matrix=None,
        logs={"loss": np.array([0.25])},
        kind=KINDS[kind],
        classes=("no", "yes") if kind == "binary" else CLASSES,
        argmax=False,
        scores=Scores(made.histogram[:, None], made.low, made.high),
        samples=[(truth, score)],
    )


def value(question: Any, given_inputs: Inputs, average: str | None = None) -> float:
    (found,) = evaluate(parse_spec(question), given_inputs, average)
    return float(found)


def binary(seed: int, samples: int = 30) -> tuple[np.ndarray, np.ndarray]:
    """Labels of both classes and scores, some tied."""
    rng = np.random.default_rng(seed)
    truth = rng.permutation([0, 1, *rng.integers(0, 2, samples - 2)])
    return truth, (np.ceil(rng.random(samples) * 20) / 20).astype(np.float32)


def labels(seed: int) -> tuple[np.ndarray, np.ndarray]:
    pairs = [binary(seed + number) for number in range(3)]
    return np.stack([pair[0] for pair in pairs], axis=1), np.stack([pair[1] for pair in pairs], axis=1)


@FEW
@given(seed=seeds)
def test_areas_of_one_class_are_scikit_learns(seed: int) -> None:
    """By name, by the other name, in an expression with counts and logs, and of the negative class."""
    truth, scores = binary(seed)
    given_inputs = inputs(truth, scores)
    for name, other in (("average_precision", "ap"), ("roc_auc", "auc")):
        expected = SKLEARN[name](truth, scores)
        for question in (name, other, f"{other} + f1 - f1", f"{other} * loss / 0.25", f"{name}@yes"):
            np.testing.assert_allclose(value(question, given_inputs), expected, rtol=1e-9)
        negative = SKLEARN[name](1 - truth, 1 - scores.astype(np.float64))
        np.testing.assert_allclose(value(f"{name}@no", given_inputs), negative, rtol=1e-9)
        np.testing.assert_allclose(value(f"{name}@macro", given_inputs), (expected + negative) / 2, rtol=1e-9)
    np.testing.assert_allclose(value("brier", given_inputs), metrics.brier_score_loss(truth, scores), rtol=1e-6)
    np.testing.assert_allclose(value("log_loss", given_inputs), metrics.log_loss(truth, scores), rtol=1e-4)


@FEW
@given(seed=seeds, kind=st.sampled_from(["multiclass", "multilabel"]))
def test_averages_over_classes_are_scikit_learns(seed: int, kind: str) -> None:
    """Macro where none is named, weighted by support, micro of all samples and classes in one, and each by its name."""
    truth, scores = labels(seed)
    given_inputs = inputs(truth, scores, kind)
    for name, score in SKLEARN.items():
        for average in ("macro", "weighted", "micro"):
            expected = score(truth, scores, average=average)
            np.testing.assert_allclose(value(f"{name}@{average}", given_inputs), expected, rtol=1e-9)
            np.testing.assert_allclose(value(name, given_inputs, average), expected, rtol=1e-9)
        np.testing.assert_allclose(value(name, given_inputs), score(truth, scores, average="macro"), rtol=1e-9)
        for number, label in enumerate(CLASSES):
            alone = score(truth[:, number], scores[:, number])
            np.testing.assert_allclose(value(f"{name}@{label}", given_inputs), alone, rtol=1e-9)
            np.testing.assert_allclose(value(f"1 - {name}@{number}", given_inputs), 1 - alone, rtol=1e-9)


@FEW
@given(seed=seeds)
def test_constants_are_given_in_expressions(seed: int) -> None:
    """`recall_at_precision(p=0.5)` and its like; the defaults are 0.9, 100 alerts and ten groups."""
    truth, scores = binary(seed)
    given_inputs = inputs(truth, scores)
    precision, recall, _ = metrics.precision_recall_curve(truth, scores)
    at_half = max(recall[:-1][precision[:-1] >= 0.5], default=np.nan)
    np.testing.assert_allclose(value("recall_at_precision(p=0.5)", given_inputs), at_half)
    of_all = precision[:-1][recall[:-1] >= 1].max()
    np.testing.assert_allclose(value("precision_at_recall(r=1)", given_inputs), of_all)
    np.testing.assert_allclose(value("precision_at_recall(r=0)", given_inputs), precision[:-1].max())
    false, true, _ = metrics.roc_curve(truth, scores, drop_intermediate=False)
    np.testing.assert_allclose(value("fpr_at_tpr(tpr=0.5)", given_inputs), false[true >= 0.5].min())
    assert value("recall_at_alerts(k=0)", given_inputs) == 0
    assert value("recall_at_alerts", given_inputs) == 1
    np.testing.assert_equal(value("ece(groups=10)", given_inputs), value("ece", given_inputs))
    np.testing.assert_equal(
        value("recall_at_precision(p=0.9)", given_inputs), value("recall_at_precision", given_inputs)
    )


@FEW
@given(seed=seeds)
def test_the_best_threshold_gives_the_best_f1(seed: int) -> None:
    """scikit-learn's F1 at `best_f1_threshold` is `best_f1`."""
    truth, scores = binary(seed)
    threshold = value("best_f1_threshold", inputs(truth, scores))
    expected = metrics.f1_score(truth, scores.astype(np.float64) > threshold)
    np.testing.assert_allclose(value("best_f1", inputs(truth, scores)), expected)


@pytest.mark.parametrize("name", NAMES)
def test_each_says_what_it_is(name: str) -> None:
    """A label, a range, a worked example, and bounds that hold its own value; an epoch without counts is a gap."""
    formula = FORMULAS[name]
    assert formula.label
    assert formula.low == 0
    assert ">>>" in (formula.function.__doc__ or "")
    whole, grid = inputs(*binary(5)), np.arange(1, 10) / 10
    counts = np.stack([np.bincount(np.searchsorted(grid, side), minlength=10) for side in ([0.11, 0.5], [0.3, 0.97])])
    coarse = Scores.of_histogram(counts, grid)
    if formula.bounds is not None:
        low, high = formula.bounds(coarse)
        assert low - 1e-12 <= formula.function(coarse) <= high + 1e-12
    nothing = Inputs(
        *(np.zeros((1, 1), int) for _ in range(4)), None, {}, KINDS["binary"], ("no", "yes"), False,
        scores=Scores(0 * whole.scores.histogram, whole.scores.low, whole.scores.high),  # type: ignore[union-attr]
    )  # fmt: skip
    assert np.isnan(value(name, nothing))


def test_the_examples_are_right() -> None:
    """What the docstrings show is what comes out."""
    found = doctest.testmod(formulas)
    assert (found.failed, found.attempted >= len(NAMES)) == (0, True)


@FEW
@given(seed=seeds)
def test_a_function_of_samples_is_called_for_each_epoch_and_class(seed: int) -> None:
    """scikit-learn's own functions are formulas, alone and beside counts; one class against the rest."""
    truth, scores = labels(seed)
    given_inputs = inputs(truth, scores, "multilabel")

    def area(y_true: Any, y_score: Any) -> Any:
        return metrics.roc_auc_score(y_true, y_score)

    def hits(y_true: Any, y_score: Any, tp: Any, loss: Any) -> Any:
        return (y_true[y_score > 0.5].sum() - tp) + loss

    for average in ("macro", "micro", "weighted"):
        expected = metrics.roc_auc_score(truth, scores, average=average)
        np.testing.assert_allclose(value(area, given_inputs, average), expected)
    np.testing.assert_allclose(value(area, given_inputs, "dog"), metrics.roc_auc_score(truth[:, 1], scores[:, 1]))
    assert value(hits, given_inputs) == 0.25


def test_samples_without_a_score_are_left_out_and_epochs_without_samples_are_gaps() -> None:
    """NaN is no score, None no samples; the function never sees either."""

    def number(y_true: Any, y_score: Any) -> Any:
        assert not np.isnan(y_score).any()
        return len(y_true)

    given_inputs = inputs([1, 0, 1], [0.7, np.nan, 0.2])
    assert value(number, given_inputs) == 2
    two = given_inputs.of_epochs(np.array([0, 0]))
    gap = Inputs(*two.counts, None, {}, KINDS["binary"], ("no", "yes"), False, samples=[given_inputs.samples[0], None])  # type: ignore[index]
    np.testing.assert_array_equal(evaluate(parse_spec(number), gap), [2, np.nan])


def test_what_is_not_there_is_asked_for_in_words() -> None:
    """Four counts are no scores, draws no samples, and a binary output has two sets of thresholds."""
    counts = Inputs(*(np.ones((1, 1)) for _ in range(4)), None, {}, KINDS["binary"], ("no", "yes"), False)
    with pytest.raises(FormulaError, match=r"^scores needs histograms of three bins or more"):
        value("roc_auc", counts)
    with pytest.raises(FormulaError, match=r"^y_true needs samples as they were recorded"):
        value(lambda y_true, y_score: 0.0, counts)
    with pytest.raises(FormulaError, match=r"^micro needs the scores of all classes in the same bins"):
        value("roc_auc@micro", inputs(*binary(1)))


@pytest.mark.parametrize(
    ("question", "rule"),
    [
        ("recall_at_precision(p=1.5)", "precision must be in [0, 1]. Received: 1.5"),
        ("precision_at_recall(r=-1)", "recall must be in [0, 1]. Received: -1.0"),
        ("recall_at_alerts(k=-1)", "alerts must be 0 or more. Received: -1.0"),
        ("ece(groups=2.5)", "groups must be a whole number from 1. Received: 2.5"),
    ],
)
def test_a_constant_that_makes_no_sense_is_refused(question: str, rule: str) -> None:
    """The rule, then what came."""
    with pytest.raises(FormulaError) as error:
        value(question, inputs(*binary(2)))
    assert rule in str(error.value)


@FEW
@given(seed=seeds, share=st.floats(0.01, 0.99))
def test_another_prevalence_is_that_of_weighted_samples(seed: int, share: float) -> None:
    """Average precision and precision are scikit-learn's of samples weighted to it; of several classes one is named."""
    truth, scores = binary(seed)
    weight = np.where(truth == 1, share / truth.mean(), (1 - share) / (1 - truth.mean()))
    rare = inputs(truth, scores).at_prevalence(share)
    expected = metrics.average_precision_score(truth, scores, sample_weight=weight)
    np.testing.assert_allclose(value("ap", rare), expected, rtol=1e-6)
    precision = metrics.precision_score(truth, scores > 0.5, sample_weight=weight, zero_division=np.nan)
    np.testing.assert_allclose(value("precision", rare), precision, rtol=1e-6)
    several = inputs(*labels(seed), "multiclass")
    with pytest.raises(FormulaError, match=r"^prevalence is of one class"):
        several.at_prevalence(share)
    np.testing.assert_allclose(value("prevalence", several.of_class(1).at_prevalence(share)), share)
