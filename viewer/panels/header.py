"""The line above all panels: which run, what is counted, where it stands."""

from __future__ import annotations

from typing import Any

from ..frames import Frame
from ..frames.status import in_words, standing
from .style import plain, text, theme

SPLITS = {"val": "validation", "train": "training"}


class Header:
    """Name and facts at the left, state at the right."""

    margins = {"left": 0.62, "right": 0.3, "top": 0.0, "bottom": 0.0}

    def setup(self, ax: Any) -> None:
        """Makes three texts."""
        ax.axis("off")
        look = theme()
        self._theme = look
        self._name = text(ax, 0, 0.62, fontsize=14, fontweight="bold", color=look.ink, va="center")
        self._facts = text(ax, 0, 0.2, color=look.quiet, va="center")
        self._state = text(ax, 1, 0.62, fontsize=10, ha="right", va="center")

    def update(self, frame: Frame) -> None:
        """Writes what holds at the cursor."""
        at = standing(frame)
        names = [frame.run.name] if len(frame.runs) == 1 else [f"{len(frame.runs)} runs, in focus: {frame.run.name}"]
        self._name.set_text(plain(" ".join(names), 48))
        self._facts.set_text(plain(facts(frame), 110))
        self._state.set_text(in_words(at))
        self._state.set_color(self._theme.states.get(at.state, self._theme.ink))


def facts(frame: Frame) -> str:
    """What the distributions and the matrix are of: `validation · 2,000 samples, 11.8% positive`."""
    if not frame.split:
        return "logs only: no counts were recorded"
    words = SPLITS.get(frame.split, frame.split)
    if frame.position < 0:
        return words
    if frame.kind == "binary":
        negative, positive = (int(side.sum()) for side in frame.histogram()[0])
        if negative + positive:
            words += f" · {negative + positive:,} samples, {positive / (negative + positive):.3g} of them positive"
    elif (matrix := frame.confusion()) is not None:
        words += f" · {int(matrix.sum()):,} samples, {len(matrix)} classes"
    if frame.knobs.prevalence is not None:
        words += f" · formulas as if {frame.knobs.prevalence:.3g} were positive"
    return words
