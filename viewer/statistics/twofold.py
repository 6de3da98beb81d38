"""What a choice is worth on samples that had no part in it: chosen on one half, measured on the other."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from recorder.runfile import four_counts

from .goal import Counts, Goal
from .picking import at, pick, preference
from .scored import Scored
from .tracks import UNKNOWN

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class TwofoldResult:
    """What repeated splits gave.

    Args:
        counts: tp, fp, tn, fn, each int64 [repeats]: every sample once, at the threshold that the other half chose.
        epoch: int64 [repeats, 2], positions of the chosen epochs.
        threshold: int64 [repeats, 2], positions of the chosen thresholds.
        met: bool [repeats, 2], whether the other half met the conditions too.
        samples: how many there were.
    """

    counts: Counts
    epoch: Array
    threshold: Array
    met: Array
    samples: int

    @property
    def mean_counts(self) -> Counts:
        """tp, fp, tn, fn, each float64 [], over the splits."""
        tp, fp, tn, fn = (np.asarray(np.mean(count)) for count in self.counts)
        return tp, fp, tn, fn


def assess(goal: Goal, scored: Scored, *, near: float, repeats: int, seed: int = 0) -> TwofoldResult:
    """Chooses on one half of the samples, counts on the other, and the other way round; again and again.

    That is twofold cross-validation of the choice itself (Stone 1974), split at random within each class. The figure
    that comes with a choice is optimistic: the best of many noisy values lies above what any of them is worth. Here no
    sample is counted at a threshold that it helped to choose. It speaks of choices made on half as many samples, and so
    is a little too low for one made on all. Where samples come in groups, whole groups are split.

    Args:
        goal: what is wanted.
        scored: the samples.
        near: of equally good thresholds the one nearest to it is taken.
        repeats: how many splits.
        seed: the same seed gives the same splits.

    Raises:
        ValueError: `repeats` breaks its rule, or a class has fewer than two samples, or groups.
    """
    if repeats < 1:
        raise ValueError(f"repeats must be 1 or more. Received: {repeats}")
    if not scored.divisible:
        raise ValueError(f"each half must have samples of both classes. Received: {scored.positive.sum()} positives")
    order = preference(scored.thresholds, near)
    cells = _cells(scored)
    whole = _histograms(cells, scored)
    rng = np.random.default_rng(seed)
    found = []
    for half in _halves(scored, repeats, rng):
        first = _histograms(cells[:, half], scored)
        found.append(_both_ways(goal, four_counts(first), four_counts(whole - first), order))
    counts, epoch, threshold, met = (np.array(column) for column in zip(*found, strict=True))
    tp, fp, tn, fn = counts.T
    return TwofoldResult(
        counts=(tp, fp, tn, fn), epoch=epoch, threshold=threshold, met=met, samples=len(scored.positive)
    )


def _both_ways(
    goal: Goal, first: Counts, second: Counts, order: Array
) -> tuple[Array, list[int], list[int], list[bool]]:
    """Counts of all samples, each at what the other half chose; the chosen epochs and thresholds; whether it held."""
    picks = pick(goal, first, order), pick(goal, second, order)
    there = at(second, picks[0]), at(first, picks[1])
    met = [goal.shortfall(counts) == 0 for counts in there]
    return np.add(*there), [one.epoch for one in picks], [one.threshold for one in picks], met


def _halves(scored: Scored, repeats: int, rng: np.random.Generator) -> Iterator[Array]:
    """Positions of one half, `repeats` times: of each class half, and of an odd number either half by chance."""
    if scored.group is not None:
        yield from _halves_of_groups(scored.group, scored.positive, repeats, rng)
        return
    sides = [np.flatnonzero(scored.positive == side) for side in (False, True)]
    for _ in range(repeats):
        yield np.concatenate([rng.permutation(side)[: (len(side) + int(rng.integers(2))) // 2] for side in sides])


def _halves_of_groups(group: Array, positive: Array, repeats: int, rng: np.random.Generator) -> Iterator[Array]:
    """The same of whole groups: every other one, those without a positive first, those without a negative last.

    So both halves have samples of both classes wherever two groups have each.
    """
    names, code = np.unique(group, return_inverse=True)
    share = np.bincount(code, positive) / np.bincount(code)
    has = np.where(share == 0, 0, np.where(share == 1, 2, 1))
    for _ in range(repeats):
        order = np.lexsort([rng.random(len(names)), has])
        first = np.zeros(len(names), bool)
        first[order[int(rng.integers(2)) :: 2]] = True
        yield np.flatnonzero(first[code])


def _cells(scored: Scored) -> Array:
    """int64 [epochs, samples]: of each score the place in histograms [epochs, 2, bins + 1], the last bin for none."""
    wide = len(scored.thresholds) + 2
    bins = np.where(scored.bins == UNKNOWN, wide - 1, scored.bins)
    rows = 2 * np.arange(len(bins))[:, None] + scored.positive
    return rows * wide + bins


def _histograms(cells: Array, scored: Scored) -> Array:
    """int64 [epochs, 2, bins]."""
    shape = (len(scored.bins), 2, len(scored.thresholds) + 2)
    return np.bincount(cells.ravel(), minlength=math.prod(shape)).reshape(shape)[..., :-1]
