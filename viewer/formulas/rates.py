"""The confusion-matrix family, first part: ratios of two of the counts, and ratios of such ratios.

Counts are float64 arrays of any one shape. By plain IEEE arithmetic, 0/0 is undefined: NaN; and 1/0 is infinite.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from .registry import formula

TABLE = 'Wikipedia, "Precision and recall", table of the confusion matrix'
good = partial(formula, low=0.0, high=1.0, higher_is_better=True, source=TABLE)
bad = partial(formula, low=0.0, high=1.0, higher_is_better=False, source=TABLE)


@good("ppv", "precision_score", "positive_predictive_value")
def precision(tp: Any, fp: Any) -> Any:
    """tp / (tp + fp), the share of positives among those called positive.

    >>> precision(tp=3, fp=1)
    0.75
    """
    return tp / (tp + fp)


@good("tpr", "true_positive_rate", "sensitivity", "hit_rate", "recall_score")
def recall(tp: Any, fn: Any) -> Any:
    """tp / (tp + fn), the share of positives that are called so.

    >>> recall(tp=3, fn=2)
    0.6
    """
    return tp / (tp + fn)


@good("tnr", "true_negative_rate", "selectivity")
def specificity(tn: Any, fp: Any) -> Any:
    """tn / (tn + fp), the share of negatives that are called so.

    >>> specificity(tn=9, fp=1)
    0.9
    """
    return tn / (tn + fp)


@good("negative_predictive_value")
def npv(tn: Any, fn: Any) -> Any:
    """tn / (tn + fn), the share of negatives among those called negative.

    >>> npv(tn=9, fn=3)
    0.75
    """
    return tn / (tn + fn)


@bad("fall_out", "false_positive_rate")
def fpr(fp: Any, tn: Any) -> Any:
    """fp / (fp + tn), the share of negatives that are called positive.

    >>> fpr(fp=1, tn=9)
    0.1
    """
    return fp / (fp + tn)


@bad("miss_rate", "false_negative_rate")
def fnr(fn: Any, tp: Any) -> Any:
    """fn / (fn + tp), the share of positives that are missed.

    >>> fnr(fn=2, tp=3)
    0.4
    """
    return fn / (fn + tp)


@bad("false_discovery_rate")
def fdr(fp: Any, tp: Any) -> Any:
    """fp / (fp + tp), the share of negatives among those called positive.

    >>> fdr(fp=1, tp=3)
    0.25
    """
    return fp / (fp + tp)


@bad("for_", "false_omission_rate", name="for", label="FOR")
def false_omission(fn: Any, tn: Any) -> Any:
    """fn / (fn + tn), the false omission rate: the share of positives among those called negative.

    >>> false_omission(fn=3, tn=9)
    0.25
    """
    return fn / (fn + tn)


@formula(low=0.0, high=1.0, source=TABLE)
def prevalence(tp: Any, fp: Any, tn: Any, fn: Any) -> Any:
    """(tp + fn) / all, the share of positives.

    >>> prevalence(tp=3, fp=1, tn=14, fn=2)
    0.25
    """
    return (tp + fn) / (tp + fp + tn + fn)


@formula("ppr", low=0.0, high=1.0)
def predicted_positive_rate(tp: Any, fp: Any, tn: Any, fn: Any) -> Any:
    """(tp + fp) / all, the share that is called positive.

    >>> predicted_positive_rate(tp=3, fp=1, tn=14, fn=2)
    0.2
    """
    return (tp + fp) / (tp + fp + tn + fn)


@formula("lr+", low=0.0, higher_is_better=True, label="LR+", source=TABLE)
def lr_plus(tp: Any, fp: Any, tn: Any, fn: Any) -> Any:
    """recall / fpr, the positive likelihood ratio; infinite where there is no false positive.

    >>> lr_plus(tp=3, fp=1, tn=3, fn=1)
    3.0
    """
    return tp / (tp + fn) / (fp / (fp + tn))


@formula("lr-", low=0.0, higher_is_better=False, label="LR-", source=TABLE)
def lr_minus(tp: Any, fp: Any, tn: Any, fn: Any) -> Any:
    """fnr / specificity, the negative likelihood ratio; infinite where there is no true negative.

    >>> lr_minus(tp=1, fp=1, tn=1, fn=1)
    1.0
    """
    return fn / (tp + fn) / (tn / (fp + tn))


@formula("diagnostic_odds_ratio", low=0.0, higher_is_better=True, label="DOR", source=TABLE)
def dor(tp: Any, fp: Any, tn: Any, fn: Any) -> Any:
    """(tp * tn) / (fp * fn), the diagnostic odds ratio, which is LR+ over LR-.

    >>> dor(tp=3, fp=1, tn=4, fn=2)
    6.0
    """
    return tp * tn / (fp * fn)
