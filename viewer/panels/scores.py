"""The distribution of predicted probabilities by true class."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..frames import Distribution, Frame
from .style import INK, QUIET, colour, plain, prepare, text


class Scores:
    """Stairs of the recorded histogram, ghosts of earlier epochs, the threshold as a line."""

    def __init__(self) -> None:
        self._stairs: list[Any] = []
        self._ghosts: dict[tuple[int, int], Any] = {}

    def setup(self, axes: Any) -> None:
        """Makes axes, threshold and notes."""
        self._axes = axes
        prepare(axes, "Predicted probability by true class")
        axes.set_xlim(0, 1)
        axes.set_yscale("symlog", linthresh=1)
        axes.set_xlabel("predicted probability", fontsize=8, color=QUIET)
        axes.set_ylabel("samples", fontsize=8, color=QUIET)
        self._threshold = axes.axvline(0.5, color=INK, linewidth=1.3, visible=False)
        self._none = text(axes, 0.5, 0.5, ha="center", va="center", fontsize=9)
        self._legend: Any = None

    def toggle_log(self) -> None:
        """Logarithmic or linear counts."""
        linear = self._axes.get_yscale() == "linear"
        self._axes.set_yscale("symlog" if linear else "linear", **({"linthresh": 1} if linear else {}))

    def update(self, frame: Frame) -> list[Any]:
        """Moves stairs, ghosts and threshold."""
        shown = frame.distribution
        self._none.set_text("" if shown else "no score histograms recorded")
        self._threshold.set_visible(shown is not None and frame.threshold is not None)
        if frame.threshold is not None:
            self._threshold.set_xdata([frame.threshold] * 2)
        if shown is not None:
            self._draw(shown)
        return [*self._stairs, *self._ghosts.values(), self._threshold, self._none]

    def _draw(self, shown: Distribution) -> None:
        while len(self._stairs) < len(shown.counts):
            number = len(self._stairs)
            stairs = self._axes.stairs(
                shown.counts[number], shown.edges, color=colour(number), fill=False, linewidth=1.7,
                label=plain(shown.names[number])[:20],
            )  # fmt: skip
            self._stairs.append(stairs)
        if self._legend is None:
            self._legend = self._axes.legend(
                loc="upper center", ncols=min(len(shown.counts), 4), fontsize=8, frameon=True, framealpha=0.85,
                edgecolor="none", borderaxespad=0.2, handlelength=1.2,
            )  # fmt: skip
            for words in self._legend.get_texts():
                words.set_parse_math(False)  # a class may be called "$x$"
        for stairs, counts in zip(self._stairs, shown.counts, strict=True):
            stairs.set_data(counts, shown.edges)
        for ghost in self._ghosts.values():
            ghost.set_visible(False)
        for ago, earlier in shown.ghosts:
            for number, counts in enumerate(earlier):
                key = (ago, number)
                if key not in self._ghosts:
                    self._ghosts[key] = self._axes.stairs(
                        counts, shown.edges, color=colour(number), alpha=0.3, linewidth=0.8
                    )
                self._ghosts[key].set_data(counts, shown.edges)
                self._ghosts[key].set_visible(True)
        # Room for the legend above the highest stair.
        room = 1.3 if self._axes.get_yscale() == "linear" else 8.0
        self._axes.set_ylim(0, max(1.0, float(np.max(shown.counts)) * room))
        ages = " and ".join(str(ago) for ago, _ in reversed(shown.ghosts))
        faint = f"  (faint: {ages} epochs ago)" if ages else ""
        self._axes.set_xlabel(f"predicted probability{faint}", fontsize=8, color=QUIET)
