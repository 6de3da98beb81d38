"""Formulas over several classes: averages, the matrix, several labels; scikit-learn's throughout."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from viewer.formulas import FormulaError

Ask = Callable[..., Any]
AVERAGES = ("macro", "micro", "weighted")
FEW = settings(max_examples=20)  # scikit-learn takes its time
CLASSES = ("cat", "dog", "owl", "bee")
matrices = st.integers(2, 4).flatmap(
    lambda k: st.lists(st.integers(0, 6), min_size=k * k, max_size=k * k).map(lambda n: np.reshape(n, (k, k)))
)
PAIRS: dict[str, Callable[..., Any]] = {
    "precision": metrics.precision_score,
    "recall": metrics.recall_score,
    "f1": metrics.f1_score,
    "f2": lambda *arrays, **options: metrics.fbeta_score(*arrays, beta=2, **options),
}


def labels(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """`y_true` and `y_pred` with this confusion matrix."""
    k = len(matrix)
    true, predicted = np.repeat(np.arange(k), k), np.tile(np.arange(k), k)
    return np.repeat(true, matrix.ravel()), np.repeat(predicted, matrix.ravel())


def averaged(score: Callable[..., float], truth: Any, predicted: Any, average: str, **options: Any) -> float:
    """scikit-learn's average; NaN where no weight is left, where it takes the plain mean instead."""
    options["zero_division"] = np.nan
    with warnings.catch_warnings(action="ignore"):
        each = score(truth, predicted, average=None, **options)
        support = metrics.precision_recall_fscore_support(truth, predicted, **options)[3]
        if average == "weighted" and not support[~np.isnan(each)].any():
            return math.nan
        return score(truth, predicted, average=average, **options)


def of_matrix(ask: Ask, question: str, matrix: np.ndarray, average: str | None = None) -> float:
    """A formula of one epoch of a multi-class output."""
    (value,) = ask(question, matrix=[matrix], kind="multiclass", classes=CLASSES[: len(matrix)], average=average)
    return float(value)


@FEW
@given(matrix=matrices.filter(np.any))
def test_averages_over_classes_are_scikit_learns(ask: Ask, matrix: np.ndarray) -> None:
    """Macro, micro and weighted averages, and each class by its name and number; what is undefined is left out."""
    arrays, classes = labels(matrix), np.arange(len(matrix))
    for name, score in PAIRS.items():
        for average in AVERAGES:
            expected = averaged(score, *arrays, average, labels=classes)
            np.testing.assert_allclose(of_matrix(ask, f"{name}@{average}", matrix), expected, rtol=1e-12)
            np.testing.assert_allclose(of_matrix(ask, name, matrix, average), expected, rtol=1e-12)
        with warnings.catch_warnings(action="ignore"):
            each = score(*arrays, average=None, labels=classes, zero_division=np.nan)
        for number, expected in enumerate(each):
            np.testing.assert_allclose(of_matrix(ask, f"{name}@{CLASSES[number]}", matrix), expected, rtol=1e-12)
            np.testing.assert_allclose(of_matrix(ask, f"{name}@{number}", matrix), expected, rtol=1e-12)


@given(matrix=matrices.filter(np.any))
def test_formulas_of_the_matrix_are_scikit_learns(ask: Ask, matrix: np.ndarray) -> None:
    """Accuracy, balanced accuracy, R_K and kappa of a whole matrix; NaN where one class stands alone."""
    arrays = labels(matrix)
    alone = (matrix.sum(axis=1) > 0).sum() == 1, (matrix.sum(axis=0) > 0).sum() == 1
    with warnings.catch_warnings(action="ignore"):
        expected = {
            "accuracy": metrics.accuracy_score(*arrays),
            "balanced_accuracy": metrics.balanced_accuracy_score(*arrays),
            "mcc": math.nan if any(alone) else metrics.matthews_corrcoef(*arrays),
            "kappa": math.nan
            if np.trace(matrix) == matrix.sum() and all(alone)
            else metrics.cohen_kappa_score(*arrays),
        }
    for name, value in expected.items():
        np.testing.assert_allclose(of_matrix(ask, name, matrix), value, rtol=1e-9, atol=1e-12, err_msg=name)


@given(matrix=matrices.filter(np.any))
def test_an_expression_of_a_matrix_formula_is_made_of_its_value(ask: Ask, matrix: np.ndarray) -> None:
    """`1 - accuracy` is one minus what `accuracy` says, also where averages of classes would give another number."""
    for name in ("accuracy", "balanced_accuracy", "mcc", "kappa"):
        alone = of_matrix(ask, name, matrix)
        np.testing.assert_allclose(of_matrix(ask, f"1 - 2 * {name}", matrix), 1 - 2 * alone, atol=1e-12)
    together = of_matrix(ask, "accuracy - f1", matrix)
    parts = of_matrix(ask, "accuracy", matrix) - of_matrix(ask, "f1@macro", matrix)
    np.testing.assert_allclose(together, parts, atol=1e-12)
    macro = of_matrix(ask, "1 - accuracy@macro", matrix)
    np.testing.assert_allclose(macro, 1 - of_matrix(ask, "accuracy@macro", matrix), atol=1e-12)


@FEW
@given(seed=st.integers(0, 2**32 - 1), samples=st.integers(1, 12))
def test_several_labels_are_averaged_as_by_scikit_learn(ask: Ask, seed: int, samples: int) -> None:
    """Multi-label averages; macro where none is named."""
    truth, called = np.random.default_rng(seed).integers(0, 2, (2, samples, 3))
    cells = [(truth & called), (1 - truth) & called, (1 - truth) & (1 - called), truth & (1 - called)]
    counts = np.stack([cell.sum(axis=0)[:, None] for cell in cells])
    for name, score in PAIRS.items():
        for average in AVERAGES:
            expected = averaged(score, truth, called, average)
            options = {"counts": counts, "kind": "multilabel", "classes": ("a", "b", "c")}
            np.testing.assert_allclose(ask(f"{name}@{average}", **options), [expected], rtol=1e-12)
            if average == "macro":
                np.testing.assert_allclose(ask(name, **options), [expected], rtol=1e-12)


@FEW
@given(counts=st.tuples(*[st.integers(0, 9)] * 4).filter(any))
def test_averages_of_a_binary_output_are_over_both_classes(ask: Ask, counts: tuple[int, ...]) -> None:
    """`f1@macro` of two classes is scikit-learn's, and so is the negative class by name."""
    tp, fp, tn, fn = counts
    arrays = np.repeat([1, 0, 0, 1], counts), np.repeat([1, 1, 0, 0], counts)
    four = np.reshape([tp, fp, tn, fn], (4, 1, 1))
    for name, score in PAIRS.items():
        for average in AVERAGES:
            expected = averaged(score, *arrays, average, labels=[0, 1])
            np.testing.assert_allclose(ask(f"{name}@{average}", counts=four), [expected], rtol=1e-12)
        with warnings.catch_warnings(action="ignore"):
            negative = score(*arrays, pos_label=0, zero_division=np.nan)
        np.testing.assert_allclose(ask(f"{name}@negative", counts=four), [negative], rtol=1e-12)
        np.testing.assert_equal(ask(f"{name}@positive", counts=four), ask(name, counts=four))


def test_many_counts_do_not_overflow(ask: Ask) -> None:
    """R_K and kappa of 2^40 times a matrix are those of the matrix."""
    matrix = np.array([[5, 1, 0], [2, 7, 1], [0, 3, 9]])
    for name in ("accuracy", "balanced_accuracy", "mcc", "kappa", "f1@macro", "f1@micro", "f1@weighted"):
        np.testing.assert_allclose(of_matrix(ask, name, matrix * 2**40), of_matrix(ask, name, matrix), rtol=1e-12)


@pytest.mark.parametrize("samples", [3, 7, 49, 103, 1_000_003])
def test_one_class_alone_is_undefined_whatever_the_rounding(ask: Ask, samples: int) -> None:
    """R_K of a classifier that always names one class is NaN, not the quotient of two rounding errors."""
    matrix = np.zeros((5, 5), np.int64)
    matrix[:, 0] = np.random.default_rng(samples).multinomial(samples, np.ones(5) / 5)
    assert math.isnan(of_matrix(ask, "mcc", matrix))
    assert math.isnan(of_matrix(ask, "mcc", matrix.T))


@pytest.mark.parametrize(
    "question", ["tp", "fp + fn", "100 * tp - 5 * fp", "f1", "accuracy", "f1@macro", "tn@negative"]
)
def test_an_epoch_without_counts_is_a_gap(ask: Ask, question: str) -> None:
    """Where nothing was counted (no validation in that epoch), a formula is NaN, never the 0 of no mistakes."""
    values = ask(question, counts=np.reshape([[4, 0], [1, 0], [5, 0], [2, 0]], (4, 1, 2)))
    assert np.isnan(values).tolist() == [False, True]


def test_an_epoch_without_a_matrix_is_a_gap(ask: Ask) -> None:
    """The same for the formulas of a matrix, one's own among them."""

    def wrong(matrix: Any) -> Any:
        return matrix.sum(axis=(-2, -1)) - np.trace(matrix, axis1=-2, axis2=-1)

    several = {"matrix": [[[2, 1], [0, 3]], [[0, 0], [0, 0]]], "kind": "multiclass", "classes": ("a", "b")}
    for question in (wrong, "accuracy", "mcc", "tp + fp", "1 - accuracy"):
        assert np.isnan(ask(question, **several)).tolist() == [False, True]
    assert ask(wrong, **several)[0] == 1


def test_a_formula_of_the_matrix_is_given_one_for_a_binary_output(ask: Ask) -> None:
    """`matrix` of two classes has the true class in its rows, as the recorder's `derive` gives it."""

    def share_missed(matrix: Any) -> Any:
        return matrix[..., 1, 0] / matrix[..., 1, :].sum(axis=-1)

    assert ask(share_missed, counts=np.reshape([3, 5, 7, 1], (4, 1, 1))).tolist() == [0.25]


def test_a_matrix_of_several_labels_is_refused(ask: Ask) -> None:
    """The rule, then what came."""

    def corner(matrix: Any) -> Any:
        return matrix[..., 0, 0]

    with pytest.raises(FormulaError) as error:
        ask(corner, counts=np.ones((4, 2, 1)), kind="multilabel", classes=("a", "b"))
    assert str(error.value) == "matrix needs one decision a sample: argmax, no threshold. Received: a multilabel output"


def test_an_unknown_class_is_refused_with_the_known_ones(ask: Ask) -> None:
    """The rule, then what came."""
    with pytest.raises(FormulaError) as error:
        of_matrix(ask, "precision@cow", np.eye(3, dtype=int))
    assert str(error.value) == (
        "average must be macro, micro, weighted or one of ['cat', 'dog', 'owl']. Received: 'cow'"
    )
