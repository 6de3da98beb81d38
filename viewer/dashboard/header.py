"""The line above all panels: which run, what is counted, where it stands, and what of it cannot be read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..drawing.captions import SPLITS
from ..drawing.margins import Rect, Seat, elide, fitting, width
from ..drawing.theme import put, text, theme
from ..frame import Frame
from ..kinds import LOGS_ALONE, in_percent, view_of
from ..panels.status.numbers import brief, concern, standing

NAME, STATE = 14.0, 10.0  # points
LARGEST_SHARE = 0.62  # of the width that the state may take


class Header:
    """Name and facts at the left, state at the right."""

    def setup(self, ax: Any) -> None:
        """Makes four texts."""
        ax.axis("off")
        self._theme = look = theme()
        self._seat = Seat(ax, left=0.62, right=0.3, top=0.0, bottom=0.0)
        self._name = text(ax, 0, 0.62, fontsize=NAME, fontweight="bold", color=look.ink, va="center")
        self._facts = text(ax, 0, 0.2, color=look.quiet, va="center")
        self._state = text(ax, 1, 0.62, fontsize=STATE, ha="right", va="center")
        self._trouble = text(ax, 1, 0.2, color=look.words(look.states["interrupted"]), ha="right", va="center")

    def arrange(self, rect: Rect, inches: Sequence[float]) -> None:
        """Takes its part of the figure."""
        self._seat.take(rect, inches)

    def update(self, frame: Frame) -> None:
        """Writes what holds at the cursor."""
        room, _ = self._seat.inner
        at = standing(frame)
        state = fitting(brief(at), LARGEST_SHARE * room, STATE)
        put(self._state, text=state, color=self._theme.words(self._theme.states.get(at.state, self._theme.ink)))
        name = frame.run.name if len(frame.runs) == 1 else f"{len(frame.runs)} runs, in focus: {frame.run.name}"
        put(self._name, text=elide(name, room - width(state, STATE) - 0.3, NAME, "bold"))
        words = facts(frame)
        said = concern(frame)
        if said:
            said = elide(said, max(room - width(words) - 0.3, room / 2))
        put(self._trouble, text=said)
        put(self._facts, text=elide(words, room - (width(said) + 0.3 if said else 0)))


def facts(frame: Frame) -> str:
    """What the distributions and the matrix are of: `validation · 2,000 samples, 11.8% positive`."""
    if frame.position < 0 and frame.output is None:
        return "nothing was recorded yet"
    if not frame.split or frame.output is None:
        return f"logs only: no counts were recorded. {LOGS_ALONE}"
    words = SPLITS.get(frame.split, frame.split)
    outputs = [output.name for output in frame.run.outputs]
    if len(outputs) > 1:
        words = f"output {frame.output.name}, {outputs.index(frame.output.name) + 1} of {len(outputs)} · {words}"
    if frame.knobs.output not in (None, *outputs):
        words = f"this run has no output {frame.knobs.output} · {words}"
    if frame.position < 0:
        return words
    negative, positive = _samples(frame)
    samples = negative + positive
    if samples:
        what = view_of(frame.output).facts(len(frame.classes), positive / samples)
        words += f" · {samples:,} samples, {what}"
    if frame.output.weighted:
        words += " · each counted once, whatever its weight"
    if frame.knobs.prevalence is not None:
        words += f" · formulas as if {in_percent(frame.knobs.prevalence)} were positive"
    return words


def _samples(frame: Frame) -> tuple[int, int]:
    """Samples that are not of the first class (of the positive one for binary), and those that are."""
    matrix = frame.confusion() if frame.kind.argmax else None
    if matrix is not None:
        return int(matrix[1:].sum()), int(matrix[0].sum())
    negative, positive = frame.histogram()[0].sum(axis=-1)
    return int(negative), int(positive)
