"""Curves over epochs: in one plot, or in a small one each where one plot could not tell them apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from ...drawing.captions import note, thresholds
from ...drawing.margins import MARGINS, Rect, elide, line_height, width, wrap
from ...drawing.strokes import crowded
from ...drawing.theme import plain, put, text, theme, using
from ...formulas import Spec
from ...frame import Frame
from ...frame.curve import CurvesNumbers
from .grid import PlotGrid, plot_grid
from .numbers import curves_alone, in_words, log_names, own, run_names
from .plot import Plot

LARGEST_SHARE = 0.18  # of the height that words below the plots may take
SETTLED = 4  # times that the words below are broken into lines, whose number says how much room plots have
LINE, EDGE, APART = line_height(), 0.08, 0.16  # inches: of a line of words, around them, and between two names
NO_LOGS = "nothing was logged"
Question = str | Spec


class Curves:
    """Formulas or logs over epochs; of several runs a small plot a formula, in which colour says run.

    Args:
        names: formulas or logs; none for what the viewer was asked for.
    """

    def __init__(self, *names: str) -> None:
        self.formulas = names
        self._plots: list[Plot] = []
        self._grid = PlotGrid(1, 1, 1)
        self._above = self._below = 0  # lines of words
        self._log = False
        self._epoch: int | None = None

    def setup(self, ax: Any) -> None:
        """Makes the first plot, and what the small ones have in common."""
        self._figure, self._theme = ax.figure, theme()
        self._add(ax)
        look: dict[str, Any] = {"transform": self._figure.transFigure}
        self._note = text(ax, 0, 0, va="top", **look)
        self._heads: list[Any] = []
        self._rect, self._inches = (0.0, 0.0, 1.0, 1.0), (1.0, 1.0)

    def arrange(self, rect: Rect, inches: Sequence[float]) -> None:
        """Takes its part of the figure."""
        self._rect, self._inches = rect, (inches[0], inches[1])
        self._place()

    def update(self, frame: Frame) -> None:
        """Moves all plots."""
        self._epoch = frame.epoch
        found = [self.numbers(frame, part) for part in self.parts(frame)]
        plots = len(found)
        whole = _together(found) if plots > 1 else found[0]
        head = self._head(frame, whole) if plots > 1 else []
        rows, words = self._flow(head), list[str]()
        for _ in range(SETTLED):  # reckoned first: a plot that is made only to be taken away again costs a redraw
            grid, below = self._room(plots, len(rows), len(words)), len(words)
            words = self._words(frame, whole, plots, grid) if plots > 1 else []
            if len(words) == below:
                break
        self._make_room(grid, len(rows), below)
        for plot, numbers in zip(self._plots, found, strict=False):
            plot.update(frame, numbers)
        self._write(head, words)

    def numbers(self, frame: Frame, part: Sequence[Question]) -> CurvesNumbers:
        """What a plot draws."""
        return curves_alone(frame, part)

    def parts(self, frame: Frame) -> Sequence[Sequence[Question]]:
        """What each plot shows."""
        asked = list(self.formulas or own(frame))
        return [[one] for one in asked] if len(frame.runs) > 1 and len(asked) > 1 else [asked]

    def pick(self, x: float, y: float) -> dict[str, float]:
        """The epoch that was clicked."""
        return self._plots[0].pick(x, y)

    def part(self, axes: Any) -> Plot | None:
        """The plot that draws on these axes."""
        return next((plot for plot in self._plots if plot.axes is axes), None)

    def describe(self) -> str:
        """The values at the cursor, and the best ones."""
        return in_words(tuple(curve for plot in self._plots for curve in plot.shown), self._epoch)

    def read_out(self, x: float, y: float) -> str | None:
        """The epoch and value of the point nearest to the mouse."""
        return self._plots[0].read_out(x, y)

    def toggle_log(self) -> None:
        """Logarithmic or linear values, where a formula or log has no ends."""
        self._log = not self._log
        for plot in self._plots:
            plot.toggle_log()

    def _add(self, axes: Any) -> None:
        plot = Plot()
        plot.setup(axes)
        if self._log:
            plot.toggle_log()
        self._plots.append(plot)

    def _room(self, plots: int, above: int, below: int) -> PlotGrid:
        """As many plots as fit between so many lines."""
        wide, tall = self._rect[2] * self._inches[0], self._rect[3] * self._inches[1]
        return plot_grid(plots, wide, tall - (above + below) * LINE) if plots > 1 else PlotGrid(1, 1, 1)

    def _make_room(self, grid: PlotGrid, above: int, below: int) -> None:
        """The plots of a grid, in their places."""
        if (grid, above, below) != (self._grid, self._above, self._below) or grid.plots != len(self._plots):
            self._grid, self._above, self._below = grid, above, below
            while len(self._plots) < grid.plots:
                with using(self._theme):
                    self._add(self._figure.add_axes((0, 0, 1, 1)))
            for plot in self._plots[grid.plots :]:
                plot.axes.remove()
            del self._plots[grid.plots :]
            self._place()

    def _place(self) -> None:
        left, bottom, width_, height = self._rect
        up = self._inches[1]
        before, after = self._above * LINE + EDGE * bool(self._above), self._below * LINE + EDGE * bool(self._below)
        inner = (left, bottom + after / up, width_, height - (before + after) / up)
        for plot, place in zip(self._plots, self._grid.places(inner), strict=False):
            plot.small = self._grid.plots > 1 or bool(self._below)
            plot.arrange(place, self._inches)

    def _head(self, frame: Frame, whole: CurvesNumbers) -> list[tuple[str, str]]:
        """Names of the runs in their colours, and what holds for all plots."""
        runs = run_names(frame.runs) if len(frame.runs) > 1 else []
        names = [(plain(name, 40), self._theme.words(self._theme.colour(number))) for number, name in enumerate(runs)]
        return [*names, *((words, self._theme.quiet) for words in thresholds(whole))]

    def _words(self, frame: Frame, whole: CurvesNumbers, plots: int, grid: PlotGrid) -> list[str]:
        """What stands below all plots, in lines."""
        faint = crowded(whole.curves, self._across / max(grid.columns, 1) * self._figure.dpi)
        left_out = plots - grid.plots
        more = f"{left_out} more have no room · " if left_out > 0 else ""
        said = wrap(f"{more}{note(frame, whole, faint=faint, several=True, log=self._log)}", self._across)
        most = max(int(LARGEST_SHARE * self._rect[3] * self._inches[1] / LINE), 1)
        return said if len(said) <= most else [*said[: most - 1], elide(f"{said[most - 1]} …", self._across)]

    @property
    def _across(self) -> float:
        """Inches for words over all plots."""
        return self._rect[2] * self._inches[0] - MARGINS["left"] - 0.1

    def _flow(self, head: Iterable[tuple[str, str]]) -> list[list[float]]:
        """Inches from the left at which each name stands, by row."""
        rows: list[list[float]] = []
        at = self._across
        for words, _ in head:
            wide = min(width(words), self._across)
            if not rows or at + wide > self._across:
                rows.append([])
                at = 0.0
            rows[-1].append(at)
            at += wide + APART
        return rows

    def _write(self, head: Sequence[tuple[str, str]], words: Sequence[str]) -> None:
        left, bottom, _, height = self._rect
        across, up = self._inches
        start = left + MARGINS["left"] / across
        while len(self._heads) < len(head):
            self._heads.append(text(self._plots[0].axes, 0, 0, va="top", transform=self._figure.transFigure))
        places = [(x, row) for row, xs in enumerate(self._flow(head)) for x in xs]
        for label, (name, colour), (x, row) in zip(self._heads, head, places, strict=False):
            place = (start + x / across, bottom + height - (EDGE + row * LINE) / up)
            put(label, text=elide(name, self._across), color=colour, position=place)
        for label in self._heads[len(head) :]:
            put(label, text="")
        put(self._note, text="\n".join(words), position=(start, bottom + (len(words) * LINE + EDGE / 2) / up))


class Logs(Curves):
    """What was logged, each log in a small plot with a scale of its own.

    Args:
        names: of logs; none for all of them.
    """

    def parts(self, frame: Frame) -> Sequence[Sequence[Question]]:
        """A log each; one empty plot where there is none."""
        return [[name] for name in self.formulas or log_names(frame)] or [[]]

    def numbers(self, frame: Frame, part: Sequence[Question]) -> CurvesNumbers:
        """The log itself, where a formula has its name."""
        return curves_alone(frame, part, logged=True) if part else CurvesNumbers(faults=(NO_LOGS,))


def _together(found: Sequence[CurvesNumbers]) -> CurvesNumbers:
    """The numbers of all plots as one."""
    shown = tuple(curve for numbers in found for curve in numbers.curves)
    at = next((numbers.threshold for numbers in found if numbers.threshold is not None), None)
    return replace(found[0], curves=shown, threshold=at, mixed=any(numbers.mixed for numbers in found))
