"""The confusion-matrix family: the table in Wikipedia's "Precision and recall", and its neighbours.

Counts are float64 arrays of any one shape. Undefined (0/0) is NaN, by plain IEEE arithmetic.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from .registry import formula

_TABLE = 'Wikipedia, "Precision and recall", table of the confusion matrix'
_good = partial(formula, low=0.0, high=1.0, higher_is_better=True, source=_TABLE)
_bad = partial(formula, low=0.0, high=1.0, higher_is_better=False, source=_TABLE)


def _matrix_accuracy(matrix: Any) -> Any:
    return np.trace(matrix, axis1=-2, axis2=-1) / matrix.sum(axis=(-2, -1))


def _matrix_balanced_accuracy(matrix: Any) -> Any:
    recalls = np.diagonal(matrix, axis1=-2, axis2=-1) / matrix.sum(axis=-1)
    defined = ~np.isnan(recalls)
    return np.where(defined, recalls, 0).sum(axis=-1) / defined.sum(axis=-1)


def _matrix_mcc(matrix: Any) -> Any:
    total = matrix.sum(axis=(-2, -1))
    true, predicted = matrix.sum(axis=-1), matrix.sum(axis=-2)
    covariance = np.trace(matrix, axis1=-2, axis2=-1) * total - (true * predicted).sum(axis=-1)
    # Sums of whole numbers, nothing subtracted from 1: exactly 0 where only one class occurs.
    spreads = [(margin * (total[..., None] - margin)).sum(axis=-1) for margin in (true, predicted)]
    return covariance / np.sqrt(spreads[0]) / np.sqrt(spreads[1])


def _matrix_kappa(matrix: Any) -> Any:
    total = matrix.sum(axis=(-2, -1))
    agreed = np.trace(matrix, axis1=-2, axis2=-1) / total
    chance = (matrix.sum(axis=-1) * matrix.sum(axis=-2)).sum(axis=-1) / total**2
    return (agreed - chance) / (1 - chance)


@_good("ppv")
def precision(tp: Any, fp: Any) -> Any:
    """tp / (tp + fp), the share of positives among those called positive.

    >>> float(precision(np.float64(3), np.float64(1)))
    0.75
    """
    return tp / (tp + fp)


@_good("tpr", "sensitivity", "hit_rate")
def recall(tp: Any, fn: Any) -> Any:
    """tp / (tp + fn), the share of positives that are called so.

    >>> float(recall(np.float64(3), np.float64(2)))
    0.6
    """
    return tp / (tp + fn)


@_good("tnr", "selectivity")
def specificity(tn: Any, fp: Any) -> Any:
    """tn / (tn + fp)."""
    return tn / (tn + fp)


@_good("negative_predictive_value")
def npv(tn: Any, fn: Any) -> Any:
    """tn / (tn + fn)."""
    return tn / (tn + fn)


@_bad("fall_out")
def fpr(fp: Any, tn: Any) -> Any:
    """fp / (fp + tn)."""
    return fp / (fp + tn)


@_bad("miss_rate")
def fnr(fn: Any, tp: Any) -> Any:
    """fn / (fn + tp)."""
    return fn / (fn + tp)


@_bad("false_discovery_rate")
def fdr(fp: Any, tp: Any) -> Any:
    """fp / (fp + tp)."""
    return fp / (fp + tp)


@_bad("for_", "false_omission_rate", name="for", label="FOR")
def false_omission(fn: Any, tn: Any) -> Any:
    """fn / (fn + tn), the false omission rate."""
    return fn / (fn + tn)


@_good(matrix_function=_matrix_accuracy)
def accuracy(tp: Any, fp: Any, tn: Any, fn: Any) -> Any:
    """(tp + tn) / all; for a matrix, the trace over the sum."""
    return (tp + tn) / (tp + fp + tn + fn)


@_good(matrix_function=_matrix_balanced_accuracy)
def balanced_accuracy(tp: Any, fp: Any, tn: Any, fn: Any) -> Any:
    """The mean of recall and specificity; for a matrix, of the recalls of the classes that occur."""
    return (tp / (tp + fn) + tn / (tn + fp)) / 2


@_good(label="F-beta")
def fbeta(tp: Any, fp: Any, fn: Any, beta: float = 1.0) -> Any:
    """(1 + b^2) tp / ((1 + b^2) tp + b^2 fn + fp), van Rijsbergen (1979).

    >>> float(fbeta(np.float64(3), np.float64(1), np.float64(2), beta=2.0))
    0.625
    """
    square = beta**2
    return (1 + square) * tp / ((1 + square) * tp + square * fn + fp)


@_good("f_score", label="F1")
def f1(tp: Any, fp: Any, fn: Any) -> Any:
    """2 tp / (2 tp + fp + fn)."""
    return 2 * tp / (2 * tp + fp + fn)


@_good(label="F2")
def f2(tp: Any, fp: Any, fn: Any) -> Any:
    """F-beta with beta = 2: recall weighs more."""
    return fbeta(tp, fp, fn, 2.0)


@_good(label="F0.5")
def f05(tp: Any, fp: Any, fn: Any) -> Any:
    """F-beta with beta = 1/2: precision weighs more."""
    return fbeta(tp, fp, fn, 0.5)


@formula("phi", low=-1.0, high=1.0, higher_is_better=True, label="MCC", source=_TABLE, matrix_function=_matrix_mcc)
def mcc(tp: Any, fp: Any, tn: Any, fn: Any) -> Any:
    """Matthews correlation coefficient; for a matrix, R_K (Gorodkin 2004).

    The roots are taken before the product, so that nothing overflows.

    >>> round(float(mcc(np.float64(6), np.float64(1), np.float64(3), np.float64(2))), 4)
    0.4781
    """
    root = np.sqrt(tp + fp) * np.sqrt(tp + fn) * np.sqrt(tn + fp) * np.sqrt(tn + fn)
    return (tp * tn - fp * fn) / root


@formula("bm", "youden", low=-1.0, high=1.0, higher_is_better=True, source=_TABLE)
def informedness(tp: Any, fp: Any, tn: Any, fn: Any) -> Any:
    """recall + specificity - 1, Youden's J."""
    return tp / (tp + fn) + tn / (tn + fp) - 1


@formula("mk", "delta_p", low=-1.0, high=1.0, higher_is_better=True, source=_TABLE)
def markedness(tp: Any, fp: Any, tn: Any, fn: Any) -> Any:
    """precision + npv - 1."""
    return tp / (tp + fp) + tn / (tn + fn) - 1


@_good("csi", "jaccard", "iou")
def threat_score(tp: Any, fp: Any, fn: Any) -> Any:
    """tp / (tp + fn + fp), the critical success index."""
    return tp / (tp + fn + fp)


@_good("fm", label="Fowlkes-Mallows")
def fowlkes_mallows(tp: Any, fp: Any, fn: Any) -> Any:
    """sqrt(precision * recall), Fowlkes and Mallows (1983)."""
    return np.sqrt(tp / (tp + fp) * (tp / (tp + fn)))


@formula(low=0.0, high=1.0, source=_TABLE)
def prevalence(tp: Any, fp: Any, tn: Any, fn: Any) -> Any:
    """(tp + fn) / all."""
    return (tp + fn) / (tp + fp + tn + fn)


@formula("ppr", low=0.0, high=1.0)
def predicted_positive_rate(tp: Any, fp: Any, tn: Any, fn: Any) -> Any:
    """(tp + fp) / all."""
    return (tp + fp) / (tp + fp + tn + fn)


@_good(label="G-mean")
def gmean(tp: Any, fp: Any, tn: Any, fn: Any) -> Any:
    """sqrt(recall * specificity), Kubat and Matwin (1997)."""
    return np.sqrt(tp / (tp + fn) * (tn / (tn + fp)))


@formula("lr+", low=0.0, higher_is_better=True, label="LR+", source=_TABLE)
def lr_plus(tp: Any, fp: Any, tn: Any, fn: Any) -> Any:
    """recall / fpr."""
    return tp / (tp + fn) / (fp / (fp + tn))


@formula("lr-", low=0.0, higher_is_better=False, label="LR-", source=_TABLE)
def lr_minus(tp: Any, fp: Any, tn: Any, fn: Any) -> Any:
    """fnr / specificity."""
    return fn / (tp + fn) / (tn / (fp + tn))


@formula("diagnostic_odds_ratio", low=0.0, higher_is_better=True, label="DOR", source=_TABLE)
def dor(tp: Any, fp: Any, tn: Any, fn: Any) -> Any:
    """(tp * tn) / (fp * fn)."""
    return tp * tn / (fp * fn)


@formula(
    low=-1.0,
    high=1.0,
    higher_is_better=True,
    label="kappa",
    source="Cohen (1960)",
    matrix_function=_matrix_kappa,
)
def kappa(tp: Any, fp: Any, tn: Any, fn: Any) -> Any:
    """Cohen's kappa: agreement beyond chance, of counts 2 (tp tn - fn fp) / ((tp+fp)(fp+tn) + (tp+fn)(fn+tn))."""
    return 2 * (tp * tn - fn * fp) / ((tp + fp) * (fp + tn) + (tp + fn) * (fn + tn))
