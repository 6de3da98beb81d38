"""Formulas of each class as dots, worst classes first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.ticker import AutoLocator, MaxNLocator

from ...drawing.legend import Legend, Sentence
from ...drawing.limits import Ticks, digits, value_range
from ...drawing.margins import MARGINS, Rect, Seat, elide, fitting, line_height, width
from ...drawing.theme import plain, prepare, put, text, theme
from ...frame import Frame
from ...frame.views import missing, unread
from .numbers import ClassesNumbers, classes

ROW, TALLEST = 0.145, 0.34  # inches of a class, at least and at most
NAMES = 0.32  # of the cell that names may take
FIRST, OTHERS = 7.0, 5.0  # points of the dots
TICK = 0.5  # inches of a tick's number
EMPTY = "empty"  # what is built where there is nothing to show
BELOW = 0.3  # inches from the axes to the words below


class Classes:
    """A row for each class that fits: its name, a dot for each formula, and how many samples it has.

    Args:
        names: formulas, the first of which sorts; none for what the viewer was asked for.
    """

    zooms = False  # what stands beside the axes belongs to all rows

    def __init__(self, *names: str) -> None:
        self.formulas = names
        self._dots: list[Any] = []
        self._labels: list[tuple[Any, Any]] = []
        self._shown: ClassesNumbers | None = None
        self._built: Any = None

    def setup(self, ax: Any) -> None:
        """Makes axes and legend."""
        ax.set_autoscale_on(False)  # the ends of the axes are set by what is shown
        self._ax, self._theme = ax, theme()
        self._seat = Seat(ax, bottom=BELOW + line_height() + 0.08)
        self._title = prepare(ax, "Classes")
        self._legend, self._sentence = Legend(ax, above=True), Sentence(ax)
        self._spans = LineCollection([], colors=self._theme.rule, linewidths=1.5, animated=True, zorder=2)
        self._spanned = np.zeros((0, 2, 2))
        ax.add_collection(self._spans, autolim=False)
        self._heading = text(ax, 1, 1, "samples", ha="right", va="bottom")
        self._note = text(ax, 0, 0, va="top")
        self._clear()
        ax.xaxis.set_major_formatter(Ticks())

    def arrange(self, rect: Rect, inches: Sequence[float]) -> None:
        """Takes its part of the figure."""
        self._seat.take(rect, inches)
        self._built = None

    def update(self, frame: Frame) -> None:
        """Moves names, dots and counts."""
        self._shown = shown = classes(frame, self.formulas)
        if shown is None or not shown.formulas:
            if self._built is not EMPTY:
                self._clear()
            self._sentence.say(_why_not(frame, shown))
            return
        self._sentence.say("")
        self._build(shown)
        put(self._ax, xlim=value_range(shown.formulas))
        self._draw(shown)
        self._name(frame, shown)
        self._words(shown)

    def pick(self, _: float, y: float) -> dict[str, float]:
        """The class that was clicked, where there are several."""
        at = round(y)
        several = self._shown is not None and len(self._shown.names) > 2
        return {"label": int(self._shown.order[at])} if several and self._shown and 0 <= at < self._rows else {}

    def describe(self) -> str:
        """Its main numbers, in words."""
        return "" if self._shown is None else self._shown.in_words()

    def read_out(self, _: float, y: float) -> str | None:
        """The values of the class under the mouse."""
        shown, at = self._shown, round(y)
        if shown is None or not shown.formulas or not 0 <= at < self._rows:
            return None
        values = ", ".join(f"{formula.label} {digits(float(formula.values[at]))}" for formula in shown.formulas)
        return plain(f"{shown.names[at]}: {values}; {shown.support[at]:,} samples", 120)

    def _build(self, shown: ClassesNumbers) -> None:
        """Everything that depends on the classes and the size of the cell, not on the epoch."""
        widest = width(f"{int(shown.support.max()):,}")
        names = [(formula.label, self._theme.colour(formula.style)) for formula in shown.formulas]
        state = frozenset(shown.names), tuple(names), widest
        if state == self._built:
            return
        self._built = state
        self._longest = min(max(map(width, shown.names)), NAMES * self._seat.size[0] - 0.15)
        self._seat.leave(left=self._longest + 0.2, right=max(widest, width("samples")) + 0.2, top=MARGINS["top"])
        self._legend.show(names)
        self._seat.leave(top=MARGINS["top"] + self._legend.inches)
        wide, tall = self._seat.inner
        self._ax.xaxis.set_major_locator(MaxNLocator(nbins=max(int(wide / TICK), 1), steps=[1, 2, 5, 10]))
        self._rows = min(len(shown.names), max(int(tall / ROW), 1))
        spare = max(tall / TALLEST - self._rows, 0) / 2  # few classes stand close together, in the middle
        self._ax.set(ylim=(self._rows - 0.5 + spare, -0.5 - spare))
        self._ax.set_yticks(range(self._rows), [""] * self._rows, minor=False)
        self._ax.tick_params(axis="y", length=0)
        put(self._title, position=(0, 1 + self._legend.inches / tall))
        put(self._heading, text="samples", position=(1 + self._right / wide, 1 + 0.06 / tall))
        put(self._note, position=(0, -BELOW / tall))

    @property
    def _right(self) -> float:
        """Inches from the axes to the end of the counts."""
        return self._seat.size[0] - self._longest - 0.2 - self._seat.inner[0] - 0.1

    def _draw(self, shown: ClassesNumbers) -> None:
        while len(self._dots) < len(shown.formulas):
            (dot,) = self._ax.plot(
                [], [], "o", color=self._theme.colour(shown.formulas[len(self._dots)].style), animated=True,
                markersize=OTHERS if self._dots else FIRST, zorder=4 if self._dots else 5,
                markeredgecolor=self._theme.paper, markeredgewidth=0.5,
            )  # fmt: skip
            self._dots.append(dot)
        rows = np.arange(self._rows)
        table = np.array([formula.values[: self._rows] for formula in shown.formulas])
        for dot, formula, values in zip(self._dots, shown.formulas, table, strict=False):
            same = np.array_equal(dot.get_xdata(), values, equal_nan=True) and len(dot.get_ydata()) == len(rows)
            if not same:
                dot.set_data(values, rows)
            put(dot, color=self._theme.colour(formula.style))
        for number, dot in enumerate(self._dots):
            put(dot, visible=number < len(shown.formulas))
        put(self._spans, visible=True)
        spans = np.stack([np.fmin.reduce(table), rows, np.fmax.reduce(table), rows], axis=-1).reshape(-1, 2, 2)
        if not np.array_equal(self._spanned, spans, equal_nan=True):
            self._spanned = spans  # the collection hands out its segments without what is not finite
            self._spans.set_segments(list(spans))

    def _name(self, frame: Frame, shown: ClassesNumbers) -> None:
        while len(self._labels) < self._rows:
            self._labels.append(
                (text(self._ax, 0, 0, ha="right", va="center"), text(self._ax, 0, 0, ha="right", va="center"))
            )
        wide, _ = self._seat.inner
        bottom, top = self._ax.get_ylim()
        for row, (name, count) in enumerate(self._labels):
            there = row < self._rows
            height = (row - bottom) / (top - bottom)
            put(
                name,
                text=elide(shown.names[row], self._longest + 0.02) if there else "",
                position=(-0.08 / wide, height),
            )
            put(count, text=f"{shown.support[row]:,}" if there else "", position=(1 + self._right / wide, height))
            chosen = there and shown.order[row] == frame.knobs.label
            put(name, color=self._theme.ink if chosen else self._theme.quiet, fontweight="bold" if chosen else "normal")

    def _words(self, shown: ClassesNumbers) -> None:
        first = shown.formulas[0].label
        own = ", with @ at its own" if shown.mixed else ""
        at = "" if shown.threshold is None else f" at {shown.threshold:.3f}{own}"
        titles = [
            f"Classes{at}, worst {first} first",
            f"Classes, worst {first} first",
            "Classes, worst first",
            "Classes",
        ]
        put(self._title, text=fitting([*titles, "Classes"], self._seat.inner[0] + self._right, 10, "bold"))
        parts = []
        left_out = len(shown.names) - self._rows
        if left_out:
            parts.append(f"the {self._rows:,} worst of {len(shown.names):,} classes, {left_out:,} left out")
        if shown.undefined:
            parts.append(f"{shown.undefined:,} without {first}")
        put(self._note, text=fitting([" · ".join(parts), *parts, ""], self._seat.inner[0] + self._right))

    def _clear(self) -> None:
        """Nothing but the title, on axes that are those of the start whatever was shown before."""
        self._built = EMPTY
        self._seat.leave(**{side: MARGINS[side] for side in ("left", "right", "top")})
        self._ax.set(xlim=(-0.02, 1.02), ylim=(0.5, -0.5), yticks=[])
        self._ax.xaxis.set_major_locator(AutoLocator())
        put(self._title, text="Classes", position=(0, 1))
        for artist in [*self._dots, self._spans]:
            put(artist, visible=False)
        for label in [self._heading, self._note, *(label for pair in self._labels for label in pair)]:
            put(label, text="")
        self._legend.show(())


def _why_not(frame: Frame, shown: ClassesNumbers | None) -> str:
    if shown is not None:
        return "" if shown.formulas else "; ".join(shown.faults)
    broken = frame.position < 0 or not frame.splits or unread(frame)
    return missing(frame) if broken else f"no samples were counted in this {frame.unit}"
