"""Many tests at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def holm(p_values: Sequence[float] | Floats) -> Floats:
    """p-values corrected for their number, so that one in all is below 0.05 by chance in at most 5 of 100 cases.

    Holm (1979): the smallest of m is multiplied by m, the next by m - 1, and so on, and none may be below the one
    before it. It holds however the tests depend on one another.
    statsmodels has it, and the tests compare with that: a package of many megabytes for five lines.

    >>> holm([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.06, 0.06]

    Args:
        p_values: [tests], in [0, 1]; NaN is no test and counts for none.

    Returns:
        float64 [tests], at most 1; NaN where there is no test.

    Raises:
        ValueError: A value is no probability.
    """
    values = np.asarray(p_values, np.float64)
    if ((values < 0) | (values > 1)).any():
        raise ValueError(f"p-values must be in [0, 1]. Received: {values.tolist()}")
    corrected = np.full(values.shape, np.nan)
    order = np.argsort(values, kind="stable")[: np.isfinite(values).sum()]
    factors = np.arange(len(order), 0, -1)
    corrected[order] = np.minimum(np.maximum.accumulate(values[order] * factors), 1.0)
    return corrected
