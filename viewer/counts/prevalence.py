"""What if positives were rarer: counts and histograms rescaled to another prevalence.

The scores within each class are held fixed: recall and false positive rate stay as they are at every threshold, and
what depends on the mixture of the classes follows. That is label shift; a population whose positives are also harder to
tell needs samples of its own.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .confusion import Counts

Array = npt.NDArray[Any]


def at_prevalence(tp: Any, fp: Any, tn: Any, fn: Any, prevalence: float) -> Counts:
    """The four counts of as many samples with that share of positives; of a class without samples NaN.

    Args:
        tp: any shape; the others broadcast with it.
        fp: as tp.
        tn: as tp.
        fn: as tp.
        prevalence: the share of positives, in (0, 1).

    Raises:
        ValueError: The prevalence is outside.

    >>> [round(float(count), 9) for count in at_prevalence(8, 1, 9, 2, 0.05)]
    [0.8, 1.9, 17.1, 0.2]
    """
    tp, fp, tn, fn = (np.asarray(count, np.float64) for count in (tp, fp, tn, fn))
    negatives, positives = _factors(fp + tn, tp + fn, prevalence)
    return tp * positives, fp * negatives, tn * negatives, fn * positives


def histogram_at_prevalence(histogram: Array, prevalence: float) -> Array:
    """A histogram [..., 2, bins] of as many samples with that share of positives: float64.

    Raises:
        ValueError: The prevalence is outside (0, 1).
    """
    totals = histogram.sum(axis=-1)
    factors = _factors(totals[..., 0], totals[..., 1], prevalence)
    return histogram * np.stack(factors, axis=-1)[..., None]


def _factors(negatives: Array, positives: Array, prevalence: float) -> tuple[Array, Array]:
    if not 0 < prevalence < 1:
        raise ValueError(f"prevalence must be in (0, 1). Received: {prevalence}")
    total = np.asarray(negatives + positives, np.float64)
    shares = ((1 - prevalence, negatives), (prevalence, positives))
    rarer, commoner = (
        np.divide(share * total, part, out=np.full_like(total, np.nan), where=part > 0) for share, part in shares
    )
    return rarer, commoner
