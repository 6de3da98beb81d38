"""The words around curves: title, names at the lines, and what dashes, bands and stars mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..frame.curve import Curve, CurvesNumbers, last_known
from .limits import digits, is_open, value_range
from .margins import width

if TYPE_CHECKING:
    from ..frame import Frame

SPLITS = {"val": "validation", "train": "training"}
SHORT = {"val": "val", "train": "train"}  # where there is little room
TRAINING = "training, with changing weights and dropout"
OPEN = "±: left open by the bins of scores"


def titles(numbers: CurvesNumbers, *, alone: bool = True) -> list[str]:
    """What the curves are, in ever fewer words; at which threshold is said once where there are several plots."""
    labels = list(dict.fromkeys(curve.label for curve in numbers.curves))
    name = labels[0] if len(labels) == 1 else "Formulas" if any(curve.counted for curve in numbers.curves) else "Logs"
    if numbers.threshold is None or not alone:
        return [name]
    at = f"{numbers.threshold:.3f}"
    if numbers.mixed:
        return [f"{name} {' '.join(thresholds(numbers))}", f"{name} at {at}, with @ at its own", name]
    return [f"{name} at threshold {at}", f"{name} at {at}"]


def thresholds(numbers: CurvesNumbers) -> list[str]:
    """At which thresholds formulas are taken; nothing where they depend on none."""
    if numbers.threshold is None:
        return []
    return [f"at threshold {numbers.threshold:.3f}{', those with @ at their own' if numbers.mixed else ''}"]


def note(
    frame: Frame,
    numbers: CurvesNumbers,
    *,
    faint: bool = False,
    several: bool = False,
    brief: bool = False,
    log: bool = False,
) -> str:
    """What one looks at, below the axes: `epoch · ★ best epoch, by MCC · band: 95% credible · dashed: ...`.

    Args:
        frame: of the curves.
        numbers: with the curves.
        faint: training and probes are faint, neither dashed nor dotted.
        several: it is of several small plots, which have no room for the epoch of the values at their lines.
        brief: in fewer words.
        log: axes of values without ends are logarithmic.
    """
    shown = numbers.curves
    unit = frame.unit
    parts = [f"{unit} (values: at {frame.epoch:,})" if several and frame.epoch is not None else unit]
    if any(curve.best is not None for curve in shown):
        best = "★ best" if brief else f"★ best {unit},"
        parts.append(f"{best} by {numbers.best_by}" if numbers.best_by else f"★ best {unit}")
    if any(curve.band is not None for curve in shown):
        parts.append(f"band: {frame.knobs.band * 100:.4g}% credible{drawn(shown)}")
    probes = list(dict.fromkeys(curve.split for curve in shown if curve.split not in ("", "val", "train")))
    if probes:
        parts.append(f"{'faint' if faint else 'dotted'}: {', '.join(probes)}")
    if any(curve.split == "train" for curve in shown):
        parts.append(f"{'faint' if faint else 'dashed'}: {'training' if several or brief else TRAINING}")
    parts += _edge_marks(shown, several=several, log=log)
    if any(curve.broken for curve in shown):
        parts.append("✖ no number")
    if any(is_open(curve.newest) for curve in labelled(shown)):
        parts.append(OPEN)
    if frame.unplaced:
        parts.append(f"without a curve, as no {unit}s of it are known: {', '.join(frame.unplaced)}")
    return " · ".join(parts)


def drawn(shown: Sequence[Curve]) -> str:
    """`, of 40 groups` behind what a band is: what it takes as drawn; "" where nobody said what belongs together.

    >>> drawn([])
    ''
    """
    words = dict.fromkeys(curve.drawn for curve in shown if curve.band is not None and curve.drawn)
    return "".join(f", {word}" if "independent" in word else f", of {word}" for word in words)


def _edge_marks(shown: Sequence[Curve], *, several: bool, log: bool) -> list[str]:
    """What marks at the ends of the axis of values say."""
    if log and any(_has_no_log(curve) for curve in shown):
        return ["▼ 0 or less, which a log scale has no place for"]
    if any(curve.diverged is not None for curve in shown):
        return ["▲ breaks out"]
    labels = dict.fromkeys(curve.label for curve in shown)
    plots = [[curve for curve in shown if curve.label == label] for label in labels] if several else [list(shown)]
    return ["▲▼ beyond the axis"] if any(_leaves(plot, log=log) for plot in plots) else []


def _has_no_log(curve: Curve) -> bool:
    """Whether a curve whose axis may be logarithmic has values that have no logarithm."""
    return (curve.low is None or curve.high is None) and bool((curve.values <= 0).any())


def _leaves(shown: Sequence[Curve], *, log: bool) -> bool:
    """Whether a curve of a plot goes beyond the axis that it has."""
    if all(curve.low is not None and curve.high is not None for curve in shown):
        return False  # an axis of stated ends holds all there can be
    low, high = value_range(shown, log=log, bands=[curve.band for curve in shown if curve.band is not None])
    return any(bool(((curve.values > high) | (curve.values < low)).any()) for curve in shown)


def labelled(shown: Sequence[Curve]) -> list[Curve]:
    """The curves that have a name: the main ones, all where they are of one formula; the run in focus first."""
    one = len({(curve.label, curve.run) for curve in shown}) == 1
    found = [curve for curve in shown if curve.main or one]
    runs = list(dict.fromkeys(curve.run for curve in shown))
    return sorted(found, key=lambda curve: runs.index(curve.run))


def name_of(curve: Curve, shown: Sequence[Curve]) -> str:
    """What tells a curve from the others of its panel."""
    formulas = len({other.label for other in shown})
    if curve.run:
        return f"{curve.run}{curve.edge}" if formulas == 1 else f"{curve.label} {curve.run}{curve.edge}"
    if formulas == 1 and curve.split:
        return SPLITS.get(curve.split, curve.split)
    return curve.words


def widest(curve: Curve) -> str:
    """The widest number that the value of a curve may be, so that nothing moves with it."""
    known, newest = np.isfinite(curve.values), curve.newest
    there = curve.values if known.all() else curve.values[known]
    ends = [digits(float(there.min())), digits(float(there.max())), digits(newest)] if len(there) else []
    usual = "0.000 ±0.000" if is_open(newest) else "0.000"
    return max([usual, *ends], key=width)


def end_of(curve: Curve) -> float:
    """The last value, NaN where there is none."""
    position = last_known(curve.values)
    return float("nan") if position is None else float(curve.values[position])


def share(value: float, low: float, high: float, *, log: bool = False) -> float:
    """Where a value stands between the ends of an axis, 0 to 1; at the bottom where it is undefined."""
    if log:
        value, low, high = (float(np.log10(max(number, 1e-300))) for number in (value, low, high))
    return float(np.clip((value - low) / (high - low), 0, 1)) if np.isfinite(value) else 0.0


def nearest(curve: Curve, x: float) -> tuple[int, float]:
    """Epoch and value of the point nearest to an epoch; NaN where there is none."""
    if not len(curve.epochs):
        return 0, float("nan")
    there = np.isfinite(curve.epochs)
    if not there.any():
        return 0, float("nan")
    at = int(np.where(there, np.abs(curve.epochs - x), np.inf).argmin())
    return int(curve.epochs[at]), curve.at(at)
