"""Precision against recall, and recall against the false positive rate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ...counts.bounded import Bounded
from ...drawing.label_places import Box, along, around
from ...drawing.legend import LINE, PAD, Legend, Sentence, aged, size
from ...drawing.limits import digits
from ...drawing.margins import fitting, width
from ...drawing.marks import Marks
from ...drawing.theme import label_axes, move, prepare, put, text, theme
from ...frame import Frame
from ...frame.views import missing, views
from .numbers import RateCurve, Rates, precision_recall, roc

Array = npt.NDArray[Any]


class RatesPanel:
    """Curves of this epoch from every bin, the decision on them, and ghosts of earlier epochs."""

    name = short = area_name = x_label = y_label = corner = ""
    taken: Sequence[Box] = ()  # by other words
    drawstyle = "default"

    def setup(self, ax: Any) -> None:
        """Makes axes and notes."""
        self._ax, self._theme = ax, theme()
        self._title = prepare(ax, self.name)
        ax.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.02))
        label_axes(ax, self.x_label, self.y_label)
        self._lines: list[Any] = []
        self._ghosts: list[Any] = []
        self._marks = Marks(ax, "o", size=6, edge=0.8, zorder=6)
        self._decision = text(ax, 0, 0, color=self._theme.ink, ha="center", va="center", zorder=7)
        self._legend, self._sentence = Legend(ax, self.corner, stack=True), Sentence(ax)
        self._shown: Rates | None = None
        self._last_along: tuple[Any, tuple[float, float], Array] = None, (0.0, 0.0), np.zeros((0, 2))

    def numbers(self, frame: Frame) -> Rates | None:
        """What is drawn of a frame."""
        raise NotImplementedError

    def baseline(self, curve: RateCurve) -> list[tuple[float, float]]:
        """The two ends of what a classifier reaches that knows nothing."""
        raise NotImplementedError

    def update(self, frame: Frame) -> None:
        """Moves curves, ghosts and marks."""
        self.show(frame, self.numbers(frame))

    def show(self, frame: Frame, shown: Rates | None) -> None:
        """Moves them to the numbers of a frame."""
        self._unit, self._shown = frame.unit, shown
        self._sentence.say("" if shown is not None else self._why_not(frame))
        curves = () if shown is None else shown.curves
        self._draw(self._lines, [curve.line for curve in curves], linewidth=1.6, zorder=4)
        ghosts = [line for _, line in shown.ghosts] if shown else []
        self._draw(self._ghosts, ghosts, linewidth=0.9, alpha=0.45, zorder=3)
        for line, curve in zip(self._lines, curves, strict=False):
            put(line, color=self._colour(curve))
        for ghost in self._ghosts[: len(ghosts)]:
            put(ghost, color=self._colour(curves[0]))
        self._words(shown)
        self._mark(shown)

    def pick(self, x: float, y: float) -> dict[str, float]:
        """The threshold of the nearest point of a single curve."""
        threshold = self._shown.curves[0].nearest(x, y) if self._shown and len(self._shown.curves) == 1 else None
        return {} if threshold is None else {"threshold": threshold}

    def describe(self) -> str:
        """Its main numbers, in words."""
        return "" if self._shown is None else self._shown.in_words()

    def read_out(self, x: float, y: float) -> str | None:
        """The nearest point of a single curve."""
        picked = self.pick(x, y)
        if not picked or self._shown is None:
            return None
        at = self._shown.curves[0].at(picked["threshold"])
        return f"threshold {picked['threshold']:.4g}: {self.x_label} {at[0]:.3f}, {self.y_label} {at[1]:.3f}"

    def _draw(self, artists: list[Any], lines: Any, **look: Any) -> None:
        while len(artists) < len(lines):
            artists += self._ax.plot([], [], drawstyle=self.drawstyle, solid_joinstyle="bevel", animated=True, **look)
        for number, artist in enumerate(artists):
            put(artist, visible=number < len(lines))
            if number < len(lines):
                move(artist, *lines[number])

    def _words(self, shown: Rates | None) -> None:
        curves = () if shown is None else shown.curves
        several = [(f"{curve.name} {area(curve)}", self._colour(curve)) for curve in curves] if len(curves) > 1 else []
        if several and shown is not None and shown.decision:
            several.append((f"● {shown.decision}", self._theme.ink))
        self._legend.show(several)
        put(self._title, text=fitting(self._titles(shown), size(self._ax)[0], 10, "bold"))
        ages = [ago for ago, _ in shown.ghosts] if shown else []
        words = fitting(aged(self.x_label, ages, self._unit), size(self._ax)[0])
        if self._ax.get_xlabel() != words:
            label_axes(self._ax, words, self.y_label)

    def _titles(self, shown: Rates | None) -> list[str]:
        if shown is None:
            return [self.name, self.short]
        if len(shown.curves) > 1:
            return [f"{self.name}, each class ({self.area_name})", self.name, self.short]
        whose, value = f"{shown.subject}: " if shown.subject else "", f"({self.area_name} {area(shown.curves[0])})"
        return [f"{whose}{self.name} {value}", f"{whose}{self.short} {value}", f"{self.short} {value}", self.short]

    def _mark(self, shown: Rates | None) -> None:
        marks = list(zip(shown.marks, map(self._colour, shown.curves), strict=False)) if shown else []
        marks = [(place, colour) for place, colour in marks if np.isfinite(place).all()]
        self._marks.show([place for place, _ in marks], [colour for _, colour in marks])
        if shown is None or len(shown.curves) > 1 or not marks:
            put(self._decision, text="")
        else:
            self._beside(shown.curves[0], marks[0][0], shown.decision)

    def _beside(self, curve: RateCurve, mark: tuple[float, float], words: str) -> None:
        wide, tall = size(self._ax)
        words = fitting([words, *words.split()[-1:], ""], wide)
        obstacles = np.concatenate([self._along(curve), along(*self._in_inches(self.baseline(curve)).T)])
        places = self._in_inches([mark])
        ((x0, y0, x1, y1),) = around(places, [width(words)], (wide, tall), obstacles, self.taken)
        put(self._decision, text=words, position=((x0 + x1) / 2 / wide, (y0 + y1) / 2 / tall))

    def _in_inches(self, places: Any) -> Array:
        """Places in data coordinates, float64 [places, 2], in inches from the lower left corner of the axes."""
        (left, right), (low, high) = self._ax.get_xlim(), self._ax.get_ylim()
        return (np.asarray(places) - (left, low)) / (right - left, high - low) * size(self._ax)

    def _along(self, curve: RateCurve) -> Array:
        """Places on a curve, in inches."""
        known, inches, places = self._last_along
        if known is not curve.line or inches != size(self._ax):
            places = along(*self._in_inches(np.column_stack(curve.line)).T, steps=self.drawstyle != "default")
            self._last_along = curve.line, size(self._ax), places
        return places

    def _why_not(self, frame: Frame) -> str:
        if any(view.histogram.any() for view in views(frame)):
            return f"no curve: both classes must occur at this {frame.unit}"
        return missing(frame)

    def _colour(self, curve: RateCurve) -> str:
        return self._theme.ink if curve.style is None else self._theme.colour(curve.style)


class PrecisionRecall(RatesPanel):
    """Precision against recall, the prevalence as its baseline."""

    name, short, area_name = "Precision–recall", "PR", "AP"
    x_label, y_label, corner = "recall", "precision", "lower left"
    drawstyle = "steps-pre"  # as average precision sums it

    def setup(self, ax: Any) -> None:
        """Adds the baseline."""
        super().setup(ax)
        self._baseline = ax.axhline(0, color=self._theme.quiet, linewidth=1, linestyle=":", animated=True, zorder=2)
        self._prevalence = text(ax, 0, 0, zorder=2)

    def numbers(self, frame: Frame) -> Rates | None:
        """Of a frame."""
        return precision_recall(frame)

    def baseline(self, curve: RateCurve) -> list[tuple[float, float]]:
        """Precision is the prevalence."""
        return [(0.0, curve.baseline), (1.0, curve.baseline)]

    def show(self, frame: Frame, shown: Rates | None) -> None:
        """Moves the baseline too."""
        alone = shown.curves[0] if shown and len(shown.curves) == 1 else None
        put(self._baseline, visible=alone is not None)
        level = "" if alone is None else f"{alone.baseline:.3g}"
        words = fitting([f"prevalence {level}", level, ""], size(self._ax)[0] - 2 * PAD) if level else ""
        put(self._prevalence, text=words)
        self.taken = [] if alone is None else [self._place(alone)]
        super().show(frame, shown)

    def _place(self, curve: RateCurve) -> Box:
        """Puts the baseline and its words, at that end and on that side where they cover least of the curve; their box.

        In inches.
        """
        (wide, tall), words = size(self._ax), width(self._prevalence.get_text())
        ((_, level),) = self._in_inches([(0.0, curve.baseline)])
        sides = [(level, "bottom"), (level - LINE, "top")] if curve.baseline < 0.8 else [(level - LINE, "top")]
        x, y = self._along(curve).T

        def covered(place: tuple[float, float, str]) -> int:
            left, bottom, _ = place
            return int(((left < x) & (x < left + words) & (bottom < y) & (y < bottom + LINE)).sum())

        ends = (PAD, max(wide - PAD - words, PAD))
        found = [(left, bottom, side) for bottom, side in sides if bottom >= 0 for left in ends]
        left, bottom, side = min(found or [(PAD, *sides[0])], key=covered)
        put(self._baseline, ydata=[curve.baseline] * 2)
        put(self._prevalence, position=(left / wide, level / tall), verticalalignment=side)
        return left, bottom, left + words, bottom + LINE


class Roc(RatesPanel):
    """Recall against the false positive rate, the diagonal as its baseline."""

    name, short, area_name = "ROC", "ROC", "area"
    x_label, y_label, corner = "false positive rate", "recall", "lower right"

    def setup(self, ax: Any) -> None:
        """Adds the diagonal."""
        super().setup(ax)
        self._diagonal = ax.plot([0, 1], [0, 1], ":", color=self._theme.quiet, linewidth=1, animated=True)[0]

    def numbers(self, frame: Frame) -> Rates | None:
        """Of a frame."""
        return roc(frame)

    def show(self, frame: Frame, shown: Rates | None) -> None:
        """Shows the diagonal with the curves."""
        super().show(frame, shown)
        put(self._diagonal, visible=shown is not None)

    def baseline(self, curve: RateCurve) -> list[tuple[float, float]]:
        """The diagonal."""
        return [(0.0, 0.0), (1.0, 1.0)]


def area(curve: RateCurve) -> str:
    """The area, with its bounds where they matter: `0.934`, `0.93 ±0.02`; a dash where it is undefined."""
    return digits(Bounded(curve.area, *curve.bounds))
