"""Four counts and confusion matrices."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from recorder.runfile import counts_of_matrix

Array = npt.NDArray[Any]
Counts = tuple[Array, Array, Array, Array]


def counts_from_matrix(matrix: Array) -> Counts:
    """One-vs-rest tp, fp, tn, fn, each [K, ...], from matrices [..., K, K] with rows = true class."""
    tp, fp, tn, fn = (np.moveaxis(count, -1, 0) for count in counts_of_matrix(matrix))
    return tp, fp, tn, fn
