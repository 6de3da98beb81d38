"""Samples that come in groups (pixels of an image, visits of a patient): how much less they tell than independent ones.

Where the errors of a group go together, its samples tell less than as many that have nothing to do with each other. By
how much depends on the formula: so for each formula its variance is taken twice from the same samples, with groups and
with samples as what was drawn at random, both by linearisation (Woodruff 1971; Binder 1983). Their ratio is the design
effect (Kish 1965). The counts divided by it are as good as those of independent samples (Rao and Scott 1992,
https://doi.org/10.2307/2532311), and an interval of them is one of the grouped samples. Of few groups the variance is
not well known; the quantiles of Student's t make up for that, as Korn and Graubard (1998) have it for proportions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .student import critical

Array = npt.NDArray[Any]
Values = Callable[[Array], Array]
PRIOR = 2.0  # samples, as that of the posterior; without it a group would say nothing where no sample is wrong
STEP = 1e-3  # of a count, by which it is moved to see what the formula makes of that
TOUCHED = 1e-9  # of the largest influence, below which there is none
LARGEST = 4_000_000  # numbers in memory at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupTotals:
    """How many samples of each group had each outcome; only those that occur.

    Args:
        group: int64 [entries], which group.
        outcome: int64 [entries], which outcome, as of `Scheme.outcome`.
        count: [entries], samples, or sums of their weights.
        outcomes: how many there are.
        drawn_together: outcomes of which a sample has one.
        samples: how many there are, or the sum of their weights.
        squares: sum of the squared weights, over the sum of the weights; 1 without weights.
    """

    group: Array
    outcome: Array
    count: Array
    outcomes: int
    drawn_together: int
    samples: float
    squares: float = 1.0

    @property
    def totals(self) -> Array:
        """float64 [outcomes], of all groups."""
        return np.bincount(self.outcome, self.count, minlength=self.outcomes)


def totals_of(
    outcome: Array, group: Array, outcomes: int, drawn_together: int, weight: Array | None = None
) -> GroupTotals:
    """The totals of samples.

    Args:
        outcome: int64 [samples, columns]; -1 for what does not count.
        group: int64 [samples], from 0.
        outcomes: how many there are.
        drawn_together: outcomes of which a sample has one.
        weight: [samples] of the samples; None where each counts once.
    """
    there = outcome >= 0
    place = (group[:, None] * outcomes + outcome)[there]
    if weight is None:
        entries, count = np.unique(place, return_counts=True)
        samples, squares = float(there[:, 0].sum()), 1.0
    else:
        each = np.broadcast_to(np.asarray(weight, np.float64)[:, None], outcome.shape)[there]
        entries, inverse = np.unique(place, return_inverse=True)
        count = np.bincount(inverse, each, minlength=len(entries))
        own = np.asarray(weight, np.float64)[there[:, 0]]
        samples, squares = float(own.sum()), float((own**2).sum() / own.sum()) if own.sum() > 0 else 1.0
    return GroupTotals(
        group=entries // outcomes, outcome=entries % outcomes, count=count, outcomes=outcomes,
        drawn_together=drawn_together, samples=samples, squares=squares,
    )  # fmt: skip


def effective_share(values: Values, totals: GroupTotals, level: float) -> float:
    """By what the counts are to be multiplied to be as good as those of independent samples, in (0, 1].

    NaN where fewer than two groups have a part in the formula: one group does not tell how groups differ.

    Args:
        values: a formula of totals [draws, outcomes]: float64 [draws].
        totals: of the samples by group.
        level: of the interval that is to be made of the counts, in (0, 1).
    """
    influence = _influence(values, totals)
    each = totals.count * influence[totals.outcome]
    part = np.abs(each) > TOUCHED * np.abs(each).max(initial=0)
    groups, samples = len(np.unique(totals.group[part])), totals.count[part].sum()
    if groups < 2 or np.isnan(each).any():
        return float("nan")
    by_group = np.bincount(totals.group, each)
    clustered = (by_group**2).sum() * groups / (groups - 1)
    independent = totals.squares * (each * influence[totals.outcome]).sum() * samples / max(samples - 1, 1)
    quantiles = critical(level, groups - 1) / critical(level, max(round(samples) - 1, groups - 1))
    return min(float(independent / clustered / quantiles**2), 1.0)


def _influence(values: Values, totals: GroupTotals) -> Array:
    """float64 [outcomes]: by how much the formula moves with a sample more of an outcome; 0 of those that none has.

    As many samples as there are, whatever their outcomes: of a formula that grows with them, such as tp, what any
    sample more adds is no difference between samples, and is taken off. Of others that is nothing.
    """
    counts = totals.totals
    around = counts + PRIOR / totals.drawn_together
    there, found = np.flatnonzero(counts > 0), np.zeros(totals.outcomes)
    found[there] = _slopes(values, around, there[:, None])
    together = np.arange(totals.outcomes).reshape(-1, totals.drawn_together)
    any_more = _slopes(values, around, together)
    any_more[np.abs(any_more) <= TOUCHED * np.abs(found).max(initial=0)] = 0  # what rounding leaves
    found[there] -= any_more.repeat(totals.drawn_together)[there]
    return found


def _slopes(values: Values, around: Array, rows: Array) -> Array:
    """float64 [rows]: by how much the formula moves with a sample more, spread over the outcomes of a row as they are.

    Args:
        values: of totals.
        around: float64 [outcomes], the totals at which.
        rows: int64 [rows, outcomes that are moved together].
    """
    found = np.zeros(len(rows))
    some = max(LARGEST // (2 * len(around)), 1)
    for start in range(0, len(rows), some):
        own = rows[start : start + some]
        step = np.zeros((len(own), len(around)))
        np.put_along_axis(step, own, STEP * around[own], axis=1)
        moved = values(np.concatenate([around + step, around - step])).reshape(2, -1)
        found[start : start + some] = (moved[0] - moved[1]) / (2 * STEP * around[own].sum(axis=1))
    return found


def widened(level: float, groups: int) -> float:
    """The level of percentiles that makes up for few groups in a bootstrap of groups (Hesterberg 2015, section 3.2.2).

    Resampled groups spread less than groups do, by the factor (groups - 1) / groups in the variance, and their
    percentiles are those of a normal distribution where Student's t is due.

    Args:
        level: that is wanted, in (0, 1).
        groups: how many were drawn again, 2 or more.
    """
    from statistics import NormalDist

    reach = critical(level, groups - 1) * (groups / (groups - 1)) ** 0.5
    return 2 * NormalDist().cdf(reach) - 1
