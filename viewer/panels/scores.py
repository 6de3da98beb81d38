"""The distribution of predicted probabilities by true class."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..frames import Frame
from ..frames.scores import Distribution, distribution
from .style import label_axes, plain, prepare, text, theme


class Scores:
    """Stairs of the recorded histogram, ghosts of earlier epochs, the threshold as a line to drag."""

    def setup(self, ax: Any) -> None:
        """Makes axes, threshold and notes."""
        self.axes, self._theme = ax, theme()
        self._title = prepare(ax, "Predicted probability by true class")
        ax.set_xlim(0, 1)
        ax.set_yscale("symlog", linthresh=1)
        label_axes(ax, "predicted probability", "samples")
        self._threshold = ax.axvline(0.5, color=self._theme.ink, linewidth=1.3, visible=False, animated=True, zorder=5)
        self._none = text(ax, 0.5, 0.5, ha="center", va="center", fontsize=9)
        self._stairs: list[Any] = []
        self._ghosts: dict[tuple[int, int], Any] = {}
        self._labels: list[Any] = []

    def toggle_log(self) -> None:
        """Logarithmic or linear counts."""
        linear = self.axes.get_yscale() == "linear"
        self.axes.set_yscale("symlog" if linear else "linear", **({"linthresh": 1} if linear else {}))

    def update(self, frame: Frame) -> None:
        """Moves stairs, ghosts and threshold."""
        shown = distribution(frame)
        self._none.set_text("" if shown else "no score histograms recorded")
        self._threshold.set_visible(shown is not None and frame.threshold is not None)
        if frame.threshold is not None:
            self._threshold.set_xdata([frame.threshold] * 2)
        if shown is not None:
            self._draw(shown)

    def _draw(self, shown: Distribution) -> None:
        while len(self._stairs) < len(shown.counts):
            self._stairs.append(self._new(len(self._stairs), shown.edges, linewidth=1.7, zorder=3))
        for stairs, counts in zip(self._stairs, shown.counts, strict=True):
            stairs.set_data(counts, shown.edges)
        for ghost in self._ghosts.values():
            ghost.set_visible(False)
        for ago, earlier in shown.ghosts:
            for number, counts in enumerate(earlier):
                key = (ago, number)
                if key not in self._ghosts:
                    self._ghosts[key] = self._new(number, shown.edges, linewidth=0.8, alpha=0.35, zorder=2)
                self._ghosts[key].set_data(counts, shown.edges)
                self._ghosts[key].set_visible(True)
        self._legend(shown.names)
        self._limits(shown)

    def _new(self, number: int, edges: Any, **look: Any) -> Any:
        return self.axes.stairs(
            np.zeros(len(edges) - 1), edges, color=self._theme.colour(number), fill=False, animated=True, **look
        )

    def _legend(self, names: tuple[str, ...]) -> None:
        while len(self._labels) < len(names):
            number = len(self._labels)
            self._labels.append(
                text(self.axes, 0.98, 0.97 - 0.075 * number, ha="right", va="top", color=self._theme.colour(number))
            )
        for label, name in zip(self._labels, names, strict=False):
            label.set_text(plain(name, 20))

    def _limits(self, shown: Distribution) -> None:
        log = self.axes.get_yscale() != "linear"
        highest = max(float(np.max(shown.counts)), 1.0)
        top = 10 ** np.ceil(np.log10(highest) + 0.3) if log else _nice(highest * 1.15)
        if self.axes.get_ylim() != (0, top):
            self.axes.set_ylim(0, top)
        ages = " and ".join(str(ago) for ago, _ in reversed(shown.ghosts))
        words = plain(shown.meaning, 48) + (f"   (faint: {ages} epochs ago)" if ages else "")
        if self.axes.get_xlabel() != words:
            label_axes(self.axes, words, "samples")


def _nice(value: float) -> float:
    scale = 10 ** np.floor(np.log10(value))
    return float(scale * next(step for step in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if step * scale >= value))
