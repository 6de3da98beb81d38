"""The confusion matrix: shares of each true class as colour, counts and shares as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.ticker import MaxNLocator, ScalarFormatter

from ...drawing.fonts import drawable, families
from ...drawing.grid import Grid, Number
from ...drawing.legend import Sentence
from ...drawing.limits import percent
from ...drawing.margins import MARGINS, Rect, Seat, elide, fitting, line_height, width
from ...drawing.theme import label_axes, plain, prepare, put, text, theme
from ...frame import Frame
from ...frame.views import missing, unread
from .numbers import ConfusionNumbers, confusion, not_kept
from .plan import LIST_SIZE, NAME, Plan, plan

EMPTY = "empty"  # what is planned where there is nothing to show
_plan = lru_cache(maxsize=64)(plan)
FINEST = 2  # pixels of a row that can be told from the next


class Matrix:
    """An image with its numbers; where those do not fit, the largest confusions by name."""

    zooms = False  # what stands beside the axes belongs to all rows

    def setup(self, ax: Any) -> None:
        """Makes image, numbers and list."""
        self._ax, self._theme, self._seat = ax, theme(), Seat(ax)
        self._title = prepare(ax, "Confusion matrix")
        ax.grid(visible=False)
        ax.tick_params(length=0)
        for side in ax.spines.values():
            side.set(visible=True, color=self._theme.rule)
        self._colours = mpl.colormaps.get_cmap(self._theme.shares).with_extremes(bad=self._theme.grid)
        self._grid, self._list = Grid(ax), text(ax, 0, 0, va="top", fontsize=LIST_SIZE)
        self._sentence = Sentence(ax)
        self._shown: ConfusionNumbers | None = None
        self._planned: Any = None  # how many classes, and their plan
        ax.set(xticks=[], yticks=[])

    def arrange(self, rect: Rect, inches: Sequence[float]) -> None:
        """Takes its part of the figure."""
        self._seat.take(rect, inches)
        self._planned = None

    def update(self, frame: Frame) -> None:
        """Moves colours and numbers."""
        self._shown = shown = confusion(frame)
        for artist in (self._grid, self._list):
            put(artist, visible=shown is not None)
        if shown is not None:
            self._make_plan(shown)
            self._colour(shown)
            self._name_largest(shown)
        elif self._planned is not EMPTY:
            self._empty()
        self._sentence.say("" if shown is not None else _why_not(frame))  # in lines that fit the axes as they are now
        put(self._title, text=fitting(titles(shown), self._seat.inner[0] + 0.1, 10, "bold"))

    def pick(self, _: float, y: float) -> dict[str, float]:
        """The true class that was clicked, where there are several."""
        several = self._shown is not None and not self._shown.of and len(self._shown.names) > 2
        return {"label": round(y)} if several else {}

    def describe(self) -> str:
        """Its main numbers, in words."""
        return "" if self._shown is None else self._shown.in_words()

    def read_out(self, x: float, y: float) -> str | None:
        """What is under the mouse, in words."""
        shown = self._shown
        if shown is None:
            return None
        row, column = (min(max(round(place), 0), len(shown.names) - 1) for place in (y, x))
        words = f"{shown.counts[row, column]:,} ({percent(shown.share(row, column))} of its class)"
        return plain(f"true {shown.names[row]}, predicted {shown.names[column]}: {words}", 120)

    def _empty(self) -> None:
        """Axes as they are at the start, whatever was shown before."""
        self._planned = EMPTY
        self._seat.leave(**{side: MARGINS[side] for side in ("left", "right", "bottom")})
        self._ax.set(xlim=(0, 1), ylim=(0, 1), xticks=[], yticks=[])
        label_axes(self._ax, "")

    def _make_plan(self, shown: ConfusionNumbers) -> None:
        """Everything that depends on the classes and on the cell, not on the epoch."""
        planned = _plan(shown.names, int(shown.counts.sum(axis=1).max()), self._seat.size)
        before, self._planned = self._planned, (len(shown.names), planned)
        if before == self._planned:  # most numbers need as much room as those before
            return
        self._plan = planned
        self._seat.leave(left=planned.left, right=planned.right, bottom=planned.bottom)
        classes = len(shown.names)
        wide, tall = self._seat.inner
        self._finest = int(min(wide, tall) * self._ax.figure.dpi / FINEST)
        self._ax.set(xlim=(-0.5, classes - 0.5), ylim=(classes - 0.5, -0.5))
        self._name_axes(planned, classes)
        below = planned.bottom - 0.04 - (planned.listed + 1) * line_height(LIST_SIZE)
        put(self._list, position=(1 + 0.15 / wide, 1.0) if planned.beside else (0.0, -below / tall))

    def _name_axes(self, planned: Plan, classes: int) -> None:
        for axis, names in ((self._ax.xaxis, planned.across), (self._ax.yaxis, planned.down)):
            axis.reset_ticks()  # with the size of the words that stood there before
            if names:
                words = [drawable(name) for name in names]
                many = families("".join(words))
                axis.set_ticks(range(classes), words, fontsize=NAME, parse_math=False, fontfamily=many)
            elif planned.down:
                axis.set_ticks([])
            else:
                axis.set_major_locator(MaxNLocator(nbins="auto", steps=[1, 2, 5, 10], integer=True))
                axis.set_major_formatter(ScalarFormatter())  # not the names of before, by the number of the tick
        self._ax.tick_params(axis="x", labelrotation=90 if planned.upright and planned.across else 0)
        wide, tall = self._seat.inner
        label_axes(self._ax, fitting(meanings(planned, classes, self._finest), wide), fitting(["true"], tall))

    def _colour(self, shown: ConfusionNumbers) -> None:
        planned, shares = self._plan, shown.shares_of_blocks(self._finest)
        scale = shares if planned.lines else np.sqrt(shares)  # rare confusions are seen where they are not written
        colours = self._colours(np.ma.masked_invalid(scale), bytes=True)
        if not planned.lines:
            self._grid.show(colours)
            return
        dark = colours[..., :3] @ np.array([0.299, 0.587, 0.114]) < 140
        numbers = [
            Number(y, x, self._words(shown, y, x), "#ffffff" if dark[y, x] else "#22242a")
            for y, x in np.ndindex(shares.shape)
        ]
        self._grid.show(colours, numbers, planned.size)

    def _words(self, shown: ConfusionNumbers, row: int, column: int) -> str:
        count = f"{shown.counts[row, column]:,}"
        return count if self._plan.lines == 1 or count == "0" else f"{count}\n{percent(shown.share(row, column))}"

    def _name_largest(self, shown: ConfusionNumbers) -> None:
        room = self._seat.size[0] - self._plan.left - (self._seat.inner[0] + 0.15 if self._plan.beside else 0) - 0.1
        lines = []
        for it in shown.largest(self._plan.listed):
            tail = f"  {it.count:,} ({percent(it.share)})"
            names = f"{shown.names[it.true]} → {shown.names[it.predicted]}"
            lines.append(elide(names, room - width(tail, LIST_SIZE), LIST_SIZE) + tail)
        put(self._list, text="\n".join(["largest confusions", *lines] if lines else []))


def titles(shown: ConfusionNumbers | None) -> list[str]:
    """What the matrix is of, in ever fewer words."""
    if shown is None:
        return ["Confusion matrix"]
    at = f" at {shown.threshold:.3f}" if shown.threshold is not None else ""
    whole = [f"Confusion matrix{at}, {shown.of}"] if shown.of else []
    return [*whole, f"Confusion matrix{at}", "Confusion matrix", "Confusion"]


def meanings(planned: Plan, classes: int, finest: int) -> list[str]:
    """What the columns, numbers and colours are, in ever fewer words."""
    otherwise = "predicted, in the same order" if planned.down else "predicted, by number of the class"
    what = "predicted" if planned.across else otherwise
    if planned.lines == 2:
        return [f"{what} · count, share of the true class", what]
    size = -(-classes // max(finest, 1))
    pooled = f" · a square is {size} × {size} classes" if size > 1 else ""
    how = "" if planned.lines else ", square root"
    colour = " · colour: share of the true class"
    return [f"{what}{colour}{how}{pooled}", f"{what}{colour}", f"predicted{colour}", what, "predicted"]


def _why_not(frame: Frame) -> str:
    broken = frame.position < 0 or not frame.splits or unread(frame)
    return missing(frame) if broken else not_kept(frame) or f"no samples were counted in this {frame.unit}"
