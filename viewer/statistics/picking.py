"""The epoch and the threshold that serve a goal best."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from recorder.runfile import Unit

from ..formulas.best import ALIKE
from ..points import named
from .goal import Counts, Goal, measure

Array = npt.NDArray[Any]
BLOCK = 64  # epochs at a time: what is computed on the way stays in the processor's cache


class UnreachableGoalError(ValueError):
    """No threshold meets the conditions; the message names the nearest."""


@dataclass(frozen=True, slots=True)
class Pick:
    """Where the best is.

    Args:
        epoch: position on the first axis of the counts.
        threshold: position on the second.
        value: of the objective; NaN where it is undefined wherever the conditions are met.
        rank: by how much the conditions are missed, 0 where they are met; then the value, the less the better.
    """

    epoch: int
    threshold: int
    value: float
    rank: tuple[float, float]

    @property
    def shortfall(self) -> float:
        """By how much the conditions are missed, 0 where they are met."""
        return self.rank[0]


def preference(thresholds: Array, near: float) -> Array:
    """int64 [thresholds]: positions, those nearest to `near` first: of equally good ones the first moves least."""
    return np.argsort(np.abs(np.asarray(thresholds, np.float64) - near), kind="stable")


def pick(goal: Goal, counts: Counts, order: Array) -> Pick:
    """The best threshold and epoch: of those that miss the conditions least the one with the best value.

    Of equally good ones the earliest epoch, and in it the threshold that is first in `order`.

    Args:
        goal: what is wanted.
        counts: tp, fp, tn, fn as counted, each [epochs, thresholds].
        order: int64 [thresholds], as `preference` gives it.
    """
    best, alike = None, 0.0
    for start in range(0, len(counts[0]), BLOCK):
        tp, fp, tn, fn = (count[start : start + BLOCK] for count in counts)
        found, own = _pick(goal, (tp, fp, tn, fn), order)
        alike = max(alike, own)
        if best is None or (found.rank[0], found.rank[1] + alike) < best.rank:
            best = replace(found, epoch=start + found.epoch)
    if best is None:
        raise ValueError("a threshold can be chosen once an epoch has counts. Received: none")
    return best


def _pick(goal: Goal, counts: Counts, order: Array) -> tuple[Pick, float]:
    """The best of some epochs, and by how much equally good values may differ."""
    shortfall, values = goal.shortfall(counts), goal.value(counts)
    ranked = np.where(np.isnan(values), np.inf, values if goal.lowest else -values)
    nearest = shortfall <= shortfall.min()
    if np.isinf(ranked[nearest]).all():  # undefined wherever the conditions are missed least: that is what comes out
        ranked = np.where(np.isnan(values), 0.0, ranked)
    ranked = np.where(nearest, ranked, np.inf)
    lowest = ranked.min()
    alike = ALIKE * float(np.abs(ranked, where=np.isfinite(ranked), out=np.zeros_like(ranked)).max())
    good = ranked <= (lowest if np.isinf(lowest) else lowest + alike)
    epoch = int(good.any(axis=1).argmax())
    threshold = int(order[good[epoch, order].argmax()])
    value = float(values[epoch, threshold])
    rank = (float(shortfall.min()), np.inf if np.isnan(value) else float(ranked[epoch, threshold]))
    return Pick(epoch, threshold, value, rank), alike


def check(found: Pick, goal: Goal, counts: Counts, thresholds: Array, *, epochs: Array, unit: Unit = "epoch") -> None:
    """Raises where a pick does not serve the goal.

    Args:
        found: the pick.
        goal: what was wanted.
        counts: tp, fp, tn, fn as counted, each [epochs, thresholds].
        thresholds: [thresholds].
        epochs: int64 [epochs], their numbers.
        unit: of these: "epoch" or "step".

    Raises:
        UnreachableGoalError: No threshold meets the conditions, or the objective is undefined wherever they are met.
    """
    where = f"at {named(unit, epochs[0])}" if len(epochs) == 1 else f"of any {unit}"
    if found.shortfall > 0:
        wanted = " and ".join(map(str, goal.conditions))
        nearest = _nearest(found, goal, counts, thresholds, named(unit, epochs[found.epoch]))
        raise UnreachableGoalError(f"no threshold {where} gives {wanted}{nearest}")
    if np.isnan(found.value):
        raise UnreachableGoalError(
            f"{goal.objective.label} is undefined at every threshold {where} that could be chosen"
        )


def _nearest(found: Pick, goal: Goal, counts: Counts, thresholds: Array, where: str) -> str:
    if np.isinf(found.shortfall):
        return "; it is undefined at all of them"
    there = goal.rescaled(at(counts, found))
    values = [f"{item.spec.label} {float(measure(item.spec, there)):.4g}" for item in goal.conditions]
    return f"; the nearest is {thresholds[found.threshold]:.4g} at {where} with {', '.join(values)}"


def at(counts: Counts, found: Pick) -> Counts:
    """tp, fp, tn, fn of one epoch and threshold."""
    tp, fp, tn, fn = (count[found.epoch, found.threshold] for count in counts)
    return tp, fp, tn, fn
