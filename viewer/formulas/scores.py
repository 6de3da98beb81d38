"""The area and calibration family: formulas of whole score distributions, whatever the threshold.

`scores` are those of a class (`viewer.counts.scores.Scores`). Where each is known, the value is exact; where only a
histogram is, the value is the middle of what the order of the scores within bins leaves open, and `Run.bounds` gives
the ends. Undefined is NaN.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from ..counts import calibration, curves, error_rates, operating
from ..counts.scores import Scores
from .registry import formula

_share = partial(formula, low=0.0, high=1.0)
_good = partial(_share, higher_is_better=True)
_bad = partial(_share, higher_is_better=False)


def _value(exact: Callable[..., Any], bounds: Callable[..., tuple[Any, Any]], scores: Scores, *constants: float) -> Any:
    """What is known exactly; else the middle of the bounds."""
    if scores.known:
        return exact(scores, *constants)
    low, high = bounds(scores, *constants)
    return (low + high) / 2


@_good(
    "ap",
    "average_precision_score",
    "auprc",
    "pr_auc",
    label="average precision",
    source="scikit-learn",
    bounds=curves.average_precision_bounds,
)
def average_precision(scores: Scores) -> Any:
    """The sum over thresholds of (R_n - R_(n-1)) P_n, recall and precision without interpolation.

    That of scikit-learn, under the names `auprc` and `pr_auc` too; Davis and Goadrich (2006) say why not the trapezoid.

    >>> float(average_precision(Scores.of_samples([0, 1, 0, 1], [0.1, 0.4, 0.6, 0.8])))
    0.8333333333333333
    """
    return _value(curves.average_precision, curves.average_precision_bounds, scores)


@_good(
    "auc", "auroc", "roc_auc_score", label="ROC AUC", source="Hanley and McNeil (1982)", bounds=curves.roc_auc_bounds
)
def roc_auc(scores: Scores) -> Any:
    """P(score of a positive > that of a negative) + P(equal) / 2, the area under the ROC curve.

    >>> float(roc_auc(Scores.of_samples([0, 1, 0, 1], [0.1, 0.4, 0.6, 0.8])))
    0.75
    """
    return curves.roc_auc(scores)  # ties count half: the middle of its bounds as it is, for half of their cost


@_good("ks_statistic", label="KS", source="Smirnov (1939)", bounds=curves.ks_bounds)
def ks(scores: Scores) -> Any:
    """max |recall - fpr| over thresholds: the two-sample Kolmogorov-Smirnov statistic of the classes' scores.

    >>> float(ks(Scores.of_samples([0, 1, 0, 1], [0.1, 0.4, 0.6, 0.8])))
    0.5
    """
    return _value(curves.ks, curves.ks_bounds, scores)


@_bad("brier_score", "brier_score_loss", label="Brier score", source="Brier (1950)", bounds=calibration.brier_bounds)
def brier(scores: Scores) -> Any:
    """The mean of (y - score)^2.

    >>> round(float(brier(Scores.of_samples([0, 1], [0.2, 0.6]))), 6)
    0.1
    """
    return _value(calibration.brier, calibration.brier_bounds, scores)


@formula(low=0.0, higher_is_better=False, label="log loss", source="Good (1952)", bounds=calibration.log_loss_bounds)
def log_loss(scores: Scores) -> Any:
    """The mean of -log p, p the probability given to what was true, at least 2^-23, in nats.

    >>> round(float(log_loss(Scores.of_samples([0, 1], [0.5, 0.25]))), 4)
    1.0397
    """
    return _value(calibration.log_loss, calibration.log_loss_bounds, scores)


def _ece_bounds(scores: Scores, groups: float = 10) -> Any:
    return calibration.ece_bounds(scores, groups)


@_bad("expected_calibration_error", label="ECE", source="Naeini et al. (2015)", bounds=_ece_bounds)
def ece(scores: Scores, groups: float = 10) -> Any:
    """The mean of |share of positives - mean score| of even groups of scores, each weighing as its samples.

    The expected calibration error of one class; its macro average is the class-wise one of Kull et al. (2019).

    >>> round(float(ece(Scores.of_samples([0, 1, 1, 1], [0.25, 0.25, 0.9, 0.9]))), 6)
    0.175
    """
    return _value(calibration.ece, calibration.ece_bounds, scores, groups)


def _recall_at_precision_bounds(scores: Scores, p: float = 0.9) -> Any:
    return operating.recall_at_precision_bounds(scores, p)


@_good(label="recall at precision", bounds=_recall_at_precision_bounds)
def recall_at_precision(scores: Scores, p: float = 0.9) -> Any:
    """max recall over thresholds with precision >= p; NaN where no threshold has it.

    >>> float(recall_at_precision(Scores.of_samples([0, 1, 0, 1], [0.1, 0.4, 0.6, 0.8])))
    0.5
    """
    return _value(operating.recall_at_precision, operating.recall_at_precision_bounds, scores, p)


def _precision_at_recall_bounds(scores: Scores, r: float = 0.9) -> Any:
    return operating.precision_at_recall_bounds(scores, r)


@_good(label="precision at recall", bounds=_precision_at_recall_bounds)
def precision_at_recall(scores: Scores, r: float = 0.9) -> Any:
    """max precision over thresholds with recall >= r; NaN where no threshold has it.

    >>> round(float(precision_at_recall(Scores.of_samples([0, 1, 0, 1], [0.1, 0.4, 0.6, 0.8]))), 4)
    0.6667
    """
    return _value(operating.precision_at_recall, operating.precision_at_recall_bounds, scores, r)


def _recall_at_alerts_bounds(scores: Scores, k: float = 100) -> Any:
    return operating.recall_at_alerts_bounds(scores, k)


@_good(label="recall at alerts", bounds=_recall_at_alerts_bounds)
def recall_at_alerts(scores: Scores, k: float = 100) -> Any:
    """The share of all positives that are among the k samples of the highest scores; ties are drawn by lot.

    >>> float(recall_at_alerts(Scores.of_samples([0, 1, 0, 1], [0.1, 0.4, 0.6, 0.8]), k=2))
    0.5
    """
    return _value(operating.recall_at_alerts, operating.recall_at_alerts_bounds, scores, k)


@_good(label="best F1", source="Lipton et al. (2014)", bounds=operating.best_f1_bounds)
def best_f1(scores: Scores) -> Any:
    """max 2 tp / (2 tp + fp + fn) over thresholds. Chosen on the samples it is measured on, it is optimistic.

    >>> float(best_f1(Scores.of_samples([0, 1, 0, 1], [0.1, 0.4, 0.6, 0.8])))
    0.8
    """
    return _value(operating.best_f1, operating.best_f1_bounds, scores)


@_share(label="best F1 threshold", source="Lipton et al. (2014)")
def best_f1_threshold(scores: Scores) -> Any:
    """The recorded threshold of `best_f1`; of several the one nearest to 1/2.

    >>> round(float(best_f1_threshold(Scores.of_samples([0, 1, 0, 1], [0.1, 0.4, 0.6, 0.8]))), 4)
    0.1
    """
    return operating.best_f1_threshold(scores)


def _gain_bounds(scores: Scores, share: float = 0.1) -> Any:
    return operating.gain_bounds(scores, share)


@_good(label="gain", bounds=_gain_bounds)
def gain(scores: Scores, share: float = 0.1) -> Any:
    """The share of all positives among the tenth (`share`) of the samples with the highest scores; ties by lot.

    >>> float(gain(Scores.of_samples([0, 1, 0, 1], [0.1, 0.4, 0.6, 0.8]), share=0.25))
    0.5
    """
    return _value(operating.gain, operating.gain_bounds, scores, share)


def _lift_bounds(scores: Scores, share: float = 0.1) -> Any:
    low, high = operating.gain_bounds(scores, share)
    return low / share, high / share


@formula(label="lift", low=0.0, higher_is_better=True, bounds=_lift_bounds)
def lift(scores: Scores, share: float = 0.1) -> Any:
    """`gain` / `share`: how many times more positives there are among them than among as many drawn by chance.

    >>> float(lift(Scores.of_samples([0, 1, 0, 1], [0.1, 0.4, 0.6, 0.8]), share=0.25))
    2.0
    """
    return gain(scores, share) / share


def _fpr_at_tpr_bounds(scores: Scores, tpr: float = 0.95) -> Any:
    return error_rates.fpr_at_tpr_bounds(scores, tpr)


@_bad("fpr_at_recall", label="FPR at TPR", bounds=_fpr_at_tpr_bounds)
def fpr_at_tpr(scores: Scores, tpr: float = 0.95) -> Any:
    """min false positive rate over thresholds with a true positive rate (recall) >= `tpr`.

    >>> float(fpr_at_tpr(Scores.of_samples([0, 1, 0, 1], [0.1, 0.4, 0.6, 0.8])))
    0.5
    """
    return _value(error_rates.fpr_at_tpr, error_rates.fpr_at_tpr_bounds, scores, tpr)


@_bad("equal_error_rate", label="equal error rate", bounds=error_rates.equal_error_rate_bounds)
def eer(scores: Scores) -> Any:
    """The false positive rate where it equals the false negative rate, on the ROC curve with straight lines.

    >>> float(eer(Scores.of_samples([0, 1, 0, 1], [0.1, 0.4, 0.6, 0.8])))
    0.5
    """
    return _value(error_rates.equal_error_rate, error_rates.equal_error_rate_bounds, scores)
