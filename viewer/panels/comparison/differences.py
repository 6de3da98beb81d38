"""Differences in pairs with their intervals, one below the other: a forest plot."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np
from matplotlib.ticker import MaxNLocator

from ...drawing.limits import Ticks
from ...drawing.margins import Rect, Seat, elide, line_height, width
from ...drawing.theme import label_axes, prepare, put, text, theme
from .numbers import Interval, Picture

LINE = line_height()
HEAD, ROW = 1.35 * LINE, 2.35 * LINE  # inches: of a formula's name, and of a pair with its interval


class Differences:
    """One row a pair and formula: the difference, its interval, and where there would be none."""

    def setup(self, ax: Any) -> None:
        """Makes axes."""
        self._ax, self._theme = ax, theme()
        self._seat = Seat(ax, left=0.25, right=0.25, bottom=0.5)
        self._title = prepare(ax, "")
        self._drawn = False
        ax.set_yticks([])
        ax.spines["left"].set_visible(False)
        ax.xaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 5, 10]))
        ax.xaxis.set_major_formatter(Ticks())

    def arrange(self, rect: Rect, inches: Sequence[float]) -> None:
        """Takes its part of the figure."""
        self._seat.take(rect, inches)

    def update(self, picture: Picture) -> None:
        """Draws the rows, once: they do not move with the cursor."""
        if self._drawn:
            return
        self._drawn = True
        wide, tall = self._seat.inner
        shown = fitting_rows(picture.intervals, tall)
        used = height_of(shown)
        self._seat.leave(bottom=0.5 + max(tall - used, 0.0))
        more = len(picture.intervals) - len(shown)
        label = f"difference, {100 * picture.level:g}% interval"
        label_axes(self._ax, f"{label} · {more} more in the table" if more else label)
        put(self._title, text=elide("Differences in pairs", wide, 10, "bold"))
        ends = np.array([[one.low, one.high] for one in shown] or [[0.0, 1.0]])
        low, high = min(float(ends.min()), 0.0), max(float(ends.max()), 0.0)
        margin = 0.05 * (high - low) or 0.05
        self._ax.set(xlim=(low - margin, high + margin), ylim=(used, 0))
        self._rows(shown, wide, used)

    def _rows(self, shown: Sequence[Interval], wide: float, tall: float) -> None:
        at = 0.0
        for formula, rows in groupby(shown, key=lambda one: one.formula):
            words = elide(formula, wide, 8, "bold")
            text(
                self._ax, 0, 1 - (at + 0.5 * HEAD) / tall, words, va="center", fontweight="bold", color=self._theme.ink
            )
            at += HEAD
            for one in rows:
                self._row(one, at, wide, tall)
                at += ROW

    def _row(self, one: Interval, at: float, wide: float, tall: float) -> None:
        colour = self._theme.palette[0] if one.beyond_chance else self._theme.quiet
        numbers = f"{signed(one.difference)}  [{signed(one.low)}, {signed(one.high)}]"
        high = 1 - (at + 0.5 * LINE) / tall
        text(self._ax, 1, high, numbers, va="center", ha="right", color=self._theme.words(colour))
        text(self._ax, 0, high, elide(one.pair, wide - width(numbers) - 0.1), va="center")
        y = at + 1.45 * LINE
        self._ax.plot([0, 0], [y - 0.5 * LINE, y + 0.5 * LINE], color=self._theme.ink, linewidth=0.9, zorder=2)
        self._ax.plot([one.low, one.high], [y, y], "-" if one.paired else ":", color=colour, linewidth=2.2, zorder=3)
        face = colour if one.paired else self._theme.paper
        self._ax.plot([one.difference], [y], "o", color=colour, markerfacecolor=face, markersize=6, zorder=4)


def fitting_rows(intervals: Sequence[Interval], tall: float) -> list[Interval]:
    """As many rows as so many inches hold, each formula with as many pairs as the others where not all fit."""
    names = list(dict.fromkeys(one.formula for one in intervals))
    for each in range(len(intervals), 0, -1):
        shown = [one for name in names for one in [one for one in intervals if one.formula == name][:each]]
        if height_of(shown) <= tall:
            return shown
    return list(intervals[: max(int((tall - HEAD) / ROW), 1)])


def height_of(shown: Sequence[Interval]) -> float:
    """Inches that rows take with the names of their formulas."""
    return HEAD * len({one.formula for one in shown}) + ROW * len(shown)


def signed(value: float) -> str:
    """With its sign, three decimals; what rounds to nothing has none."""
    found = f"{value:+.3f}".replace("-", "−")
    return "0.000" if found[1:] == "0.000" else found
