"""Numbers of the precision-recall and the ROC curve at one epoch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ...counts.bounded import Bounded
from ...counts.confusion import counts_from_matrix
from ...counts.curves import pr_points, roc_points
from ...counts.prevalence import at_prevalence
from ...counts.scores import Scores
from ...frame.bounds import bounded_of
from ...frame.frame import Frame
from ...frame.views import GHOSTS, View, class_in_view, scores_of, views
from ..in_words import brief, listed

Array = npt.NDArray[Any]
Points = tuple[Array, Array]
Place = tuple[float, float]
Maker = Callable[[View, Scores], "RateCurve"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RateCurve:
    """A curve of one class against the rest.

    Args:
        name: of the class.
        style: number of its colour; None for ink.
        thresholds: float64 [points], decreasing from infinity (nothing is positive) to its negative (everything is).
        x: float64 [points], not decreasing: recall, or the false positive rate.
        y: float64 [points]: precision, or recall; NaN where undefined.
        line: x and y without the points that repeat the one before.
        baseline: y of a classifier that knows nothing; NaN where it is not the same everywhere.
        area: below the line; NaN where one of the two classes has no samples, and of ghosts.
        bounds: least and greatest area that the order of scores within bins allows.
    """

    name: str
    style: int | None
    thresholds: Array
    x: Array
    y: Array
    line: Points
    baseline: float
    area: float = np.nan
    bounds: Place = (np.nan, np.nan)

    def at(self, threshold: float) -> Place:
        """The place of the nearest recorded threshold."""
        position = int(np.abs(self.thresholds - threshold).argmin())
        return float(self.x[position]), float(self.y[position])

    def nearest(self, x: float, y: float) -> float | None:
        """The threshold whose place is nearest to a place; None where the curve is undefined."""
        away = np.hypot(self.x - x, self.y - y)[1:-1]
        return None if np.isnan(away).all() else float(self.thresholds[1:-1][np.nanargmin(away)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """What the panels `pr` and `roc` draw.

    Args:
        curves: of the positive class, the class in view, each class, or all pooled.
        ghosts: (epochs ago, line) of a single curve, oldest first.
        marks: the place of the decision on each curve; of argmax, beside it.
        decision: "threshold 0.500" or "argmax".
        subject: what a single curve is of; "" for the positive class of a binary output.
    """

    curves: tuple[RateCurve, ...]
    ghosts: tuple[tuple[int, Points], ...] = ()
    marks: tuple[Place, ...] = ()
    decision: str = ""
    subject: str = ""

    def in_words(self) -> str:
        """The area below each curve, and where the decision is."""
        areas = listed(f"{curve.name} area {brief(float(curve.area))}" for curve in self.curves)
        marks = listed(f"({brief(x)}, {brief(y)})" for x, y in self.marks)
        return areas + (f"; {self.decision} at {marks}" if marks else "")


def precision_recall(frame: Frame) -> Rates | None:
    """Precision against recall at every recorded threshold; None where no scores were recorded."""
    return _rates(frame, _pr_curve, "average_precision")


def roc(frame: Frame) -> Rates | None:
    """Recall against the false positive rate at every recorded threshold; None where no scores were recorded."""
    return _rates(frame, _roc_curve, "roc_auc")


def _rates(frame: Frame, make: Maker, area: str) -> Rates | None:
    shown = zip(_curves(frame, make), views(frame), strict=True)
    curves = tuple(_with_area(curve, bounded_of(frame, view, area)) for curve, view in shown)
    if np.isnan([curve.area for curve in curves]).all():
        return None
    ages = [ago for ago in GHOSTS if frame.position >= ago and len(curves) == 1]
    marks, decision = _marks(frame, make, curves)
    return Rates(
        curves=curves,
        ghosts=tuple((ago, _curves(frame, make, ago)[0].line) for ago in ages),
        marks=marks,
        decision=decision,
        subject=curves[0].name if len(curves) == 1 and frame.each_scored else "",
    )


def _with_area(curve: RateCurve, found: Bounded) -> RateCurve:
    return replace(curve, area=float(found), bounds=(found.low, found.high))


def _curves(frame: Frame, make: Maker, ago: int = 0) -> tuple[RateCurve, ...]:
    position, knobs = frame.position - ago, frame.knobs
    found: tuple[RateCurve, ...] = frame.remember(
        (make.__name__, id(frame.run), frame.split, position, knobs.label, knobs.prevalence),
        lambda: tuple(make(view, scores_of(frame, view.histogram)) for view in views(frame, ago=ago)),
    )
    return found


def _marks(frame: Frame, make: Maker, curves: tuple[RateCurve, ...]) -> tuple[tuple[Place, ...], str]:
    if frame.threshold is not None:
        return tuple(curve.at(frame.threshold) for curve in curves), f"threshold {frame.threshold:.3f}"
    matrix = frame.confusion()
    if matrix is None:
        return (), ""
    counts = np.array(counts_from_matrix(matrix))  # [4, K]
    if len(curves) == 1:
        label = class_in_view(frame)
        counts = counts.sum(axis=1, keepdims=True) if label is None else counts[:, [label]]
    tp, fp, tn, fn = counts.astype(np.float64)
    if frame.knobs.prevalence is not None:
        tp, fp, tn, fn = at_prevalence(tp, fp, tn, fn, frame.knobs.prevalence)
    with np.errstate(all="ignore"):
        recall, precision, fall_out = tp / (tp + fn), tp / (tp + fp), fp / (fp + tn)
    places = zip(*((recall, precision) if make is _pr_curve else (fall_out, recall)), strict=True)
    return tuple((float(x), float(y)) for x, y in places), "argmax"


def _pr_curve(view: View, scores: Scores) -> RateCurve:
    positives, negatives = scores.positives.sum(), scores.negatives.sum()
    baseline = positives / (positives + negatives) if positives + negatives else np.nan
    return _curve(view, pr_points(scores), baseline)


def _roc_curve(view: View, scores: Scores) -> RateCurve:
    return _curve(view, roc_points(scores), np.nan)


def _curve(view: View, points: tuple[Array, Array, Array], baseline: float) -> RateCurve:
    x, y, thresholds = points
    moved = np.append(True, (np.diff(x) != 0) | (np.diff(np.nan_to_num(y, nan=-1.0)) != 0))
    return RateCurve(
        name=view.name,
        style=view.style,
        thresholds=thresholds,
        x=x,
        y=y,
        line=(x[moved], y[moved]),
        baseline=float(baseline),
    )
