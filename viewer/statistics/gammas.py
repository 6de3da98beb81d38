"""Gamma variates from noise that is always the same: equal shapes give equal draws, near shapes near ones.

NumPy's own generator takes a number of random bits that depends on the shape, so that the band of one epoch would
tremble beside that of the next; SciPy's inverse of the distribution would not, at many times the cost of a draw.
"""

from __future__ import annotations

from functools import lru_cache
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
SEED = 20261123
POOL = 2**16
TRIES = 16
SQUEEZE = np.float32(0.0331)


def gammas(counts: Array, prior: float, draws: int) -> Array:
    """Variates of Gamma(counts + prior, 1), float32 [cells, epochs, draws].

    The method of Marsaglia and Tsang (2000), https://doi.org/10.1145/358407.358414, fed with the same noise for
    every epoch: a band does not tremble from epoch to epoch, or while a threshold is dragged. The noise is a Latin
    hypercube (McKay, Beckman and Conover 1979), so that few draws give steady percentiles.

    Args:
        counts: [cells, epochs], 0 or more; cells are independent, epochs are not.
        prior: above 0.
        draws: how many for each.
    """
    cells, epochs = counts.shape
    found = np.empty((cells, epochs, draws), np.float32)
    found[:] = of_empty_cells(cells, prior, draws)[:, None]
    cell, epoch = np.nonzero(counts)
    found[cell, epoch] = of_cells(counts[cell, epoch], cell, cells, prior, draws)
    return found


def of_cells(counts: Array, cell: Array, cells: int, prior: float, draws: int) -> Array:
    """The rows [some, draws] that `gammas` has for some of the cells.

    Args:
        counts: [some], above 0.
        cell: int64 [some], the number of each cell.
        cells: how many there are in all.
        prior: as in `gammas`.
        draws: as in `gammas`.
    """
    return _variates(counts + prior, cell, noise(cells, draws))


@lru_cache(maxsize=4)
def noise(cells: int, draws: int) -> tuple[Array, Array, Array]:
    """Standard normal, uniform and exponential numbers, float32 [cells, draws]: each row in strata, in random order."""
    rng = np.random.default_rng(SEED)
    middles = (np.arange(draws) + 0.5) / draws
    normal = np.array([NormalDist().inv_cdf(middle) for middle in middles])
    rows = (normal, middles, -np.log(middles))
    shuffled = [rng.permuted(np.tile(row.astype(np.float32), (cells, 1)), axis=1) for row in rows]
    return shuffled[0], shuffled[1], shuffled[2]


@lru_cache(maxsize=4)
def _doubtful(cells: int, draws: int) -> Array:
    """Where a proposal may be refused, bool [cells, draws]: of all others Marsaglia's squeeze is sure."""
    normal, uniform, _ = noise(cells, draws)
    found: Array = uniform >= 1 - SQUEEZE * np.square(np.square(normal))
    return found


@lru_cache(maxsize=4)
def of_empty_cells(cells: int, prior: float, draws: int) -> Array:
    """The rows [cells, draws] that `gammas` has where nothing was counted: of a large matrix, most."""
    return _variates(np.full(cells, prior), np.arange(cells), noise(cells, draws))


@lru_cache(maxsize=1)
def _pool() -> tuple[Array, Array]:
    """Normal and uniform numbers for another try."""
    rng = np.random.default_rng(SEED + 1)
    return rng.standard_normal(POOL, np.float32), rng.random(POOL, np.float32)


def _variates(shape: Array, cell: Array, of_cells: tuple[Array, Array, Array]) -> Array:
    """One row of draws for each shape, from the noise of its cell."""
    normal, uniform, exponential = of_cells
    small = np.flatnonzero(shape < 1)
    d = (shape - 1 / 3).astype(np.float32)
    d[small] += 1
    found = _proposed(d[:, None], normal[cell])
    row, draw = np.nonzero(_doubtful(*normal.shape)[cell])
    taken = _accepted(d[row], normal[cell[row], draw], uniform[cell[row], draw])
    _try_again(found, d, cell, row[~taken], draw[~taken])
    found[small] *= np.exp(-exponential[cell[small]] / shape[small, None])
    return found


def _proposed(d: Array, normal: Array) -> Array:
    cube = normal * (1 / np.sqrt(9 * d))
    cube += 1
    cube *= cube * cube
    cube *= d
    return cube


def _accepted(d: Array, normal: Array, uniform: Array) -> Array:
    """Whether the proposal of these numbers is taken; of differences that float32 has not."""
    whole, x = d.astype(np.float64), normal.astype(np.float64)
    step = x / np.sqrt(9 * whole)
    with np.errstate(divide="ignore", invalid="ignore"):  # proposals of 0 or less are none
        bound = x * x / 2 + whole * (3 * np.log1p(step) - step * (3 + step * (3 + step)))
    return np.log(uniform) < bound


def _try_again(found: Array, d: Array, cell: Array, row: Array, draw: Array) -> None:
    normals, uniforms = _pool()
    for attempt in range(TRIES):
        if not len(row):
            return
        chosen = (cell[row] * 40_503 + draw * 977 + attempt * 7_919) % POOL
        proposal = _proposed(d[row], normals[chosen])
        found[row, draw] = np.maximum(proposal, 0)
        again = ~_accepted(d[row], normals[chosen], uniforms[chosen])
        row, draw = row[again], draw[again]
