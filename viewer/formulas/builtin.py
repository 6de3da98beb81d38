"""The confusion-matrix family, second part: what weighs the rates against each other.

Counts are float64 arrays of any one shape. Undefined (0/0) is NaN, by plain IEEE arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..counts.confusion import counts_from_matrix
from .rates import TABLE, good
from .registry import formula


def _accuracy(tp: Any, fp: Any, tn: Any, fn: Any) -> Any:
    return tp.sum(axis=0) / (tp + fn).sum(axis=0)


def _balanced_accuracy(tp: Any, fp: Any, tn: Any, fn: Any) -> Any:
    recalls = tp / (tp + fn)
    defined = ~np.isnan(recalls)
    return np.where(defined, recalls, 0).sum(axis=0) / defined.sum(axis=0)


def _mcc(tp: Any, fp: Any, tn: Any, fn: Any) -> Any:
    true, predicted = tp + fn, tp + fp
    total = true.sum(axis=0)
    covariance = tp.sum(axis=0) * total - (true * predicted).sum(axis=0)
    # Sums of whole numbers, nothing subtracted from 1: exactly 0 where only one class occurs.
    spreads = [(margin * (total - margin)).sum(axis=0) for margin in (true, predicted)]
    return covariance / np.sqrt(spreads[0]) / np.sqrt(spreads[1])


def _kappa(tp: Any, fp: Any, tn: Any, fn: Any) -> Any:
    total = (tp + fn).sum(axis=0)
    agreed = tp.sum(axis=0) / total
    chance = ((tp + fn) * (tp + fp)).sum(axis=0) / total**2
    return (agreed - chance) / (1 - chance)


def _of_all(function: Callable[..., Any]) -> dict[str, Callable[..., Any]]:
    """A function of the counts of all classes, and the same of the matrix."""
    return {"classes_function": function, "matrix_function": lambda matrix: function(*counts_from_matrix(matrix))}


@good("acc", "accuracy_score", **_of_all(_accuracy))
def accuracy(tp: Any, fp: Any, tn: Any, fn: Any) -> Any:
    """(tp + tn) / all; for a matrix, the trace over the sum.

    >>> accuracy(tp=3, fp=1, tn=14, fn=2)
    0.85
    """
    return (tp + tn) / (tp + fp + tn + fn)


@formula(
    low=0.0,
    high=1.0,
    higher_is_better=False,
    label="Hamming loss",
    source="Tsoumakas and Katakis (2007)",
    pooled=True,
    matrix_function=lambda matrix: 1 - _accuracy(*counts_from_matrix(matrix)),
    classes_function=lambda tp, fp, tn, fn: 1 - _accuracy(tp, fp, tn, fn),
)
def hamming_loss(tp: Any, fp: Any, tn: Any, fn: Any) -> Any:
    """(fp + fn) / all, the share of labels that are wrong; for a matrix, of samples.

    >>> hamming_loss(tp=3, fp=1, tn=14, fn=2)
    0.15
    """
    return (fp + fn) / (tp + fp + tn + fn)


@good("balanced_accuracy_score", **_of_all(_balanced_accuracy), macro_of="recall")
def balanced_accuracy(tp: Any, fp: Any, tn: Any, fn: Any) -> Any:
    """The mean of recall and specificity; for a matrix, of the recalls of the classes that occur.

    >>> balanced_accuracy(tp=1, fp=1, tn=3, fn=1)
    0.625
    """
    return (tp / (tp + fn) + tn / (tn + fp)) / 2


@good("fbeta_score", label="F-beta")
def fbeta(tp: Any, fp: Any, fn: Any, beta: float = 1.0) -> Any:
    """(1 + b^2) tp / ((1 + b^2) tp + b^2 fn + fp), van Rijsbergen (1979).

    >>> fbeta(tp=3, fp=1, fn=2, beta=2.0)
    0.625
    """
    square = beta**2
    return (1 + square) * tp / ((1 + square) * tp + square * fn + fp)


@good("f_score", "f1_score", "dice", label="F1")
def f1(tp: Any, fp: Any, fn: Any) -> Any:
    """2 tp / (2 tp + fp + fn), the harmonic mean of precision and recall.

    >>> f1(tp=3, fp=1, fn=1)
    0.75
    """
    return 2 * tp / (2 * tp + fp + fn)


@good(label="F2")
def f2(tp: Any, fp: Any, fn: Any) -> Any:
    """F-beta with beta = 2: recall weighs more.

    >>> f2(tp=3, fp=1, fn=2)
    0.625
    """
    return fbeta(tp, fp, fn, 2.0)


@good(label="F0.5")
def f05(tp: Any, fp: Any, fn: Any) -> Any:
    """F-beta with beta = 1/2: precision weighs more.

    >>> f05(tp=4, fp=1, fn=4)
    0.7142857142857143
    """
    return fbeta(tp, fp, fn, 0.5)


@formula(
    "phi",
    "matthews_corrcoef",
    low=-1.0,
    high=1.0,
    higher_is_better=True,
    label="MCC",
    source=TABLE,
    **_of_all(_mcc),
)
def mcc(tp: Any, fp: Any, tn: Any, fn: Any) -> Any:
    """Matthews correlation coefficient; for a matrix, R_K (Gorodkin 2004).

    The roots are taken before the product, so that nothing overflows.

    >>> round(float(mcc(tp=6, fp=1, tn=3, fn=2)), 4)
    0.4781
    """
    root = np.sqrt(tp + fp) * np.sqrt(tp + fn) * np.sqrt(tn + fp) * np.sqrt(tn + fn)
    return (tp * tn - fp * fn) / root


@formula("bm", "youden", "youden_j", low=-1.0, high=1.0, higher_is_better=True, source=TABLE)
def informedness(tp: Any, fp: Any, tn: Any, fn: Any) -> Any:
    """recall + specificity - 1, Youden's J (1950).

    >>> informedness(tp=1, fp=1, tn=3, fn=1)
    0.25
    """
    return tp / (tp + fn) + tn / (tn + fp) - 1


@formula("mk", "delta_p", low=-1.0, high=1.0, higher_is_better=True, source=TABLE)
def markedness(tp: Any, fp: Any, tn: Any, fn: Any) -> Any:
    """precision + npv - 1.

    >>> markedness(tp=1, fp=1, tn=3, fn=1)
    0.25
    """
    return tp / (tp + fp) + tn / (tn + fn) - 1


@good("csi", "jaccard", "jaccard_score", "iou")
def threat_score(tp: Any, fp: Any, fn: Any) -> Any:
    """tp / (tp + fn + fp), the critical success index or Jaccard's.

    >>> threat_score(tp=3, fp=1, fn=2)
    0.5
    """
    return tp / (tp + fn + fp)


@good("fm", "fowlkes_mallows_index", label="Fowlkes-Mallows")
def fowlkes_mallows(tp: Any, fp: Any, fn: Any) -> Any:
    """sqrt(precision * recall), Fowlkes and Mallows (1983).

    >>> float(fowlkes_mallows(tp=4, fp=12, fn=0))
    0.5
    """
    return np.sqrt(tp / (tp + fp) * (tp / (tp + fn)))


@good("g_mean", "geometric_mean_score", label="G-mean")
def gmean(tp: Any, fp: Any, tn: Any, fn: Any) -> Any:
    """sqrt(recall * specificity), Kubat and Matwin (1997).

    >>> float(gmean(tp=1, fp=0, tn=4, fn=3))
    0.5
    """
    return np.sqrt(tp / (tp + fn) * (tn / (tn + fp)))


@formula(
    "cohen_kappa",
    "cohen_kappa_score",
    low=-1.0,
    high=1.0,
    higher_is_better=True,
    label="kappa",
    source="Cohen (1960)",
    **_of_all(_kappa),
)
def kappa(tp: Any, fp: Any, tn: Any, fn: Any) -> Any:
    """Cohen's kappa: agreement beyond chance, of counts 2 (tp tn - fn fp) / ((tp+fp)(fp+tn) + (tp+fn)(fn+tn)).

    >>> kappa(tp=3, fp=1, tn=3, fn=1)
    0.5
    """
    return 2 * (tp * tn - fn * fp) / ((tp + fp) * (fp + tn) + (tp + fn) * (fn + tn))
