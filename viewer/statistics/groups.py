"""Several runs of one kind, seeds or folds, as one: their mean and spread."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Band:
    """Mean and spread of several runs.

    Args:
        x: float64 [points], increasing.
        mean: float64 [points], over the runs that have a defined value there; NaN where none has.
        sd: float64 [points], the standard deviation between runs (n - 1 below the line); NaN for fewer than two.
        n: int64 [points], how many runs that are.
    """

    x: Array
    mean: Array
    sd: Array
    n: Array


def band_of(xs: Sequence[Array], values: Sequence[Array]) -> Band:
    """The band of curves that need not have the same x.

    At each x of any of them, a curve has the value that it had last; before its first and after its last it has none.

    Args:
        xs: for each run float64 [its points], increasing: epochs, steps or seconds.
        values: for each run float64 [its points]; NaN is undefined.
    """
    grid = np.unique(np.concatenate([np.asarray(x, np.float64) for x in xs])) if len(xs) else np.zeros(0)
    rows = np.array([_held(x, value, grid) for x, value in zip(xs, values, strict=True)]).reshape(len(xs), len(grid))
    n = np.isfinite(rows).sum(axis=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of no defined value the mean is NaN, as it should be
        rows = np.where(np.isfinite(rows), rows, np.nan)
        mean = np.nanmean(rows, axis=0) if len(rows) else np.zeros(0)
        sd = np.where(n > 1, np.nanstd(rows, axis=0, ddof=1), np.nan) if len(rows) else np.zeros(0)
    return Band(grid, mean, sd, n)


def _held(x: Array, values: Array, grid: Array) -> Array:
    if not len(x):
        return np.full(len(grid), np.nan)
    held = np.asarray(values, np.float64)[np.maximum(np.searchsorted(x, grid, side="right") - 1, 0)]
    return np.where((grid >= x[0]) & (grid <= x[-1]), held, np.nan)
