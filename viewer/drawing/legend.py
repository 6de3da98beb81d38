"""Words in axes: names in their colours, in rows or stacked in a corner, and a sentence instead of a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from recorder.runfile import Unit

from .margins import elide, line_height, width, wrap
from .theme import put, text, theme

LINE, PAD, GAP = line_height(), 0.06, 0.14  # inches: of a row, from the edge of the axes, between names


class Legend:
    """Names inside of axes, or above them.

    Args:
        axes: in which the names stand.
        corner: "upper left", "lower left" or "lower right".
        stack: one name a row; else as many as fit.
        above: over the axes' upper edge instead of below it.
    """

    def __init__(self, axes: Any, corner: str = "upper left", *, stack: bool = False, above: bool = False) -> None:
        self._axes, self._stack, self._above = axes, stack, above
        self._upper, self._right = corner.startswith("upper"), corner.endswith("right")
        self._labels: list[Any] = []
        self.rows = 0

    @property
    def inches(self) -> float:
        """Its height."""
        return self.rows * LINE + PAD if self.rows else 0.0

    def show(self, entries: Sequence[tuple[str, str]]) -> None:
        """Writes names, each with its colour, in place of those of before."""
        while len(self._labels) < len(entries):
            self._labels.append(text(self._axes, 0, 0))
        wide, tall = size(self._axes)
        most = max(int((tall - 2 * PAD) / LINE), 1) if self._stack else len(entries)
        if len(entries) > most:
            entries = [*entries[: most - 1], (f"and {len(entries) - most + 1} more", theme().ink)]
        rows = self._flow([elide(words, wide - 2 * PAD) for words, _ in entries], wide)
        self.rows, number = len(rows), 0
        for row, places in enumerate(rows):
            for left, words in places:
                self._place(number, words, entries[number][1], left / wide, self._height(row, tall) / tall)
                number += 1
        for label in self._labels[number:]:
            put(label, text="")

    def _place(self, number: int, words: str, colour: str, x: float, y: float) -> None:
        put(
            self._labels[number], text=words, color=theme().words(colour), position=(x, y),
            horizontalalignment="right" if self._right else "left",
            verticalalignment="top" if self._upper and not self._above else "bottom",
        )  # fmt: skip

    def _flow(self, names: Sequence[str], wide: float) -> list[list[tuple[float, str]]]:
        rows: list[list[tuple[float, str]]] = []
        left = start = 0.0 if self._above else wide - PAD if self._right else PAD
        for words in names:
            if not rows or self._stack or left + width(words) > wide:
                rows.append([])
                left = start
            rows[-1].append((left, words))
            left += width(words) + GAP
        return rows

    def _height(self, row: int, tall: float) -> float:
        from_below = (self.rows - 1 - row) * LINE + PAD
        if self._above:
            return tall + from_below
        return tall - PAD - row * LINE if self._upper else from_below


class Sentence:
    """Why there is nothing to see, in the middle of the axes.

    Args:
        axes: that are empty.
    """

    def __init__(self, axes: Any) -> None:
        self._axes = axes
        self._label = text(axes, 0.5, 0.5, ha="center", va="center", fontsize=9)

    def say(self, words: str) -> None:
        """Writes it in lines that fit; nothing for ""."""
        put(self._label, text="\n".join(wrap(words, size(self._axes)[0] - 2 * PAD, 9)))


def aged(words: str, ages: Sequence[int], unit: Unit = "epoch") -> list[str]:
    """Words of an axis with what its ghosts are, in ever fewer words; ages in recorded points, oldest first."""
    if not ages:
        return [words]
    known = " and ".join(str(ago) for ago in reversed(ages))
    return [
        f"{words}   (faint: {known} {'epoch' if unit == 'epoch' else 'point'}s ago)",
        f"{words}   (faint: {known} ago)",
        words,
    ]


def size(axes: Any) -> tuple[float, float]:
    """Inches that the axes are wide and tall."""
    box, dpi = axes.bbox, axes.figure.dpi
    return max(box.width / dpi, 0.1), max(box.height / dpi, 0.1)
