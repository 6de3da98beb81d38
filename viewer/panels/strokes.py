"""The lines, bands and stars of curves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..frames.curves import Curve
from .style import move, put, theme

Array = npt.NDArray[Any]
DASHES = {"train": "--", "val": "-", "": "-"}
MARKED = 25  # epochs up to which each has a mark
COLUMNS = 250  # of a band; a longer one is pooled, outwards


class Strokes:
    """Solid validation, dashed training, dotted probes; a band around, and a star at the best.

    Args:
        ax: to draw on.
    """

    def __init__(self, ax: Any) -> None:
        self._ax, self._theme = ax, theme()
        self._lines: dict[tuple[str, str, str], Any] = {}
        self._bands: dict[tuple[str, str, str], Any] = {}
        self._stars = ax.scatter([], [], marker="*", s=70, zorder=6, animated=True, linewidths=0.7)
        self._stars.set_edgecolor(self._theme.paper)
        self._starred: list[tuple[float, float, str]] = []

    def update(self, shown: Sequence[Curve]) -> None:
        """Moves them to these curves."""
        for known in (self._lines, self._bands):
            for key in known.keys() - {curve.key for curve in shown}:
                put(known[key], visible=False)
        for curve in shown:
            self._line(curve)
            self._band(curve)
        self._star(shown)

    def colour(self, curve: Curve) -> str:
        """Of its line."""
        return self._theme.ink if curve.style is None else self._theme.colour(curve.style)

    def _line(self, curve: Curve) -> None:
        if curve.key not in self._lines:
            (self._lines[curve.key],) = self._ax.plot(
                [], [], DASHES.get(curve.split, ":"), color=self.colour(curve), linewidth=1.7 if curve.main else 1.1,
                alpha=1 if curve.main else 0.65, zorder=3 if curve.main else 2.5, marker=".", markersize=4,
                dash_joinstyle="bevel", solid_joinstyle="bevel", animated=True,
            )  # fmt: skip
        line = self._lines[curve.key]
        put(line, visible=True)
        if move(line, curve.epochs, curve.values):
            line.set_markevery(marked(curve.values))

    def _band(self, curve: Curve) -> None:
        if curve.band is None:
            if curve.key in self._bands:
                put(self._bands[curve.key], visible=False)
            return
        if curve.key not in self._bands:
            self._bands[curve.key] = self._ax.fill_between(
                [], [], [], color=self.colour(curve), alpha=0.18, linewidth=0, zorder=2, animated=True
            )
        band = self._bands[curve.key]
        put(band, visible=True)
        if getattr(band, "_epochreel_kept", None) is not curve.band:
            band._epochreel_kept = curve.band
            band.set_data(*pooled(curve.epochs, *curve.band))

    def _star(self, shown: Sequence[Curve]) -> None:
        wanted = [
            (float(curve.epochs[curve.best]), float(curve.values[curve.best]), self.colour(curve))
            for curve in shown
            if curve.best is not None
        ]
        if wanted != self._starred:
            self._starred = wanted
            self._stars.set_offsets(np.array([place[:2] for place in wanted]).reshape(-1, 2))
            self._stars.set_facecolor([place[2] for place in wanted])


def marked(values: Array) -> list[int]:
    """Positions that have a mark: all of a few; of many those that stand alone, which no line would show."""
    there = np.isfinite(values)
    if len(values) > MARKED:
        there = there & ~np.append(False, there[:-1]) & ~np.append(there[1:], False)
    return np.flatnonzero(there).tolist()


def pooled(epochs: Array, low: Array, high: Array) -> tuple[Array, Array, Array]:
    """A band with at most about `COLUMNS` columns, each as far as any epoch in it reaches."""
    step = len(epochs) // COLUMNS
    if step < 2:
        return epochs, low, high
    starts = np.arange(0, len(epochs), step)
    middle = epochs[np.minimum(starts + step // 2, len(epochs) - 1)].astype(float)
    middle[0], middle[-1] = epochs[0], epochs[-1]
    return middle, np.fmin.reduceat(low, starts), np.fmax.reduceat(high, starts)
