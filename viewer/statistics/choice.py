"""An operating point and what it is worth, on the samples that chose it and on others."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from recorder.runfile import Unit
from recorder.runfile.names import shown

from ..formulas import Spec
from ..points import named
from .clusters import GroupTotals, Values, effective_share
from .goal import Counts, Goal, inputs_of, measure
from .picking import at, check, pick, preference
from .posterior import credible_band
from .scored import Scored
from .twofold import TwofoldResult, assess

if TYPE_CHECKING:
    import pandas as pd

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value and its credible interval; NaN where it is undefined."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """What such a choice is worth on samples that had no part in it.

    Args:
        measures: by label, of the mean counts over the splits, in each of which every sample is counted once.
        met: share of the halves in which the conditions held that the other half's choice was made under.
        thresholds: between them lie nine in ten of the thresholds that halves chose.
        epochs: the first and the last epoch that halves chose.
        samples: how many were split.
        repeats: how often.
    """

    measures: dict[str, Estimate]
    met: float
    thresholds: tuple[float, float]
    epochs: tuple[int, int]
    samples: int
    repeats: int


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Choice:
    """The operating point that serves a goal best.

    Args:
        goal: what was wanted.
        epoch: its number.
        threshold: above it a score is positive.
        tp: true positives there, as counted.
        fp: false positives.
        tn: true negatives.
        fn: false negatives.
        measures: by label, the objective first: values on the samples that made the choice, which is optimistic, at the
            goal's prevalence.
        assessment: the same on samples that had no part in it; None where too few samples were recorded.
        level: of the credible intervals.
        unit: of the number: "epoch" or "step".
        groups: how many groups the recorded samples are of, by which intervals and halves go; 0 where each sample
            stands for itself.
    """

    goal: Goal
    epoch: int
    threshold: float
    tp: int
    fp: int
    tn: int
    fn: int
    measures: dict[str, Estimate]
    assessment: Assessment | None
    level: float
    unit: Unit = "epoch"
    groups: int = 0

    def __repr__(self) -> str:
        label, objective = next(iter(self.measures.items()))
        return f"Choice({named(self.unit, self.epoch)}, threshold {self.threshold:.4g}, {label} {objective.value:.4g})"

    def _repr_html_(self) -> str:
        where = f"threshold {self.threshold:.4g} at {named(self.unit, self.epoch)}"
        counts = f"tp {self.tp:,}, fp {self.fp:,}, tn {self.tn:,}, fn {self.fn:,}"
        words = html.escape(shown(f"{self.goal}: {where}; {counts}"))
        return f"<p>{words}</p>{self.table.to_html(float_format='{:.4g}'.format, na_rep='')}"

    @property
    def table(self) -> pd.DataFrame:
        """One row a measure: value, low, high, and assessed, assessed_low, assessed_high (NaN where there are none)."""
        from ..needs.pandas import pd

        unknown = Estimate(np.nan, np.nan, np.nan)
        other = {} if self.assessment is None else self.assessment.measures
        rows = [
            (one.value, one.low, one.high, two.value, two.low, two.high)
            for one, two in ((one, other.get(label, unknown)) for label, one in self.measures.items())
        ]
        columns = ["value", "low", "high", "assessed", "assessed_low", "assessed_high"]
        return pd.DataFrame(rows, columns=columns, index=pd.Index(list(self.measures), name="measure"))


def choice_of(
    goal: Goal,
    counts: Counts,
    thresholds: Array,
    epochs: Array,
    *,
    scored: Scored | None = None,
    unit: Unit = "epoch",
    near: float = 0.5,
    level: float = 0.95,
    repeats: int = 20,
    seed: int = 0,
) -> Choice:
    """The choice, from arrays.

    Args:
        goal: what is wanted.
        counts: tp, fp, tn, fn of all samples, each int64 [epochs, thresholds].
        thresholds: float32 [thresholds], increasing.
        epochs: int64 [epochs], their numbers.
        scored: recorded samples of the same epochs, to assess the choice with; None for no assessment.
        unit: of the numbers: "epoch" or "step".
        near: of equally good thresholds the one nearest to it is taken.
        level: of the credible intervals, in (0, 1).
        repeats: splits in halves.
        seed: of the splits.

    Raises:
        UnreachableGoalError: No threshold serves the goal.
        ValueError: An argument breaks its rule.
    """
    found = pick(goal, counts, preference(thresholds, near))
    check(found, goal, counts, thresholds, epochs=epochs, unit=unit)
    there = at(counts, found)
    tp, fp, tn, fn = (int(count) for count in there)
    epoch, threshold, assessed = int(epochs[found.epoch]), float(thresholds[found.threshold]), None
    totals = None if scored is None else scored.totals(epoch, threshold)
    part = 1.0 if totals is None else min(totals.samples / max(tp + fp + tn + fn, 1), 1.0)
    if scored is not None and scored.divisible:
        halves = assess(goal, scored, near=near, repeats=repeats, seed=seed)
        assessed = _assessment(goal, halves, scored, level, totals)
    return Choice(
        goal=goal,
        epoch=epoch,
        threshold=threshold,
        tp=tp,
        fp=fp,
        tn=tn,
        fn=fn,
        measures=estimates(goal, there, level, totals, part),
        assessment=assessed,
        level=level,
        unit=unit,
        groups=0 if totals is None or scored is None else scored.groups,
    )


def estimates(
    goal: Goal, counts: Counts, level: float, totals: GroupTotals | None = None, part: float = 1.0
) -> dict[str, Estimate]:
    """Every measure of a goal, by label, with its credible interval.

    Args:
        goal: what is wanted, at which prevalence.
        counts: tp, fp, tn, fn, each [], as counted.
        level: of the intervals.
        totals: recorded samples by group and by tn, fp, fn, tp; None where each sample stands for itself.
        part: share of the counted samples that these are.
    """
    tp, fp, tn, fn = (np.atleast_1d(count) for count in counts)
    there, inputs = goal.rescaled(counts), inputs_of((tp, fp, tn, fn))
    found = {}
    for label, spec in goal.measures.items():
        share = None if totals is None else np.array([part * effective_share(_values(goal, spec), totals, level)])
        band = credible_band(spec, inputs, level=level, prevalence=goal.prevalence, share=share)
        low, high = (np.nan, np.nan) if band is None else (float(end[0]) for end in band)
        found[label] = Estimate(float(measure(spec, there)), low, high)
    return found


def _values(goal: Goal, spec: Spec) -> Values:
    def values(totals: Array) -> Array:
        tn, fp, fn, tp = totals.T
        return np.asarray(measure(spec, goal.rescaled((tp, fp, tn, fn))))

    return values


def _assessment(
    goal: Goal, halves: TwofoldResult, scored: Scored, level: float, totals: GroupTotals | None
) -> Assessment:
    chosen = scored.epochs[halves.epoch]
    low, high = np.quantile(scored.thresholds[halves.threshold], [0.05, 0.95], method="nearest")
    return Assessment(
        measures=estimates(goal, halves.mean_counts, level, totals),
        met=float(halves.met.mean()),
        thresholds=(float(low), float(high)),
        epochs=(int(chosen.min()), int(chosen.max())),
        samples=halves.samples,
        repeats=len(halves.epoch),
    )
