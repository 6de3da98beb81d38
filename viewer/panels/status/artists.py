"""Where a run stands, and the best values so far."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.colors import to_rgba
from matplotlib.patches import Rectangle

from ...drawing.limits import digits
from ...drawing.margins import Rect, Seat, elide, line_height, width, wrap
from ...drawing.theme import prepare, put, text, theme
from ...formulas import FormulaError
from ...frame import Frame
from ...points import named, numbers, points
from .bests import Best, bests
from .numbers import Standing, clock, duration, in_words, rates, standing

LINE = line_height() + 0.02  # inches
ALERT = "\N{WARNING SIGN}"
BIG = 15.0  # points of the epoch
TOP, BAR, GAP = 0.33, 0.05, 0.08  # inches: down to the bar of progress, its height, and above the table
MOST_SETTINGS = 3  # that a resume has changed
COLUMN, APART, WIDEST = 0.58, 0.12, 3.6  # inches of a column of numbers, between two, and of everything


class Status:
    """The epoch, how far the run is, and a table of formulas at the cursor and at their best.

    Args:
        names: formulas or logs; none for the loss and what the viewer was asked for.
    """

    def __init__(self, *names: str) -> None:
        self.formulas = names
        self._labels: dict[tuple[str, int, int], Any] = {}

    def setup(self, ax: Any) -> None:
        """Makes title and bar."""
        self._ax, self._theme = ax, theme()
        self._seat = Seat(ax, left=0.3, right=0.15, bottom=0.1)
        self._title = prepare(ax, "Status")
        ax.set(xlim=(0, 1), ylim=(0, 1))
        ax.axis("off")
        self._track, self._bar = (
            ax.add_patch(Rectangle((0, 0), 0, 0, color=colour, linewidth=0, animated=True))
            for colour in (self._theme.grid, self._theme.palette[0])
        )

    def arrange(self, rect: Rect, inches: Sequence[float]) -> None:
        """Takes its part of the figure."""
        self._seat.take(rect, inches)

    def update(self, frame: Frame) -> None:
        """Writes what holds at the cursor."""
        at = self._at = standing(frame)
        self._written: set[tuple[str, int, int]] = set()
        self._wide = min(self._seat.inner[0], WIDEST)
        down = self._progress(at, _best_of(frame))
        down = self._warn(frame, down)
        self._table(bests(frame, self.formulas), down + GAP)
        for key in self._labels.keys() - self._written:
            put(self._labels[key], text="")

    def describe(self) -> str:
        """Where the run stands."""
        return in_words(self._at)

    def _progress(self, at: Standing, best: list[str]) -> float:
        """Epoch, state, bar and facts; the inches down that they reach."""
        epoch = f"no {at.unit} yet" if at.epoch is None else named(at.unit, at.epoch)
        colour = self._theme.states.get(at.state, self._theme.ink)
        beside = width(epoch, BIG, "bold") + width(at.state) + 0.15 < self._wide
        self._write("epoch", 0, 0, 0, 0.14, epoch, size=BIG)
        if beside:
            self._write("state", 0, 0, self._wide, 0.16, at.state, colour=self._theme.words(colour), align="right")
        across, tall = self._seat.inner
        share = min(at.done / at.planned, 1.0) if at.planned else 0.0
        for patch, length in ((self._track, 1.0 if at.planned else 0.0), (self._bar, share)):
            put(patch, xy=(0, 1 - (TOP + BAR) / tall), width=length * self._wide / across, height=BAR / tall)
        put(self._bar, facecolor=to_rgba(colour))
        facts = [*facts_of(at), *best]
        lines = wrap(" · ".join(facts if beside else [at.state, *facts]), self._wide)
        for row, line in enumerate(lines):
            self._write("fact", row, 0, 0, TOP + BAR + 0.08 + (row + 0.5) * LINE, line, colour=self._theme.quiet)
        return TOP + BAR + 0.08 + len(lines) * LINE

    def _warn(self, frame: Frame, down: float) -> float:
        """What goes wrong, as much of it as has room; the inches down that it reaches."""
        lines = [line for alert in frame.alerts for line in wrap(f"{ALERT} {alert.text}", self._wide)]
        room = int((self._seat.inner[1] - down) / LINE)
        for row, line in enumerate(lines[:room]):
            self._write(
                "alert", row, 0, 0, down + (row + 0.5) * LINE, line, colour=self._theme.words(self._theme.fault)
            )
        return down + min(len(lines), room) * LINE

    def _table(self, found: Sequence[Best], down: float) -> None:
        rows = int((self._seat.inner[1] - down) / LINE) - 1
        if not found or rows < 1:
            return
        shown = found if len(found) <= rows else found[: max(rows - 1, 0)]
        cells = [
            (digits(best.now), digits(best.value), "–" if best.epoch is None else f"{best.epoch:,}") for best in shown
        ]
        column_width = max([COLUMN, *(width(words) + APART for row in cells for words in row)])
        heads = ("now", "best", self._at.unit) if self._wide > 3.5 * column_width else ("best", self._at.unit)
        ends = [self._wide - column_width * after for after in reversed(range(len(heads)))]
        for column, (end, words) in enumerate(zip(ends, heads, strict=True)):
            self._write("head", 0, column, end, down + 0.5 * LINE, words, colour=self._theme.quiet, align="right")
        for row, best in enumerate(shown):
            middle = down + (row + 1.5) * LINE
            colour = self._theme.words(self._theme.ink if best.style is None else self._theme.colour(best.style))
            name = f"{best.label} {best.run}".strip()
            self._write("name", row, 0, 0, middle, elide(name, ends[0] - 0.45), colour=colour)
            for column, (end, words) in enumerate(zip(ends, cells[row][-len(heads) :], strict=True)):
                self._write("value", row, column, end, middle, words, align="right")
        if len(shown) < len(found):
            words = f"and {len(found) - len(shown)} more"
            self._write("more", 0, 0, 0, down + (len(shown) + 1.5) * LINE, words, colour=self._theme.quiet)

    def _write(
        self, what: str, row: int, column: int, x: float, down: float, words: str, *, colour: str = "",
        align: str = "left", size: float = 8.0,
    ) -> None:  # fmt: skip
        """Words at inches from the left and from the top."""
        wide, tall = self._seat.inner
        key = (what, row, column)
        if key not in self._labels:
            self._labels[key] = text(
                self._ax, 0, 0, ha=align, va="center", fontsize=size, fontweight="bold" if size == BIG else "normal"
            )
        self._written.add(key)
        put(self._labels[key], text=words, position=(x / wide, 1 - down / tall), color=colour or self._theme.ink)


def _best_of(frame: Frame) -> list[str]:
    """Which epoch is the best, and by what; of several runs the table tells."""
    try:
        best = frame.best() if len(frame.runs) == 1 else None
    except (FormulaError, ValueError):
        return []  # the curves say what is wrong
    return [] if best is None else [f"best: {best}"]


def facts_of(at: Standing) -> list[str]:
    """How far a run is: `53 of 100 epochs`, `0.41 s each`, `21.7 s so far`, `end about 14:03, in 19.3 s`."""
    done = numbers(at.unit, at.planned or at.done)
    facts = [f"{at.done:,} of {done}" if at.planned else done]
    if at.recorded is not None:
        facts.append(f"{points(at.unit, at.recorded) if at.unit == 'step' else f'{at.recorded:,}'} recorded")
    facts += rates(at)
    if at.changed:
        facts.append(f"resumed with {', '.join(at.changed[:MOST_SETTINGS])}{', …' * (len(at.changed) > MOST_SETTINGS)}")
    if at.elapsed is not None:
        facts.append(f"{duration(at.elapsed)} so far" if at.state == "running" else f"{duration(at.elapsed)} in all")
    if at.end is not None and at.remaining is not None:
        facts.append(f"end about {clock(at.end)}, in {duration(at.remaining)}")
    return facts
