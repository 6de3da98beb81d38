"""One plot of values over epochs, with labels at the ends of the lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np
from matplotlib.ticker import MaxNLocator

from ...drawing.captions import SHORT, SPLITS, end_of, labelled, name_of, nearest, note, share, titles, widest
from ...drawing.end_labels import LINE, EndLabels, Entry, Room, room_behind, room_for
from ...drawing.limits import Ticks, Wholes, digits, epoch_range, value_range
from ...drawing.margins import MARGINS, Rect, Seat, elide, fitting, width, wrap
from ...drawing.strokes import Strokes, crowded
from ...drawing.theme import OUTSIDE, beside, plain, prepare, put, text, theme
from ...frame import Frame
from ...frame.curve import Curve, CurvesNumbers
from ...points import named

LEAST = 0.7  # inches up that the words below leave to the axes
BELOW = 0.3  # inches between the axes and the words below them
_PARTS = tuple(field.name for field in fields(Curve) if field.name != "broken")
ABOVE_SMALL, BELOW_SMALL = 0.27, 0.25  # inches around the axes of a small plot: a title, and numbers


class Plot:
    """Formulas or logs over epochs: solid validation, dashed training, dotted probes; bands, best epochs, cursor.

    Attributes:
        small: it is one of several, which have their words in common: at its lines stand values alone.
        axes: that it draws on.
        shown: its curves.
    """

    def __init__(self) -> None:
        self.small = False
        self._room, self._lines = Room(), 1
        self.shown: tuple[Curve, ...] = ()
        self._log = False
        self._before: tuple[CurvesNumbers, int | None] | None = None  # what was shown last, and epochs planned
        self._named: list[tuple[Curve, Entry]] = []

    def setup(self, ax: Any) -> None:
        """Makes axes, cursor and notes."""
        ax.set_autoscale_on(False)  # the ends of the axes are set by what is shown
        self.axes = self._ax = ax
        self._theme, self._seat = theme(), Seat(ax)
        self._title = prepare(ax, "")
        self._strokes, self._ends = Strokes(ax), EndLabels(ax)
        self._cursor = ax.axvline(0, color=self._theme.ink, linewidth=1, visible=False, animated=True, zorder=5)
        self._at = beside(ax, 1, 1, by=(5, 6), va="bottom")
        self._note = text(ax, 0, 0, va="top", zorder=OUTSIDE)
        self._fault = text(ax, 0.5, 0.5, color=self._theme.fault, ha="center", va="center", zorder=8)
        ax.xaxis.set_major_locator(MaxNLocator(nbins="auto", steps=[1, 2, 5, 10], integer=True, min_n_ticks=1))
        ax.xaxis.set_major_formatter(Wholes())
        ax.yaxis.set_major_formatter(Ticks())

    def arrange(self, rect: Rect, inches: Sequence[float]) -> None:
        """Takes its part of the figure; how much of it the axes get depends on the words around them."""
        self._lines, self._before = 1, None
        self._seat.take(rect, inches)
        self._place()

    def update(self, frame: Frame, numbers: CurvesNumbers) -> None:
        """Moves lines, bands, cursor and labels; where the cursor alone has moved, no more than what goes with it."""
        news = self._is_news(frame, numbers)
        if news:
            self.shown = numbers.curves
            self._limits(frame)
            self._named = self._entries()
        put(self._cursor, visible=frame.epoch is not None)
        if frame.epoch is not None:
            put(self._cursor, xdata=[frame.epoch, frame.epoch])
        entries = [_at(entry, curve, frame.epoch) for curve, entry in self._named]
        room = self._room_of(entries, numbers)
        if news or room != self._room:
            self._lay_out(frame, numbers, room)
        self._ends.update(entries, self._room, *self._seat.inner)
        at = frame.named if self._room.column and not self.small else ""
        put(self._at, text=at if any(curve.main for curve in numbers.curves) else "")

    def _is_news(self, frame: Frame, numbers: CurvesNumbers) -> bool:
        """Whether anything but the cursor is other than at the last update."""
        before, self._before = self._before, (numbers, frame.planned)
        return before is None or before[1] != frame.planned or not _alike(before[0], numbers)

    def _lay_out(self, frame: Frame, numbers: CurvesNumbers, room: Room) -> None:
        """Everything that does not move with the cursor, and leaves so much room to names."""
        faint = crowded(numbers.curves, self._across * self._ax.figure.dpi)
        below = [] if self.small else self._below(frame, numbers, room, faint=faint)
        if (room, len(below)) != (self._room, self._lines):
            self._room, self._lines = room, len(below)
            self._place()
        self._strokes.update(numbers.curves, self._seat.inner, faint=faint)
        self._write(numbers, below)

    def pick(self, x: float, _: float) -> dict[str, float]:
        """The epoch that was clicked, where the axis has any."""
        return {"epoch": x} if any(len(curve.epochs) for curve in self.shown) else {}

    def read_out(self, x: float, y: float) -> str | None:
        """The epoch and value of the point nearest to the mouse."""
        near = [(*nearest(curve, x), curve) for curve in self.shown]
        near = [point for point in near if np.isfinite(point[1])]
        if not near:
            return None
        epoch, value, curve = min(near, key=lambda point: abs(point[1] - y))
        whose = " ".join(part for part in (curve.run, curve.words, SPLITS.get(curve.split, curve.split)) if part)
        return plain(f"{named(curve.unit, epoch)}: {whose} {digits(value)}")

    def toggle_log(self) -> None:
        """Logarithmic or linear values, where a formula or log has no ends."""
        self._log, self._before = not self._log, None

    @property
    def _across(self) -> float:
        """Inches from the left of the axes to the right of the panel."""
        return self._seat.size[0] - MARGINS["left"] - 0.1

    def _place(self) -> None:
        rows = self._room.lines * LINE
        self._seat.leave(
            right=max(self._room.column, 0.15),
            top=(ABOVE_SMALL if self.small else MARGINS["top"]) + rows,
            bottom=BELOW_SMALL if self.small else BELOW + self._lines * LINE + 0.08,
        )
        _, tall = self._seat.inner
        put(self._title, position=(0, 1 + rows / tall))
        put(self._note, position=(0, -BELOW / tall))

    def _room_of(self, entries: Sequence[Entry], numbers: CurvesNumbers) -> Room:
        if not self.small:
            return room_for(entries, self._across)
        title = width(elide(titles(numbers, alone=False)[0], self._across, 10, "bold"), 10, "bold")
        return room_behind(entries, self._across, title)

    def _below(self, frame: Frame, numbers: CurvesNumbers, room: Room, *, faint: bool) -> list[str]:
        """What one looks at in lines: in fewer words, or without the last of them, where the axes need the room."""
        left = self._seat.size[1] - MARGINS["top"] - room.lines * LINE - BELOW - 0.08 - LEAST
        most = max(int(left / LINE), 1)
        lines: list[str] = []
        for brief in (False, True):
            lines = wrap(note(frame, numbers, faint=faint, brief=brief, log=self._log), self._across)
            if len(lines) <= most:
                return lines
        return [*lines[: most - 1], elide(f"{lines[most - 1]} …", self._across)]

    def _limits(self, frame: Frame) -> None:
        there = [curve for curve in self.shown if len(curve.epochs)]
        epochs = {id(curve.epochs): curve.epochs for curve in there}.values()  # curves of one run share them
        known = [some for some in (each[np.isfinite(each)] for each in epochs) if len(some)]
        first = min((float(some[0]) for some in known), default=0.0)
        last = max((float(some[-1]) for some in known), default=0.0)
        put(self._ax, xlim=epoch_range(first, last, frame.planned))
        log = self._log and any(curve.low is None or curve.high is None for curve in there)
        scale = "log" if log else "linear"
        if scale != self._ax.get_yscale():
            self._ax.set_yscale(scale)
            self._ax.yaxis.set_major_formatter(Ticks())
        bands = [curve.band for curve in there if curve.band is not None]
        put(self._ax, ylim=value_range(there, log=log, bands=bands))

    def _entries(self) -> list[tuple[Curve, Entry]]:
        """The curves that have names, and these, without the values at the cursor."""
        low, high = self._ax.get_ylim()
        log = self._ax.get_yscale() == "log"
        return [
            (
                curve,
                Entry(
                    name=self._name(curve),
                    value="",
                    widest=widest(curve),
                    colour=self._theme.words(self._strokes.colour(curve)),
                    end=share(end_of(curve), low, high, log=log),
                ),
            )
            for curve in labelled(self.shown)
        ]

    def _name(self, curve: Curve) -> str:
        if not self.small:
            return name_of(curve, self.shown)
        return "" if curve.run or len(self.shown) == 1 else SHORT.get(curve.split, curve.split)

    def _write(self, numbers: CurvesNumbers, below: Sequence[str]) -> None:
        wide, tall = self._seat.inner
        put(
            self._title,
            text=fitting(
                titles(numbers, alone=not self.small), wide if self._room.column else self._across, 10, "bold"
            ),
        )
        put(self._note, text="\n".join(below))
        faults = [line for fault in numbers.faults[:3] for line in wrap(fault, wide)]
        put(self._fault, text="\n".join(faults[: max(int(tall / LINE), 1)]))


def _alike(one: CurvesNumbers, other: CurvesNumbers) -> bool:
    """Whether nothing in a plot tells them apart: logs are asked for again as a threshold moves, and are as before."""
    if one is other:
        return True
    if len(one.curves) != len(other.curves) or any(
        before.values is not now.values for before, now in zip(one.curves, other.curves, strict=True)
    ):
        return False
    words = [(found.faults, found.threshold, found.mixed, found.best_by) for found in (one, other)]
    return words[0] == words[1] and [*map(_told, one.curves)] == [*map(_told, other.curves)]


def _told(curve: Curve) -> tuple[Any, ...]:
    """What tells a curve from others; arrays and functions by which they are."""
    values = [getattr(curve, name) for name in _PARTS]
    return curve.broken, *(value if isinstance(value, str | int | float) else id(value) for value in values)


def _at(entry: Entry, curve: Curve, epoch: int | None) -> Entry:
    """The name with the curve's value at an epoch."""
    value = digits(curve.at_epoch(epoch))
    return replace(entry, value=value, widest=max(entry.widest, value, key=width))
