"""Four counts and confusion matrices."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Counts = tuple[Array, Array, Array, Array]


def counts_from_matrix(matrix: Array) -> Counts:
    """One-vs-rest tp, fp, tn, fn, each [K, ...], from matrices [..., K, K] with rows = true class."""
    tp = np.diagonal(matrix, axis1=-2, axis2=-1)
    fp = matrix.sum(axis=-2) - tp
    fn = matrix.sum(axis=-1) - tp
    tn = matrix.sum(axis=(-2, -1))[..., None] - tp - fp - fn
    return tuple(np.moveaxis(count, -1, 0) for count in (tp, fp, tn, fn))  # type: ignore[return-value] # four of them


def both_classes(tp: Array, fp: Array, tn: Array, fn: Array) -> Counts:
    """Counts [1, ...] of the positive class as counts [2, ...] of the negative and the positive one."""
    return (
        np.concatenate([tn, tp]),
        np.concatenate([fn, fp]),
        np.concatenate([tp, tn]),
        np.concatenate([fp, fn]),
    )
