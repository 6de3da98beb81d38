"""Formulas against the threshold, at one epoch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...drawing.legend import PAD, Legend, Sentence, size
from ...drawing.limits import Ticks, digits, value_range
from ...drawing.margins import MARGINS, Rect, Seat, fitting
from ...drawing.marks import Marks
from ...drawing.theme import label_axes, move, plain, prepare, put, theme
from ...frame import Frame
from ...frame.views import missing
from .numbers import AgainstThreshold, Swept, against_threshold


class Threshold:
    """A line for each formula, a star at its best, the threshold as a line to drag.

    Args:
        names: formulas; none for what the viewer was asked for.
    """

    def __init__(self, *names: str) -> None:
        self.formulas = names
        self._strands: list[_Strand] = []
        self._shown: AgainstThreshold | None = None

    def setup(self, ax: Any) -> None:
        """Makes axes, threshold and notes."""
        ax.set_autoscale_on(False)  # the ends of the axes are set by what is shown
        self._ax, self._theme, self._seat = ax, theme(), Seat(ax)
        self._title = prepare(ax, "")
        ax.set(xlim=(0, 1), ylim=(-0.02, 1.02))
        ax.yaxis.set_major_formatter(Ticks())
        label_axes(ax, "threshold")
        self._line = ax.axvline(0.5, color=self._theme.ink, linewidth=1.3, visible=False, animated=True, zorder=5)
        self._stars = Marks(ax, "*", size=9, edge=1.0, zorder=6)
        self._legend, self._sentence = Legend(ax, above=True), Sentence(ax)

    def arrange(self, rect: Rect, inches: Sequence[float]) -> None:
        """Takes its part of the figure; the names above need some of it."""
        self._seat.take(rect, inches)
        self._place()

    def update(self, frame: Frame) -> None:
        """Moves lines, stars and threshold."""
        shown = self._shown = against_threshold(frame, self.formulas)
        curves = () if shown is None else shown.curves
        fault = why_not(frame, shown)
        self._sentence.say(fault)
        put(self._ax, ylim=value_range(curves, steady=True))
        while len(self._strands) < len(curves):
            self._strands.append(_Strand(self._ax))
        for number, strand in enumerate(self._strands):
            strand.update(curves[number] if number < len(curves) else None)
        bests = [(curve.best, self._theme.colour(curve.style)) for curve in curves if curve.best is not None]
        self._stars.show([place for place, _ in bests], [colour for _, colour in bests])
        at = frame.threshold if curves and not fault else None
        put(self._line, visible=at is not None)
        if at is not None:
            put(self._line, xdata=[at, at])
        self._words(shown, at, frame.unit)

    def pick(self, x: float, _: float) -> dict[str, float]:
        """The threshold at a place."""
        return {"threshold": min(max(x, 0.0), 1.0)} if self._shown is not None else {}

    def describe(self) -> str:
        """Its main numbers, in words."""
        return "" if self._shown is None else self._shown.in_words()

    def read_out(self, x: float, _: float) -> str | None:
        """The values at the nearest threshold."""
        if self._shown is None or not self._shown.curves:
            return None
        at = self._shown.position(x)
        values = ", ".join(told(curve, at) for curve in self._shown.curves)
        return plain(f"threshold {self._shown.thresholds[at]:.4g}: {values}", 120)

    def _words(self, shown: AgainstThreshold | None, at: float | None, unit: str) -> None:
        rows = self._legend.rows
        names = [] if shown is None else [self._name(curve, shown, at) for curve in shown.curves]
        self._legend.show(names)
        if self._legend.rows != rows:
            self._place()
            self._legend.show(names)  # its place depends on how tall the axes are now
        whole = "Against the threshold"
        titles = [f"{whole}, this {unit}", whole, "Threshold"]
        if shown is not None and shown.scope:
            titles = [f"{whole}, {shown.scope}, this {unit}", f"{whole}, {shown.scope}", f"Threshold, {shown.scope}"]
        put(self._title, text=fitting(titles, size(self._ax)[0], 10, "bold"))

    def _name(self, curve: Swept, shown: AgainstThreshold, at: float | None) -> tuple[str, str]:
        """What a curve is, its value at the threshold and the threshold of its star, as far as there is room."""
        value = curve.label if at is None else f"{curve.label} {digits(float(curve.values[shown.position(at)]))}"
        words = [value] if curve.best is None else [f"{value} ★ at {named(curve.best[0])}", value]
        return fitting(words, size(self._ax)[0] - 2 * PAD), self._theme.colour(curve.style)

    def _place(self) -> None:
        above = self._legend.inches
        self._seat.leave(top=MARGINS["top"] + above)
        put(self._title, position=(0, 1 + above / size(self._ax)[1]))


class _Strand:
    """The line of one formula.

    Args:
        ax: to draw on.
    """

    def __init__(self, ax: Any) -> None:
        self._theme = theme()
        (self._line,) = ax.plot([], [], linewidth=1.6, animated=True, zorder=3, solid_joinstyle="bevel")

    def update(self, curve: Swept | None) -> None:
        """Moves it to a curve, or hides it."""
        put(self._line, visible=curve is not None)
        if curve is not None:
            put(self._line, color=self._theme.colour(curve.style))
            move(self._line, *curve.line)


def why_not(frame: Frame, shown: AgainstThreshold | None) -> str:
    """Why lines are missing, or ""."""
    if shown is None:
        return missing(frame)
    if shown.faults:
        return " ".join(shown.faults)
    if any(np.isfinite(curve.values).any() for curve in shown.curves):
        return ""
    undefined = f"undefined at every threshold of this {frame.unit}"
    return undefined if shown.curves else "none of the formulas follows the threshold"


def told(curve: Swept, at: int) -> str:
    """The value of a formula at a threshold, and the threshold of its best: `F1 0.935 (★ at 0.560)`."""
    best = "" if curve.best is None else f" (★ at {named(curve.best[0])})"
    return f"{curve.label} {digits(float(curve.values[at]))}{best}"


def named(threshold: float) -> str:
    """A threshold in a few digits: `0.352`, `0.400`, `0.0035`; always as many, else names wander from row to row."""
    return f"{threshold:#.3g}" if threshold >= 0.1 else f"{threshold:#.2g}"
