"""The lines, bands and stars of curves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ..frame.curve import Curve
from .marks import Marks
from .ribbon import Ribbon
from .theme import dress, move, put, theme

Array = npt.NDArray[Any]
Key = tuple[str, str, str]
DASHES = {"train": "--", "val": "-", "": "-"}
MARKED = 25  # epochs up to which each has a mark
MAIN, OTHER = 1.7, 1.1  # points of a line
CROWDED = 3.0  # pixels an epoch, below which dashes of a line that goes up and down read as blots
MOST_MARKS = 40  # of one sort: of thousands nobody would see each
SIDE = 6.5  # points from one curve to the next, where there is one epoch to show them at


class Strokes:
    """Solid validation, dashed training, dotted probes; a band around, and a star at the best.

    Where epochs are crowded, training and probes are faint instead of dashed and dotted.

    Args:
        ax: to draw on.
    """

    def __init__(self, ax: Any) -> None:
        self._ax, self._theme = ax, theme()
        self._lines: dict[Key, Any] = {}
        self._dense: dict[Key, Ribbon] = {}
        self._bands: dict[Key, Ribbon] = {}
        self._beyond = Marks(ax, "^", size=6.5, edge=0.7, zorder=7)
        self._below = Marks(ax, "v", size=6.5, edge=0.7, zorder=7)
        self._broken = Marks(ax, "X", size=6.5, edge=0.7, zorder=7)
        self._stars = Marks(ax, "*", size=8.4, edge=0.7, zorder=6)
        self._faint = False
        self._aside: dict[Key, tuple[Array, float, Array]] = {}

    def update(self, shown: Sequence[Curve], inner: tuple[float, float], *, faint: bool = False) -> None:
        """Moves them to these curves; `inner` are the inches of the axes, and `faint` says that epochs are crowded."""
        pixels = inner[0] * self._ax.figure.dpi
        across, up = per_points(self._ax.get_xlim(), inner[0]), per_points(self._ax.get_ylim(), inner[1])
        self._faint = faint
        shown = self._beside_one_another(shown, across)
        keys = {curve.key for curve in shown}
        for known in (self._lines, self._dense, self._bands):
            for key in known.keys() - keys:
                put(known[key], visible=False)
        for number, curve in enumerate(shown):
            dense = len(curve.epochs) > pixels and self._ax.get_yscale() == "linear"
            if dense:
                self._fill(curve, number, pixels, up)
            else:
                self._line(curve, number)
            for known, there in ((self._lines, not dense), (self._dense, dense)):
                if curve.key in known:
                    put(known[curve.key], visible=there)
            self._band(curve, number, pixels, across)
        self._star(shown)
        self._warn(shown, inner[1])

    def colour(self, curve: Curve) -> str:
        """Of its line."""
        return self._theme.ink if curve.style is None else self._theme.colour(curve.style)

    def _beside_one_another(self, shown: Sequence[Curve], across: float) -> list[Curve]:
        """The curves; of a single epoch side by side, as they would lie over one another."""
        if any(len(curve.epochs) != 1 for curve in shown):
            return list(shown)
        step = min(SIDE * across, 0.9 / max(len(shown), 1))
        return [
            replace(curve, epochs=self._moved(curve, step * (number - (len(shown) - 1) / 2)))
            for number, curve in enumerate(shown)
        ]

    def _moved(self, curve: Curve, by: float) -> Array:
        """Its epochs, moved; the same array as before where nothing has changed."""
        epochs, before, moved = self._aside.get(curve.key, (None, 0.0, curve.epochs))
        if epochs is not curve.epochs or before != by:
            moved = curve.epochs + by
            self._aside[curve.key] = curve.epochs, by, moved
        return moved

    def _look(self, curve: Curve, number: int) -> dict[str, Any]:
        """How a line looks now: later ones lie above earlier ones, whichever was made first."""
        main = curve.main
        return {
            "color": self.colour(curve),
            "alpha": 1 if main else 0.4 if self._faint else 0.65,
            "zorder": (3 if main else 2.5) + number / 1e3,
        }

    def _line(self, curve: Curve, number: int) -> None:
        if curve.key not in self._lines:
            (self._lines[curve.key],) = self._ax.plot(
                [], [], marker=".", markersize=4, dash_joinstyle="bevel", solid_joinstyle="bevel", animated=True
            )  # fmt: skip
        line = self._lines[curve.key]
        dashes = "-" if self._faint else DASHES.get(curve.split, ":")
        dress(line, **self._look(curve, number), linestyle=dashes, linewidth=MAIN if curve.main else OTHER)
        if move(line, curve.epochs, curve.values):
            line.set_markevery(marked(curve.values))

    def _fill(self, curve: Curve, number: int, pixels: float, per_point: float) -> None:
        ribbon = self._dense.get(curve.key) or self._dense.setdefault(curve.key, Ribbon(self._ax))
        dress(ribbon, **self._look(curve, number))
        thick = (MAIN if curve.main else OTHER) * per_point
        ribbon.fill_line(curve.epochs, curve.values, pixels, thick)

    def _band(self, curve: Curve, number: int, pixels: float, across: float) -> None:
        if curve.key not in self._bands and curve.band is not None:
            self._bands[curve.key] = Ribbon(self._ax)
        if curve.key in self._bands:
            put(self._bands[curve.key], visible=curve.band is not None)
        if curve.band is not None:
            dress(self._bands[curve.key], color=self.colour(curve), alpha=0.18, zorder=2 + number / 1e3)
            self._bands[curve.key].fill_band(curve.epochs, curve.band, pixels, across)

    def _star(self, shown: Sequence[Curve]) -> None:
        best = [(curve, curve.best) for curve in shown if curve.best is not None]
        places = [(float(curve.epochs[at]), float(curve.values[at])) for curve, at in best]
        self._stars.show(places, [self.colour(curve) for curve, _ in best])

    def _warn(self, shown: Sequence[Curve], tall: float) -> None:
        """Marks at the edges: where a curve leaves the axis or broke out, and where it is no number."""
        low, high = self._ax.get_ylim()
        inset = 5 * per_points((low, high), tall)
        if self._ax.get_yscale() != "linear":
            low, high, inset = low * 1.05, high / 1.05, 0.0
        above = [(curve, at) for curve in shown for at in beyond(curve, high)]
        under = [(curve, at) for curve in shown for at in beyond(curve, low, above=False)]
        broken = [(curve, at) for curve in shown for at in curve.broken]
        for marks, found, height in (
            (self._beyond, above, high - inset), (self._below, under, low + inset), (self._broken, broken, low + inset)
        ):  # fmt: skip
            places = [(float(curve.epochs[at]), height) for curve, at in found[:MOST_MARKS]]
            marks.show(places, [self._mark_colour(curve, at) for curve, at in found[:MOST_MARKS]])

    def _mark_colour(self, curve: Curve, at: int) -> str:
        alarming = at in curve.broken or int(curve.epochs[at]) == curve.diverged
        return self._theme.fault if alarming else self.colour(curve)


def beyond(curve: Curve, end: float, *, above: bool = True) -> list[int]:
    """Where a curve goes beyond an end of the axis: the first epoch of each stretch; and where it broke out."""
    if curve.low is not None and curve.high is not None:
        return []  # such an axis holds all there can be
    with np.errstate(invalid="ignore"):
        far = (curve.values > end if above else curve.values < end) & np.isfinite(curve.values)
    first = far & ~np.append(False, far[:-1])
    if above and curve.diverged is not None:
        first = first | (curve.epochs == curve.diverged)
    return np.flatnonzero(first).tolist()


def per_points(ends: tuple[float, float], inches: float) -> float:
    """How much of an axis a point is, which has these ends and is so long."""
    return float(ends[1] - ends[0]) / (inches * 72)


def crowded(shown: Sequence[Curve], pixels: float) -> bool:
    """Whether so many epochs lie on so many pixels that dashes cannot be read."""
    return max((len(curve.epochs) for curve in shown), default=0) * CROWDED > pixels


def marked(values: Array) -> list[int]:
    """Positions that have a mark: all of a few; of many those that stand alone, which no line would show."""
    there = np.isfinite(values)
    if len(values) > MARKED:
        there = there & ~np.append(False, there[:-1]) & ~np.append(there[1:], False)
    return np.flatnonzero(there).tolist()
