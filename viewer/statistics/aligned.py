"""Rows of epochs that need not hold the same samples, as matrices [epochs, samples]."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def union(keys: Sequence[Array]) -> Array:
    """All keys of all rows: int64 [columns], in the rows' own order where all are the same, else increasing.

    Args:
        keys: for each row int64 [its samples], no number twice.
    """
    first = keys[0] if len(keys) else np.zeros(0, np.int64)
    if all(row is first or np.array_equal(row, first) for row in keys):
        return first
    return np.unique(np.concatenate(list(keys)))


def matrix(columns: Array, keys: Sequence[Array], values: Sequence[Array], missing: float) -> Array:
    """The rows in one matrix [rows, columns] of the values' type.

    Args:
        columns: as `union` gives them.
        keys: for each row its keys.
        values: for each row what stands at its keys.
        missing: what stands where a row has no such key.

    >>> matrix(np.array([3, 5]), [np.array([3, 5]), np.array([5])], [np.array([1, 2]), np.array([4])], -1).tolist()
    [[1, 2], [-1, 4]]
    """
    dtype = np.result_type(*values) if len(values) else np.float64
    found = np.full((len(keys), len(columns)), missing, dtype)
    for row, at, value in zip(found, keys, values, strict=True):
        if len(at) == len(columns):  # then they are the same, in the same order
            row[:] = value
        else:
            row[np.searchsorted(columns, at)] = value
    return found
