"""The best of a series, and which end of it is good."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from . import FORMULAS, Spec

Array = npt.NDArray[Any]
LOWER_IS_BETTER = ("loss", "error", "mse", "mae", "mape", "crossentropy", "perplexity")
HIGHER_IS_BETTER = ("accuracy", "auc", "precision", "recall", "iou")  # as Keras names its metrics
ALIKE = 1e-12  # of a value: by so much equally good ones differ, as numbers are rounded
HIGHER_BY_NAME = {"r2", "r2_score", "ndcg", "mrr", "map"}  # of regressions and rankings, whole names: higher is better


def best_position(values: Array, higher_is_better: bool | None) -> int | None:
    """Position of the best value, the first of equals; None where neither end is good or all are NaN.

    >>> best_position(np.array([0.2, 0.3, 0.1 + 0.2]), True)  # 0.1 + 0.2 > 0.3, as numbers are rounded
    1
    """
    finite = np.isfinite(values)
    if higher_is_better is None or not finite.any():
        return None
    height = np.where(finite, values if higher_is_better else -values, -np.inf)
    top = height.max()
    return int((height >= top - ALIKE * abs(top)).argmax())


def direction(asked: Spec | str) -> bool | None:
    """Whether higher is better: what the formula states; of a log, what its name tells; None for an expression."""
    if isinstance(asked, Spec):
        item = asked.formula
        log = item.needs[0] if len(item.needs) == 1 and item.needs[0] == item.name.strip("`") else ""
        return direction(log) if log and item.higher_is_better is None else item.higher_is_better
    name = asked.lower()
    if any(word in name for word in LOWER_IS_BETTER):
        return False
    known = asked.removeprefix("val_")
    if known in FORMULAS:
        return FORMULAS[known].higher_is_better
    told = any(word in name for word in HIGHER_IS_BETTER) or known.lower().partition("@")[0] in HIGHER_BY_NAME
    return True if told else None
