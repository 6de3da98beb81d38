"""The distribution of predicted probabilities by true class."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.colors import to_rgba
from matplotlib.ticker import MaxNLocator

from ...drawing.legend import LINE, PAD, Legend, Sentence, aged, size
from ...drawing.limits import count, decades
from ...drawing.margins import fitting, width
from ...drawing.theme import label_axes, prepare, put, text, theme
from ...frame import Frame
from ...frame.views import missing
from .numbers import Distribution, Side, distribution

NAME = "predicted probability"
TITLES = ("Predicted probability by true class", "Probability by true class", "Probability")
ZERO = 10 / 9  # decades that the linear part of the logarithmic axis takes, from 0 to 1


class Scores:
    """The recorded histogram, ghosts of earlier epochs, the threshold as a line to drag."""

    def setup(self, ax: Any) -> None:
        """Makes axes, threshold and notes."""
        self._ax, self._theme, self._log = ax, theme(), True
        self._title = prepare(ax, "")
        ax.set_xlim(0, 1)
        self._scale()
        label_axes(ax, NAME, "samples")
        ink = self._theme.ink
        self._threshold = ax.axvline(0.5, color=ink, linewidth=1.3, visible=False, animated=True, zorder=5)
        self._value = text(ax, 0, 0, color=ink, va="top", zorder=6)
        self._sentence = Sentence(ax)
        self._legend = Legend(ax)
        self._steps: dict[tuple[int, int], Any] = {}
        self._shown: Distribution | None = None

    def toggle_log(self) -> None:
        """Logarithmic or linear counts."""
        self._log = not self._log
        self._scale()

    def pick(self, x: float, y: float) -> dict[str, float]:
        """The threshold at a place."""
        return {"threshold": min(max(x, 0.0), 1.0)} if self._shown is not None else {}

    def describe(self) -> str:
        """Its main numbers, in words."""
        return "" if self._shown is None else self._shown.in_words()

    def read_out(self, x: float, y: float) -> str | None:
        """The counts of the bin at a place."""
        if self._shown is None or not 0 <= x <= 1:
            return None
        edges = self._shown.edges
        bin_ = min(max(int(np.searchsorted(edges, x)) - 1, 0), len(edges) - 2)
        counts = ", ".join(f"{side.counts[bin_]:,} {side.name}" for side in self._shown.sides)
        return f"{edges[bin_]:.3g} < probability ≤ {edges[bin_ + 1]:.3g}: {counts}"

    def update(self, frame: Frame) -> None:
        """Moves steps, ghosts and threshold."""
        self._unit = frame.unit
        shown = self._shown = distribution(frame)
        self._sentence.say("" if shown is not None else missing(frame))
        wanted = {} if shown is None else steps_of(shown)
        for key, steps in self._steps.items():
            put(steps, visible=key in wanted)
        for place, ((ago, number), counts) in enumerate(wanted.items()):
            self._step(ago, number, counts, shown)
            put(self._steps[ago, number], zorder=(2 if ago else 3) + place / 1e3)
        self._words(shown)
        if shown is not None:
            self._limits(shown)
        else:
            self._empty()
        self._mark(frame.threshold if shown is not None else None)

    def _empty(self) -> None:
        """Axes as they are at the start, whatever was shown before."""
        self._reach(1.0, 1.0)
        if self._ax.get_xlabel() != NAME:
            label_axes(self._ax, NAME, "samples")

    def _step(self, ago: int, number: int, counts: Any, shown: Any) -> None:
        if (ago, number) not in self._steps:
            self._steps[ago, number] = self._ax.stairs(counts, shown.edges, fill=not ago, animated=True)
        steps = self._steps[ago, number]
        colour, filled = self._colour(shown.sides[number]), not ago and len(shown.sides) <= 2
        edge, face = to_rgba(colour, 0.4 if ago else 1), to_rgba(colour, 0.25 if filled else 0)
        put(steps, edgecolor=edge, facecolor=face, linewidth=0.8 if ago else 1.6)
        if getattr(steps, "_epochreel_kept", None) is not counts:
            steps._epochreel_kept = counts
            steps.set_data(counts, shown.edges)

    def _colour(self, side: Side) -> str:
        if side.rest:
            return self._theme.quiet
        return self._theme.ink if side.style is None else self._theme.colour(side.style)

    def _words(self, shown: Distribution | None) -> None:
        put(self._title, text=fitting(TITLES, size(self._ax)[0], 10, "bold"))
        sides = () if shown is None else shown.sides
        self._legend.show([(f"{side.name} {side.counts.sum():,}", self._colour(side)) for side in sides])

    def _mark(self, threshold: float | None) -> None:
        put(self._threshold, visible=threshold is not None)
        if threshold is None:
            put(self._value, text="")
            return
        wide, tall = size(self._ax)
        below = 1 - self._legend.inches / tall
        put(self._threshold, xdata=[threshold, threshold], ydata=[0, below])
        words = fitting([f"threshold {threshold:.3f}", f"{threshold:.3f}"], max(threshold, 1 - threshold) * wide - PAD)
        left = threshold + (PAD + width(words)) / wide > 1
        put(
            self._value, text=words, horizontalalignment="right" if left else "left",
            position=(threshold + (-PAD if left else PAD) / wide, below - PAD / tall),
        )  # fmt: skip

    def _scale(self) -> None:
        self._ax.set_yscale("symlog" if self._log else "linear", **({"linthresh": 1} if self._log else {}))
        self._ax.minorticks_off()
        self._ax.yaxis.set_major_formatter(lambda value, _: count(value))
        self._reach(1.0, 1.0)

    def _limits(self, shown: Distribution) -> None:
        wide, tall = size(self._ax)
        share = max(1 - (self._legend.inches + LINE + 2 * PAD) / tall, 0.3)
        highest = max(float(max(side.counts.max() for side in shown.sides)), 1.0)
        decades = (ZERO + np.log10(highest)) / share - ZERO
        # Rounded up, so that the axis seldom changes, by two fifths of a decade or one fifth.
        top = 10 ** (np.ceil(2.5 * decades) / 2.5) if self._log else 10 ** (np.ceil(5 * np.log10(highest / share)) / 5)
        self._reach(float(top), highest)
        longer = aged(shown.meaning, [ago for ago, _ in shown.ghosts], self._unit)
        words = fitting([*longer, shown.meaning.removeprefix("predicted ")], wide)
        if self._ax.get_xlabel() != words:
            label_axes(self._ax, words, "samples")

    def _reach(self, top: float, highest: float) -> None:
        """Ends the axis, with a number at every decade that the counts reach, and none among the words above them."""
        put(self._ax, ylim=(0.0, top))
        if self._log:
            inches = size(self._ax)[1] / (np.log10(top) + ZERO)
            clear = 10 ** (LINE / inches - ZERO)  # the least count whose number stands above that of 0
            ticks = [0.0, *(tick for tick in decades(highest, inches, LINE) if clear <= tick <= top)]  # else it grows
        else:
            ticks = [tick for tick in MaxNLocator(nbins=5, integer=True).tick_values(0, highest) if tick <= top]
        if list(self._ax.get_yticks()) != ticks:
            self._ax.set_yticks(ticks)


def steps_of(shown: Distribution) -> dict[tuple[int, int], Any]:
    """Counts by age in epochs and number of the side; those of the cursor's epoch have age 0."""
    found = {(0, number): side.counts for number, side in enumerate(shown.sides)}
    for ago, earlier in shown.ghosts:
        found |= {(ago, number): counts for number, counts in enumerate(earlier)}
    return found
