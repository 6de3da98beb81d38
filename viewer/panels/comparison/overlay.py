"""One formula of several runs: their lines, each with its name and value; groups with a band; the rest faint."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.ticker import MaxNLocator

from ...drawing.captions import end_of, share, widest
from ...drawing.end_labels import LINE, EndLabels, Entry, Room, room_for
from ...drawing.limits import Ticks, Wholes, digits, value_range
from ...drawing.margins import MARGINS, Rect, Seat, fitting
from ...drawing.strokes import Strokes
from ...drawing.theme import label_axes, prepare, put, theme
from .numbers import Overlay as Numbers
from .numbers import Picture

FAINT, FAINTEST, INK = 0.35, 0.04, 20.0  # alpha of lines without a name: so much, so little, so much of all together


class Overlay:
    """The curves of one formula.

    Args:
        number: of the formula.
    """

    def __init__(self, number: int) -> None:
        self._number = number
        self._room = Room()
        self._faint: Any = None

    def setup(self, ax: Any) -> None:
        """Makes axes and cursor."""
        self._ax, self._theme, self._seat = ax, theme(), Seat(ax, bottom=0.5)
        self._title = prepare(ax, "")
        self._strokes, self._ends = Strokes(ax), EndLabels(ax)
        self._cursor = ax.axvline(0, color=self._theme.ink, linewidth=1, visible=False, animated=True, zorder=5)
        ax.xaxis.set_major_locator(MaxNLocator(nbins="auto", steps=[1, 2, 5, 10]))
        ax.xaxis.set_major_formatter(Wholes())
        ax.yaxis.set_major_formatter(Ticks())

    def arrange(self, rect: Rect, inches: Sequence[float]) -> None:
        """Takes its part of the figure."""
        self._seat.take(rect, inches)
        self._place()

    def update(self, picture: Picture) -> None:
        """Moves cursor and values; all else is drawn once."""
        numbers = picture.overlays[self._number]
        if self._faint is None:
            self._begin(numbers, picture.x_label)
        put(self._cursor, visible=picture.cursor is not None)
        if picture.cursor is not None:
            put(self._cursor, xdata=[picture.cursor, picture.cursor])
        entries = self._entries(numbers)
        room = room_for(entries, self._across)
        if room != self._room:
            self._room = room
            self._place()
        self._strokes.update(numbers.named, self._seat.inner)
        self._ends.update(entries, room, *self._seat.inner)
        wide = self._seat.inner[0] if room.column else self._across
        put(self._title, text=fitting([numbers.label], wide, 10, "bold"))

    @property
    def _across(self) -> float:
        return self._seat.size[0] - MARGINS["left"] - 0.1

    def _place(self) -> None:
        rows = len(self._room.rows) * LINE
        self._seat.leave(right=max(self._room.column, 0.15), top=MARGINS["top"] + rows)
        put(self._title, position=(0, 1 + rows / self._seat.inner[1]))

    def _begin(self, numbers: Numbers, x_label: str) -> None:
        label_axes(self._ax, x_label)
        every = [*numbers.named, *numbers.faint]
        lines = [np.column_stack([curve.epochs, curve.values]) for curve in numbers.faint]
        colours = [self._theme.quiet if one.style is None else self._theme.colour(one.style) for one in numbers.faint]
        alpha = max(min(FAINT, INK / max(len(lines), 1)), FAINTEST)
        self._faint = LineCollection(lines, colors=colours, linewidths=0.8, alpha=alpha, zorder=1.5)
        self._ax.add_collection(self._faint, autolim=False)
        known = [curve.epochs[np.isfinite(curve.epochs)] for curve in every]
        ends = [float(x[end]) for x in known if len(x) for end in (0, -1)] or [0.0, 1.0]
        margin = 0.02 * (max(ends) - min(ends)) or 0.5
        self._ax.set_xlim(min(ends) - margin, max(ends) + margin)
        self._ax.set_ylim(value_range(every))

    def _entries(self, numbers: Numbers) -> list[Entry]:
        low, high = self._ax.get_ylim()
        return [
            Entry(
                name=curve.run, value=digits(curve.now), widest=widest(curve),
                colour=self._theme.words(self._strokes.colour(curve)), end=share(end_of(curve), low, high),
            )
            for curve in numbers.named
        ]  # fmt: skip
