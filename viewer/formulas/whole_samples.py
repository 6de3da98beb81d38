"""Formulas of samples taken whole: top-k accuracy, and how all labels of a sample are decided and ranked.

`top_k`, `exact_matches` and `ranking` are those of `viewer.counts.whole_samples`. Undefined is NaN.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from ..counts.whole_samples import ExactMatches, Ranking, TopK
from .registry import formula

_good = partial(formula, low=0.0, high=1.0, higher_is_better=True, source="scikit-learn")


@_good("top_k_accuracy_score", label="top-k accuracy", pooled=True)
def top_k_accuracy(top_k: TopK, k: float = 2) -> Any:
    """The share of samples whose true class is among the k highest scores; k is 1, 2, 3, 5 or 10.

    Of two classes of one score the lower is the higher, as in argmax, so that with k = 1 it is accuracy.

    >>> import numpy as np
    >>> top_k_accuracy(TopK(np.array([[[3.0, 4.0, 5.0]]]), (1, 2, 3))).tolist()
    [[0.8]]
    """
    return top_k.within(k) / top_k.samples


@_good(label="top-2 accuracy", pooled=True)
def top2_accuracy(top_k: TopK) -> Any:
    """The share of samples whose true class is among the 2 highest scores.

    >>> import numpy as np
    >>> top2_accuracy(TopK(np.array([[[3.0, 4.0, 5.0]]]), (1, 2, 3))).tolist()
    [[0.8]]
    """
    return top_k_accuracy(top_k, 2)


@_good(label="top-3 accuracy", pooled=True)
def top3_accuracy(top_k: TopK) -> Any:
    """The share of samples whose true class is among the 3 highest scores.

    >>> import numpy as np
    >>> top3_accuracy(TopK(np.array([[[3.0, 4.0, 5.0]]]), (2, 3, 4))).tolist()
    [[0.8]]
    """
    return top_k_accuracy(top_k, 3)


@_good(label="top-5 accuracy", pooled=True)
def top5_accuracy(top_k: TopK) -> Any:
    """The share of samples whose true class is among the 5 highest scores.

    >>> import numpy as np
    >>> top5_accuracy(TopK(np.array([[[3.0, 4.0, 5.0]]]), (3, 5, 10))).tolist()
    [[0.8]]
    """
    return top_k_accuracy(top_k, 5)


@_good(label="top-10 accuracy", pooled=True)
def top10_accuracy(top_k: TopK) -> Any:
    """The share of samples whose true class is among the 10 highest scores.

    >>> import numpy as np
    >>> top10_accuracy(TopK(np.array([[[3.0, 4.0, 5.0]]]), (5, 10, 20))).tolist()
    [[0.8]]
    """
    return top_k_accuracy(top_k, 10)


@_good("exact_match_ratio", label="subset accuracy")
def subset_accuracy(exact_matches: ExactMatches) -> Any:
    """The share of samples all of whose labels are right at the threshold: scikit-learn's accuracy of multi-label.

    >>> subset_accuracy(ExactMatches(right=3.0, samples=4.0))
    0.75
    """
    return exact_matches.right / exact_matches.samples


@_good("lrap", "label_ranking_average_precision_score", label="label ranking AP")
def label_ranking_average_precision(ranking: Ranking) -> Any:
    """The mean over true labels of (true ones as high) / (labels as high), then over samples.

    A label is as high as all that have its score; a sample with all labels true, or none, has 1.

    >>> label_ranking_average_precision(Ranking(precision=3.0, loss=0.5, coverage=6.0, samples=4.0))
    0.75
    """
    return ranking.precision / ranking.samples


@formula("label_ranking_loss", low=0.0, high=1.0, higher_is_better=False, label="ranking loss", source="scikit-learn")
def ranking_loss(ranking: Ranking) -> Any:
    """The share of pairs of a true label and another one whose scores are equal or wrongly ordered, mean over samples.

    A sample with all labels true, or none, has 0.

    >>> ranking_loss(Ranking(precision=3.0, loss=0.5, coverage=6.0, samples=4.0))
    0.125
    """
    return ranking.loss / ranking.samples


@formula(low=0.0, higher_is_better=False, label="coverage error", source="scikit-learn")
def coverage_error(ranking: Ranking) -> Any:
    """How many of the highest labels it takes to have all true ones, mean over samples; 0 where none is true.

    >>> coverage_error(Ranking(precision=3.0, loss=0.5, coverage=6.0, samples=4.0))
    1.5
    """
    return ranking.coverage / ranking.samples
