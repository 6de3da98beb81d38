"""Whether a score of 0.3 means three in ten."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.ticker import MaxNLocator

from ...drawing.legend import LINE, Legend, Sentence, size
from ...drawing.limits import Ticks, Wholes, count, decades, digits, epoch_range, is_open, rounded
from ...drawing.margins import MARGINS, Rect, fitting, inside
from ...drawing.strokes import marked
from ...drawing.theme import label_axes, move, plain, prepare, put, theme
from ...frame import Frame
from ...frame.views import missing
from .numbers import Calibration, Diagram, calibration

LOWEST = 0.7  # of the axis of counts: below one
STRIP, APART = 0.42, 0.1  # inches: height of the counts, and their distance from the diagram
ROOMY, SHARE = 5.2, 0.58  # inches of a cell with room for measures over epochs, and what the diagram then takes


class CalibrationPanel:
    """The reliability diagram with counts per group, and measures of calibration over epochs where there is room."""

    def setup(self, ax: Any) -> None:
        """Makes three axes."""
        self._ax, self._theme = ax, theme()
        self._title = prepare(ax, "Calibration")
        ax.set(xlim=(-0.01, 1.01), ylim=(-0.02, 1.02))
        ax.tick_params(labelbottom=False)
        self._diagonal = ax.plot([0, 1], [0, 1], ":", color=self._theme.quiet, linewidth=1, animated=True)[0]
        self._lines: list[Any] = []
        self._whiskers = ax.vlines([], [], [], linewidth=1.1, animated=True, zorder=3)
        self._legend, self._sentence = Legend(ax, stack=True), Sentence(ax)
        self._counts = Counts(ax.figure.add_axes((0, 0, 1, 1)))
        self._history = HistoryLines(ax.figure.add_axes((0, 0, 1, 1)))
        self._shown: Calibration | None = None
        self._roomy = self._measured = False

    def arrange(self, rect: Rect, inches: Sequence[float]) -> None:
        """Takes its part of the figure."""
        self._rect, self._inches = rect, inches
        self._place()

    def update(self, frame: Frame) -> None:
        """Moves all three."""
        shown = calibration(frame)
        diagrams = () if shown is None else shown.diagrams
        put(self._diagonal, visible=shown is not None)
        while len(self._lines) < len(diagrams):
            self._lines += self._ax.plot([], [], marker="o", markersize=4, linewidth=1.4, animated=True, zorder=4)
        for number, line in enumerate(self._lines):
            put(line, visible=number < len(diagrams))
        for line, diagram in zip(self._lines, diagrams, strict=False):
            put(line, color=self._colour(diagram))
            move(line, diagram.predicted, diagram.observed)
        if shown is not self._shown:
            self._error_bars(diagrams)
        self._shown = shown
        self._counts.update(shown)
        if self._measured != bool(shown and shown.history):
            self._measured = not self._measured
            self._place()
        self._sentence.say("" if shown is not None else missing(frame))  # wrapped for the axes as they are now
        self._history.update(shown if self._roomy else None, frame)
        self._words(shown)

    def describe(self) -> str:
        """Its main numbers, in words."""
        return "" if self._shown is None else self._shown.in_words()

    def read_out(self, x: float, _: float) -> str | None:
        """The group of a score."""
        if self._shown is None or not 0 <= x <= 1:
            return None
        edges = self._shown.edges
        group = min(max(int(np.searchsorted(edges, x)) - 1, 0), len(edges) - 2)
        words = f"{edges[group]:.3g} < score ≤ {edges[group + 1]:.3g}: {self._shown.counts[group]:,.0f} scores"
        if len(self._shown.diagrams) == 1 and self._shown.counts[group]:
            diagram = self._shown.diagrams[0]
            at = int((self._shown.counts[:group] > 0).sum())
            words += f", {diagram.predicted[at]:.3f} predicted, {diagram.observed[at]:.3f} came true"
        return words

    def _place(self) -> None:
        """The diagram stands above the counts, and the measures beside both where the cell is wide."""
        left, bottom, wide, tall = inside(self._rect, self._inches, {})
        self._roomy = self._measured and self._rect[2] * self._inches[0] >= ROOMY
        main = wide * SHARE if self._roomy else wide
        label, strip, apart = MARGINS["left"] / self._inches[0], STRIP / self._inches[1], APART / self._inches[1]
        self._counts.axes.set_position((left, bottom, main, strip))
        self._ax.set_position((left, bottom + strip + apart, main, max(tall - strip - apart, 0.02)))
        label_axes(self._ax, "", fitting(["share that came true", "came true", ""], size(self._ax)[1]))
        self._history.axes.set_position((left + main + label, bottom, max(wide - main - label, 0.02), tall))

    def _error_bars(self, diagrams: Sequence[Diagram]) -> None:
        """Of a single diagram: up and down how sure its shares are, sideways how well its scores are known."""
        alone = diagrams[0] if len(diagrams) == 1 else None
        bars = []
        if alone is not None:
            bars += [[(low, y), (high, y)] for low, high, y in zip(*alone.reach, alone.observed, strict=True)]
            self._whiskers.set_color(self._colour(alone))
        if alone is not None and alone.interval is not None:
            bars += [[(x, low), (x, high)] for x, low, high in zip(alone.predicted, *alone.interval, strict=True)]
        self._whiskers.set_segments(bars)

    def _words(self, shown: Calibration | None) -> None:
        diagrams = () if shown is None else shown.diagrams
        several = [(f"{plain(each.name, 20)} {small(each.ece)}", self._colour(each)) for each in diagrams]
        self._legend.show(several if len(several) > 1 else [])
        titles = ["Calibration of each class (ECE)", "Calibration"] if several else ["Calibration"]
        if shown is not None and len(diagrams) == 1:
            whose = f"{shown.subject}: calibration" if shown.subject else "Calibration"
            both = f"ECE {small(diagrams[0].ece)}, Brier {small(diagrams[0].brier)}"
            titles = [f"{whose} ({both})", f"{whose} ({both.split(',')[0]})", whose, "Calibration"]
        put(self._title, text=fitting(titles, size(self._ax)[0], 10, "bold"))

    def _colour(self, diagram: Diagram) -> str:
        return self._theme.ink if diagram.style is None else self._theme.colour(diagram.style)


class Counts:
    """How many scores each group has.

    Args:
        axes: below the diagram.
    """

    def __init__(self, axes: Any) -> None:
        self.axes = axes
        prepare(axes, "")
        axes.set(xlim=(-0.01, 1.01), yscale="log")
        self._reach(1)
        axes.yaxis.set_major_formatter(lambda value, _: count(value))
        axes.minorticks_off()
        self._bars: Any = None
        self._kept: Any = None

    def update(self, shown: Calibration | None) -> None:
        """Moves the bars."""
        words = fitting(
            ["predicted probability   (grey: scores in each group)", "predicted probability"], size(self.axes)[0]
        )
        if self.axes.get_xlabel() != words:
            label_axes(self.axes, words)
        if shown is None:
            if self._bars is not None:
                put(self._bars, visible=False)
            self._reach(1)
            return
        if self._bars is None:
            self._bars = self.axes.stairs(shown.counts, shown.edges, fill=True, animated=True, baseline=1e-9)
            self._bars.set(facecolor=theme().quiet, alpha=0.45, edgecolor=theme().paper)
        put(self._bars, visible=True)
        if self._kept is not shown.counts:
            self._kept = shown.counts
            self._bars.set_data(shown.counts, shown.edges)
        self._reach(float(shown.counts.max()))

    def _reach(self, highest: float) -> None:
        """Ends the axis above a number of scores."""
        top = 10 ** np.ceil(np.log10(max(highest, 2.0)) + 0.1)
        put(self.axes, ylim=(LOWEST, top))
        ticks = decades(highest, STRIP / np.log10(top / LOWEST), LINE)
        if list(self.axes.get_yticks()) != ticks:
            self.axes.set_yticks(ticks)


class HistoryLines:
    """Measures of calibration over epochs, with the cursor.

    Args:
        axes: beside the diagram.
    """

    def __init__(self, axes: Any) -> None:
        self.axes, self._theme = axes, theme()
        prepare(axes, "")
        label_axes(axes, "")
        axes.set(xlim=(0, 1), ylim=(0, 1), visible=False, autoscale_on=False)
        axes.xaxis.set_major_locator(MaxNLocator(nbins="auto", integer=True, min_n_ticks=1))
        axes.xaxis.set_major_formatter(Wholes())
        axes.yaxis.set_major_formatter(Ticks())
        self._cursor = axes.axvline(0, color=self._theme.ink, linewidth=1, animated=True, zorder=5)
        self._lines: list[Any] = []
        self._legend = Legend(axes, above=True)

    def update(self, shown: Calibration | None, frame: Frame) -> None:
        """Moves lines and cursor."""
        history = () if shown is None else shown.history
        put(self.axes, visible=bool(history))
        if shown is None or not history:
            return
        while len(self._lines) < len(history):
            self._lines += self.axes.plot([], [], linewidth=1.5, marker=".", markersize=4, animated=True, zorder=3)
        for line, each in zip(self._lines, history, strict=False):
            put(line, color=self._theme.colour(each.style))
            if move(line, shown.epochs, each.values):
                line.set_markevery(marked(each.values))
        label_axes(self.axes, frame.unit)
        put(self.axes, xlim=epoch_range(int(shown.epochs[0]), int(shown.epochs[-1]), frame.planned))
        highest = float(np.fmax.reduce([np.fmax.reduce(each.values) for each in history]))
        put(self.axes, ylim=rounded(0.0, highest) if highest > 0 else (0.0, 1.0))
        put(self._cursor, xdata=[frame.epoch] * 2)
        self._legend.show([(f"{each.label} {small(each.now)}", self._theme.colour(each.style)) for each in history])


def small(value: float) -> str:
    """An error in two digits at least: `0.063`, `0.0061`, `0.00051`; `0.06 ±0.01` where bins leave it open."""
    return f"{value:.2g}" if 0 < value < 0.01 and not is_open(value) else digits(value)
