"""How much room there is and what fits: margins in inches, words measured, shortened and broken into lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from .fonts import drawable
from .glyphs import advance
from .theme import plain

MARGINS = {"left": 0.62, "right": 0.22, "top": 0.36, "bottom": 0.5}  # inches, around the axes
LARGEST_MARGINS = 0.9  # of the room, where there is little
MEASURED_AT = 100.0  # dots an inch: the widths of other resolutions differ by a hinted pixel
Rect = tuple[float, float, float, float]


def inside(rect: Rect, inches: Sequence[float], margins: dict[str, float]) -> Rect:
    """What margins leave of a part of the figure.

    Args:
        rect: left, bottom, width, height, as fractions of the figure.
        inches: width and height of the figure.
        margins: inches by "left", "right", "top", "bottom"; those not given are `MARGINS`.
    """
    left, bottom, width, height = rect
    across, up = inches
    around = MARGINS | margins
    before, beside = _squeezed(around["left"], around["right"], width * across)
    below, above = _squeezed(around["bottom"], around["top"], height * up)
    return (
        left + before / across,
        bottom + below / up,
        width - (before + beside) / across,
        height - (below + above) / up,
    )


def _squeezed(before: float, after: float, room: float) -> tuple[float, float]:
    """Two margins that leave something of a length in inches."""
    share = min(LARGEST_MARGINS * room / max(before + after, 1e-9), 1.0)
    return before * share, after * share


class Seat:
    """A panel's part of the figure and the axes in it, for a panel that chooses its margins by what it shows.

    Args:
        ax: the panel's axes.
        margins: inches around them at the start, by "left", "right", "top", "bottom".
    """

    def __init__(self, ax: Any, **margins: float) -> None:
        self._ax, self._margins = ax, margins
        self._rect: Rect = (0, 0, 1, 1)
        self._inches: Sequence[float] = (1, 1)
        self._taken: Rect | None = None

    def take(self, rect: Rect, inches: Sequence[float]) -> None:
        """Moves to a part of the figure; arguments as of `inside`."""
        self._rect, self._inches = rect, inches
        self.leave()

    def leave(self, **margins: float) -> None:
        """Sets margins, those not given stay, and places the axes anew if they are elsewhere."""
        self._margins |= margins
        wanted = inside(self._rect, self._inches, self._margins)
        if wanted != self._taken:  # to ask the axes would mark them as changed, which redraws the whole panel
            self._taken = wanted
            self._ax.set_position(wanted)

    @property
    def size(self) -> tuple[float, float]:
        """Inches of the whole part, across and up."""
        return self._rect[2] * self._inches[0], self._rect[3] * self._inches[1]

    @property
    def inner(self) -> tuple[float, float]:
        """Inches of the axes, across and up."""
        _, _, wide, tall = inside(self._rect, self._inches, self._margins)
        return wide * self._inches[0], tall * self._inches[1]


@lru_cache(maxsize=4096)
def width(words: str, size: float = 8.0, weight: str = "normal") -> float:
    """Inches that one line of text takes."""
    return sum(advance(sign, size, weight, MEASURED_AT) for sign in drawable(words)) / MEASURED_AT


def line_height(size: float = 8.0) -> float:
    """Inches from one line of text to the next."""
    return 1.4 * size / 72


@lru_cache(maxsize=1024)
def elide(words: str, room: float, size: float = 8.0, weight: str = "normal") -> str:
    """As much of a text of a run as fits into `room` inches; an ellipsis stands for the rest."""
    kept = plain(words, 300)
    if width(kept, size, weight) <= room:
        return kept
    while kept and width(f"{kept}…", size, weight) > room:
        kept = kept[:-1]
    return f"{kept.rstrip()}…" if width("…", size, weight) <= room else ""


def fitting(variants: Sequence[str], room: float, size: float = 8.0, weight: str = "normal") -> str:
    """The first text that fits into `room` inches; as much of the last as fits where none does."""
    return _fitting(tuple(variants), room, size, weight)


@lru_cache(maxsize=1024)
def _fitting(variants: tuple[str, ...], room: float, size: float, weight: str) -> str:
    for words in variants[:-1]:
        if width(plain(words, 300), size, weight) <= room:
            return plain(words, 300)
    return elide(variants[-1], room, size, weight)


def wrap(words: str, room: float, size: float = 8.0) -> list[str]:
    """Lines of a text, each at most `room` inches wide, broken between words where that is possible."""
    lines: list[str] = []
    line = ""
    for word in _pieces(plain(words, 1000).split(" "), room, size):
        longer = f"{line} {word}" if line else word
        if line and width(longer, size) > room:
            lines.append(line)
            line = word
        else:
            line = longer
    return [*lines, line] if line else lines


def _pieces(words: Iterable[str], room: float, size: float) -> Iterable[str]:
    for word in words:
        while width(word, size) > room and len(word) > 1:
            cut = next((end for end in range(len(word), 1, -1) if width(word[:end], size) <= room), 1)
            yield word[:cut]
            word = word[cut:]
        yield word
