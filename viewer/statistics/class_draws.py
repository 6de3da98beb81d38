"""Draws of the four counts of each class, from the posterior of a confusion matrix, without drawing the whole of it.

Of a hundred classes a matrix has ten thousand cells, nearly all of them empty, and these are the same draws at every
epoch. So their sums over rows and columns are known once, and each epoch costs as much as it has cells with a count.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .gammas import of_cells, of_empty_cells

Array = npt.NDArray[Any]


class _Sums(NamedTuple):
    """Draws of tp, and of the other cells of each row and each column, float64 [..., classes, draws]."""

    tp: Array
    row: Array
    column: Array


def class_draws(matrix: Array, prior: float, draws: int) -> tuple[Array, Array, Array, Array]:
    """Draws of tp, fp, tn, fn by argmax, each float64 [classes, draws, epochs].

    They are what `counts_from_matrix` makes of draws of all cells, and add up to as many samples as were counted.

    Args:
        matrix: int [epochs, K, K], rows = true class.
        prior: of a cell.
        draws: how many.
    """
    sums = _drawn(np.ascontiguousarray(matrix).tobytes(), matrix.dtype.str, matrix.shape, prior, draws)
    tp, fn, fp = (np.moveaxis(part, 0, -1) for part in sums)
    total = (tp + fn).sum(axis=0)
    counted = matrix.sum(axis=(1, 2))
    scale = np.divide(counted, total, out=np.zeros_like(total), where=(total > 0) & (counted > 0))
    return tp * scale, fp * scale, np.maximum(total - tp - fn - fp, 0) * scale, fn * scale


@lru_cache(maxsize=8)
def _drawn(counts: bytes, dtype: str, shape: tuple[int, ...], prior: float, draws: int) -> _Sums:
    """Several formulas of the same epochs share them."""
    epochs, k, _ = shape
    matrix = np.frombuffer(counts, dtype).reshape(shape)
    nothing = _of_nothing(k, prior, draws)
    epoch, row, column = np.nonzero(matrix)
    cell = row * k + column
    more = of_cells(matrix[epoch, row, column], cell, k * k, prior, draws) - of_empty_cells(k * k, prior, draws)[cell]
    tp = np.repeat(nothing.tp[None], epochs, axis=0)
    diagonal = row == column
    tp[epoch[diagonal], row[diagonal]] += more[diagonal]
    epoch, more = epoch[~diagonal], more[~diagonal]
    across = _added(nothing.row, epoch * k + row[~diagonal], more, epochs)
    down = _added(nothing.column, epoch * k + column[~diagonal], more, epochs)
    return _Sums(np.maximum(tp, 0), across, down)


def _added(nothing: Array, group: Array, more: Array, epochs: int) -> Array:
    """The sums of empty cells [classes, draws], and what the others add to each group: [epochs, classes, draws]."""
    found = np.repeat(nothing[None], epochs, axis=0)
    if len(group):
        order = np.argsort(group, kind="stable")
        groups, starts = np.unique(group[order], return_index=True)
        found.reshape(-1, more.shape[1])[groups] += np.add.reduceat(more[order], starts, axis=0)
    return np.maximum(found, 0, out=found)  # a rounding error below


@lru_cache(maxsize=4)
def _of_nothing(k: int, prior: float, draws: int) -> _Sums:
    """Of a matrix without a count."""
    cells = of_empty_cells(k * k, prior, draws).reshape(k, k, draws)
    tp = cells[np.arange(k), np.arange(k)].astype(np.float64)
    rows, columns = (cells.sum(axis=axis, dtype=np.float64) for axis in (1, 0))
    return _Sums(tp, rows - tp, columns - tp)
