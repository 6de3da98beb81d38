"""The difference of any formula between two runs on the same samples: an interval, and a test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .clusters import widened
from .paired import Cells, totals
from .percentiles import holding, interval

Array = npt.NDArray[Any]
Values = Callable[[Array], Array]
PSEUDO = 0.25  # samples added to each of the eight cells
LARGEST = 4_000_000  # numbers in memory at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """B - A of several formulas.

    Args:
        a: float64 [formulas], the values of A.
        b: float64 [formulas], the values of B.
        low: float64 [formulas], lower end of the interval; NaN where there is none.
        high: float64 [formulas], upper end.
        p: float64 [formulas], in [0, 1]: how often chance alone makes a difference as large; NaN where it is undefined.
    """

    a: Array
    b: Array
    low: Array
    high: Array
    p: Array

    @property
    def difference(self) -> Array:
        """float64 [formulas], B - A."""
        return self.b - self.a


def paired_difference(
    cells: Cells, values: Values, *, level: float = 0.95, draws: int = 10_000, seed: int = 0
) -> Difference:
    """The paired bootstrap interval of B - A (Efron 1979), and a paired randomisation test of it (Noreen 1989).

    The interval: as many samples are drawn again, with all that happened to a sample in both runs kept together, which
    is a multinomial draw of the cells; its ends are percentiles. Of two classes, a quarter of a sample is added to each
    of the eight cells before: where positives are few, a plain bootstrap takes what was never seen for impossible, and
    its interval of 95% holds the truth in 90% of cases only.

    The test: were A and B alike, each sample's two outcomes could as well have come the other way round. p is the
    share of such random swaps whose difference is at least as large, either way. For accuracy it is McNemar's test.

    Where samples come in groups, whole groups are drawn again (Davison and Hinkley 1997, section 3.8), and all samples
    of a group are swapped together: what holds them together is kept in both. Few groups make the interval wider, by
    Student's t (`viewer.statistics.clusters.widened`); of one group there is neither interval nor p.

    Args:
        cells: the samples.
        values: formulas of totals [draws, outcomes]: float64 [formulas, draws], NaN where undefined.
        level: of the interval, in (0, 1).
        draws: resamples, and swaps.
        seed: the same seed gives the same interval.

    Raises:
        ValueError: `level` or `draws` breaks its rule.
    """
    if not 0 < level < 1:
        raise ValueError(f"level must be in (0, 1). Received: {level}")
    if draws < 1:
        raise ValueError(f"draws must be 1 or more. Received: {draws}")
    a, b = (values(total)[:, 0] for total in cells.totals())
    rng = np.random.default_rng(seed)
    if cells.groups == 1:
        return Difference(a=a, b=b, low=a * np.nan, high=a * np.nan, p=a * np.nan)
    reach = widened(level, cells.groups) if cells.groups else level
    low, high = interval(_differences(resamples(cells, draws, rng), values), reach)
    p = share_as_large(_differences(swaps(cells, draws, rng), values), b - a)
    low, high, p = np.where(np.isnan(b - a), np.nan, [*holding(low, high, b - a), p])
    return Difference(a=a, b=b, low=low, high=high, p=p)


def resamples(
    cells: Cells, draws: int, rng: np.random.Generator, *, pseudo: float | None = None
) -> Iterator[tuple[Array, Array]]:
    """Totals of A and B, each int64 [some draws, outcomes], of samples or groups that were drawn again; some at a time.

    Args:
        cells: the samples.
        draws: how many in all.
        rng: where chance comes from.
        pseudo: samples added to each cell; `PSEUDO` for eight cells and 0 for others if None. Groups have none.
    """
    if cells.group is not None:
        for some in _portions(cells, draws):
            times = rng.multinomial(cells.groups, np.full(cells.groups, 1 / cells.groups), size=some)
            weights = cells.counts * times[:, cells.group]
            yield totals(weights, cells.a, cells.outcomes), totals(weights, cells.b, cells.outcomes)
        return
    added = cells.counts + ((PSEUDO if cells.complete else 0.0) if pseudo is None else pseudo)
    share = added / max(added.sum(), 1)
    for some in _portions(cells, draws):
        weights = rng.multinomial(cells.samples, share, size=some)
        yield totals(weights, cells.a, cells.outcomes), totals(weights, cells.b, cells.outcomes)


def swaps(cells: Cells, draws: int, rng: np.random.Generator) -> Iterator[tuple[Array, Array]]:
    """The same of samples whose two outcomes are swapped or not, each, or each group, by a coin of its own."""
    for some in _portions(cells, draws):
        if cells.group is None:
            swapped = rng.binomial(cells.counts, 0.5, size=(some, len(cells.counts)))
        else:
            swapped = cells.counts * rng.integers(0, 2, size=(some, cells.groups))[:, cells.group]
        stay = cells.counts - swapped
        yield (
            totals(stay, cells.a, cells.outcomes) + totals(swapped, cells.b, cells.outcomes),
            totals(stay, cells.b, cells.outcomes) + totals(swapped, cells.a, cells.outcomes),
        )


def share_as_large(drawn: Array, seen: Array) -> Array:
    """Share of draws [formulas, draws] at least as far from 0 as what was seen [formulas], which counts as one itself.

    A draw that is undefined counts as large: a test may be too careful, not too bold.
    """
    large = ~(np.abs(drawn) < np.abs(seen)[:, None] * (1 - 1e-9))
    found: Array = (1 + large.sum(axis=1)) / (1 + drawn.shape[1])
    return found


def _differences(pairs: Iterator[tuple[Array, Array]], values: Values) -> Array:
    return np.concatenate([values(b) - values(a) for a, b in pairs], axis=1)


def _portions(cells: Cells, draws: int) -> Iterator[int]:
    most = max(LARGEST // max(cells.outcomes, len(cells.counts)), 1)
    for start in range(0, draws, most):
        yield min(most, draws - start)
