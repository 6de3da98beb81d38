"""Ends of axes that change seldom, and numbers with sensible digits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from matplotlib.ticker import Formatter

from ..counts.bounded import Bounded

Array = npt.NDArray[Any]
FLOORS = (0.99, 0.98, 0.95, 0.9, 0.8, 0.5, 0.0, -0.05, -0.1, -0.25, -0.5, -0.75)  # where an axis of shares may begin
BELOW_ZERO = next(floor for floor in FLOORS if floor < 0)
MOST_DECIMALS = 4
SIZES = ((1_000_000, "M", 1_000_000), (1_000, "k", 10_000))  # of large numbers, and from where they are so written
MATTERS = 5e-4  # half of the last of three decimals
FEW = 20  # values of which all are shown but what lies out by far
FEWEST, BY_FAR = 5, 10.0  # values of a curve of which one may lie out by far: so many times as far as the others reach


class Ranged(Protocol):
    """What is asked of a curve: its values, and the ends that its formula states."""

    @property
    def values(self) -> Array:
        """float64, NaN where undefined."""

    @property
    def low(self) -> float | None:
        """The smallest value there can be; None if there is none."""

    @property
    def high(self) -> float | None:
        """The largest."""


def value_range(
    shown: Sequence[Ranged], *, log: bool = False, bands: Sequence[tuple[Array, Array]] = (), steady: bool = False
) -> tuple[float, float]:
    """Limits of the axis of values.

    Where every formula states its ends, the axis reaches to the stated top, and down to the nearest round number below
    all values and bands. Where one does not, it holds what the values reach, without the far outliers of a long series.

    Args:
        shown: the curves.
        log: of a logarithmic axis.
        bands: what has to be seen too.
        steady: begin a little below 0 where a formula may fall below it: one that does so now and then, as MCC at far
            thresholds, would move the axis from one epoch to the next.
    """
    if not log and shown and all(curve.low is not None and curve.high is not None for curve in shown):
        lowest = min(_lowest(curve.values) for curve in shown)
        if math.isinf(lowest):
            return 0.0, 1.0
        if steady and any(curve.low is not None and curve.low < 0 for curve in shown):
            lowest = min(lowest, BELOW_ZERO)
        return _stated(min([lowest, *(_lowest(low) for low, _ in bands)]), max(curve.high or 0.0 for curve in shown))
    found = [curve.values[np.isfinite(curve.values)] for curve in shown]
    values = np.concatenate(found) if found else np.zeros(0)
    if log:
        values = values[values > 0]
    if not len(values):
        return (0.1, 1.0) if log else (0.0, 1.0)
    if log:
        low, high = _reached(np.log10(values), len(shown))
        return float(10**low), float(10**high)
    return _reached(values, len(shown))


def rounded(low: float, high: float) -> tuple[float, float]:
    """Ends moved out to round numbers, so that an axis seldom changes as its values do; they fill three quarters of it.

    What has been shown before plays no part: a picture depends on what it shows alone.
    """
    step = _round_step((high - low) / 8)
    return min(low, math.floor(low / step) * step), max(high, math.ceil(high / step) * step)


def _round_step(most: float) -> float:
    """The largest of 1, 2 and 5 times a power of ten that is not above a number."""
    power = 10.0 ** math.floor(math.log10(most))
    return next(factor * power for factor in (5, 2, 1, 0.5) if factor * power <= most)


def _lowest(values: Array) -> float:
    """The lowest of those that are finite; infinite where there is none."""
    lowest = float(np.fmin.reduce(values, initial=np.inf))  # of all but NaN: nothing is copied
    return float(values[np.isfinite(values)].min(initial=np.inf)) if lowest == -np.inf else lowest


def _stated(lowest: float, top: float) -> tuple[float, float]:
    floor = next((floor * top for floor in FLOORS if floor * top <= lowest), lowest)
    margin = 0.02 * (top - floor)
    return floor - margin, top + margin


def _reached(values: Array, curves: int) -> tuple[float, float]:
    """What the values of so many curves reach, without those that would leave no room to the others."""
    values = _near(values, curves)
    low, high = float(values.min()), float(values.max())
    if len(values) > FEW:
        usual_low, usual_high = np.quantile(values, [0.02, 0.98])
        spread = float(usual_high - usual_low)
        low, high = max(low, float(usual_low) - spread), min(high, float(usual_high) + spread)
    margin = 0.03 * (high - low) or 0.5 * abs(high) or 0.5
    return rounded(low - margin, high + margin)


def _near(values: Array, curves: int) -> Array:
    """The values without those of one epoch that lie out by far, such as a loss of a million once."""
    if len(values) < FEWEST * curves:
        return values
    at = curves, len(values) - 1 - curves
    low, high = np.partition(values, at)[list(at)]
    reach = BY_FAR * (high - low)
    return values[(values >= low - reach) & (values <= high + reach)] if reach > 0 else values


def epoch_range(first: float, last: float, planned: int | None) -> tuple[float, float]:
    """Limits of the axis of epochs or steps; one that grows does so in steps, so that it is seldom drawn.

    A single epoch stands in the middle: what is known of it has room on both sides.
    """
    if last <= first:
        return first - 0.5, first + 0.5
    end = last
    if planned:
        end = max(end, min(first + planned - 1, first + round_up(math.ceil(end - first))))
    margin = 0.02 * (end - first)
    return first - margin, end + margin


def round_up(length: int) -> int:
    """The next of 10, 20, 50, 100, 200, ..."""
    size = 10
    while True:
        for factor in (1, 2, 5):
            if length <= factor * size:
                return factor * size
        size *= 10


def decades(highest: float, inches: float, line: float) -> list[float]:
    """Ticks of a logarithmic axis of counts: 1, 10, 100, ... up to the first that no count is above.

    Args:
        highest: the largest count.
        inches: that a decade takes on the axis.
        line: inches that the number at a tick takes; where a decade has not as much, every second is left out, or more.
    """
    step = max(math.ceil(line / inches), 1)
    return [10.0**power for power in range(0, math.ceil(math.log10(max(highest, 1.0))) + 1, step)]


def count(value: float) -> str:
    """A count on an axis: `500`, `2,000`, `20k`, `3M`."""
    if value >= 1_000_000:
        return f"{value / 1_000_000:g}M"
    return f"{value / 1000:g}k" if value >= 10_000 else f"{value:,.0f}"


def is_open(value: float) -> bool:
    """Whether bins leave a number open by as much as is shown of it."""
    return isinstance(value, Bounded) and value.off >= MATTERS


def digits(value: float) -> str:
    """Three decimals up to 10, else four significant digits; a dash for what is undefined.

    As many as are known, and how far it may be off, where bins leave it open: `0.92 ±0.03`.
    """
    if isinstance(value, Bounded) and is_open(value):
        return value.text().replace("-", "−")
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    plainly = abs(value) < 10 and (abs(value) >= 0.001 or value == 0)
    return (f"{value:.3f}" if plainly else f"{value:.4g}").replace("-", "−")


def percent(share: float) -> str:
    """A share with one decimal; never 0% or 100% for what is not quite that, and a dash for what is undefined."""
    if math.isnan(share):
        return "–"
    if share in (0, 1):
        return f"{share:.0%}"
    return "<0.1%" if share < 0.0005 else ">99.9%" if share >= 0.9995 else f"{share:.1%}"


class Ticks(Formatter):
    """Numbers at ticks, all with as many decimals as they need; no common offset or power stands elsewhere."""

    _all: Any = ()

    def set_locs(self, locs: Any) -> None:
        """Takes the places of all ticks."""
        self._all = np.asarray(locs, float)

    def __call__(self, value: float, pos: int | None = None) -> str:
        """The number at one tick."""
        ticks = np.append(self._all, value)
        whole = (
            places for places in range(MOST_DECIMALS + 1) if np.allclose(ticks, np.round(ticks, places), rtol=1e-9)
        )
        places = next(whole, None) if np.abs(ticks).max() < 1e6 else None
        found = f"{value:.3g}" if places is None else f"{value:.{places}f}"
        return found.replace("-", "−")


class Wholes(Ticks):
    """Epochs or steps at ticks: `8`, `5,000`; thousands are `20k` on an axis that reaches 10,000, millions `1.5M`.

    Ticks between whole numbers are written as `Ticks` does.
    """

    def __call__(self, value: float, pos: int | None = None) -> str:
        """The number at one tick."""
        ticks = np.append(self._all, value)
        if not np.allclose(ticks, np.round(ticks), rtol=0, atol=1e-6):
            return super().__call__(value, pos)
        largest = float(np.abs(ticks).max())
        size, sign = next(((size, sign) for size, sign, least in SIZES if largest >= least), (1, ""))
        return f"{value / size:,.10g}{sign if value else ''}".replace("-", "−")
