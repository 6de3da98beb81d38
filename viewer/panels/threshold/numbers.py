"""Numbers of formulas against the threshold at one epoch."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from recorder.runfile import four_counts

from ...formulas import FormulaError, Spec, parse_spec
from ...frame.frame import Frame
from ...frame.sweep import best_of, edges, following, moving, scope, sweep
from ...frame.views import has_histograms
from ..curves.numbers import style_of
from ..in_words import brief, listed

Array = npt.NDArray[Any]
DRAWN = 512  # points that a line has at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """A formula against the threshold.

    Args:
        label: of the formula.
        style: number of its colour.
        values: float64 [thresholds]; NaN is a gap.
        line: thresholds and values that a picture can tell apart, float64 [points] each.
        best: the best threshold and its value, of equals the nearest to the decision threshold; None where neither end
            is good, or all are NaN.
        low: end of the axis, None if open.
        high: end of the axis, None if open.
    """

    label: str
    style: int
    values: Array
    line: tuple[Array, Array]
    best: tuple[float, float] | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgainstThreshold:
    """What the panel `threshold` draws.

    Args:
        thresholds: float64 [thresholds], increasing.
        curves: one a formula.
        faults: a sentence for each formula that could not be had.
        scope: "" or what the formulas are of: the class in view, or "one vs rest".
    """

    thresholds: Array
    curves: tuple[Swept, ...] = ()
    faults: tuple[str, ...] = ()
    scope: str = ""

    def in_words(self) -> str:
        """The best threshold of each formula, and its value there."""
        return listed(
            f"{curve.label} best {brief(curve.best[1])} at {brief(curve.best[0])}" if curve.best else curve.label
            for curve in self.curves
        )

    def position(self, threshold: float) -> int:
        """Of the nearest threshold."""
        return int(np.abs(self.thresholds - threshold).argmin())


def against_threshold(frame: Frame, names: Sequence[str] = ()) -> AgainstThreshold | None:
    """Formulas at every threshold of the epoch at the cursor; None where counts are known at one or two only.

    Args:
        frame: with the cursor; its formulas where none is named.
        names: of formulas.
    """
    if not has_histograms(frame):
        return None
    knobs = frame.knobs
    key = (
        "against",
        id(frame.run),
        frame.split,
        frame.position,
        knobs.label,
        knobs.prevalence,
        tuple(names),
        frame.metrics,
    )
    found: AgainstThreshold = frame.remember(key, lambda: _against(frame, names))
    return found


def _against(frame: Frame, names: Sequence[str]) -> AgainstThreshold:
    logs = {name: values[frame.position : frame.position + 1] for name, values in frame.logs.items()}
    found: dict[Hashable, Swept] = {}
    faults: dict[str, None] = {}
    questions: Sequence[str | Spec] = names or following(frame)
    for number, question in enumerate(questions):
        try:
            spec, style = moving(question), style_of(frame, parse_spec(question), number)
            found.setdefault(
                spec.key,
                _swept(frame, spec, style, sweep(frame, spec, four_counts(frame.histogram(spec.split)), logs)),
            )
        except (FormulaError, ValueError) as error:
            faults[str(error)] = None
    return AgainstThreshold(
        thresholds=edges(frame), curves=tuple(found.values()), faults=tuple(faults), scope=scope(frame)
    )


def _told_apart(thresholds: Array) -> Array:
    """Places of those that a line shows: they crowd at both ends."""
    return np.unique(np.round(thresholds * DRAWN), return_index=True)[1]


def _swept(frame: Frame, spec: Spec, style: int, values: Array) -> Swept:
    thresholds = edges(frame)
    value, at = best_of(frame, spec, values)
    drawn = frame.remember("thresholds told apart", lambda: _told_apart(thresholds))
    return Swept(
        label=spec.label,
        style=style,
        values=values,
        line=(thresholds[drawn], values[drawn]),
        best=None if np.isnan(value) else (float(at), float(value)),
        low=spec.formula.low,
        high=spec.formula.high,
    )
