"""Names and values of curves: beside the ends of their lines, or in rows above them where the cell is narrow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .margins import elide, line_height, width
from .theme import put, text

GAP, LINE = 0.07, line_height()  # inches: from the axes to the names, and from one name to the next
NARROWEST = 1.7  # inches of axes that names may leave
LARGEST_SHARE = 0.42  # of a cell's width that names may take
MOST_ROWS = 3
BASE = 0.1  # inches from the axes up to words in the line of the title


@dataclass(frozen=True, slots=True)
class Entry:
    """A curve's name and value.

    Args:
        name: what it is.
        value: its value at the cursor, as text.
        widest: the widest text that the value may have, so that room does not change with it.
        colour: of the words.
        end: height of the line's end, as a share of the axes'.
    """

    name: str
    value: str
    widest: str
    colour: str
    end: float

    @property
    def width(self) -> float:
        """Inches that it takes."""
        return width(f"{self.name} {self.widest}".strip())


@dataclass(frozen=True, slots=True)
class Room:
    """Where the names stand: in a column of so many inches, or in rows where that is 0.

    The last row begins so many inches from the left: behind the title, where they share a line.
    """

    column: float = 0.0
    rows: tuple[tuple[int, ...], ...] = ()
    start: float = 0.0

    @property
    def lines(self) -> int:
        """Rows between the title and the axes."""
        return 0 if self.start else len(self.rows)


def room_for(entries: Sequence[Entry], across: float) -> Room:
    """The room for names beside or above axes that could be so many inches wide without them."""
    column = min(max((entry.width for entry in entries), default=0.0) + 2 * GAP, LARGEST_SHARE * across)
    if across - column >= NARROWEST:
        return Room(column=column)
    return Room(rows=tuple(_flowed([entry.width for entry in entries], across)))


def room_behind(entries: Sequence[Entry], across: float, title: float) -> Room:
    """The room behind a title of so many inches where they fit into its line, else in rows below it."""
    taken, start = sum(entry.width for entry in entries) + 2 * GAP * (len(entries) - 1), title + 3 * GAP
    if start + taken <= across:
        return Room(rows=(tuple(range(len(entries))),), start=start)
    return Room(rows=tuple(_flowed([entry.width for entry in entries], across)))


class EndLabels:
    """The texts of entries.

    Args:
        ax: of the curves.
    """

    def __init__(self, ax: Any) -> None:
        self._ax = ax
        self._labels: list[Any] = []

    def update(self, entries: Sequence[Entry], room: Room, wide: float, tall: float) -> None:
        """Writes and places them; `wide` and `tall` are the inches of the axes."""
        while len(self._labels) < len(entries):
            self._labels.append(text(self._ax, 0, 0))
        placed = (
            self._beside(entries, room.column, wide, tall) if room.column else self._above(entries, room, wide, tall)
        )
        for label in self._labels[placed:]:
            put(label, text="")

    def _beside(self, entries: Sequence[Entry], column: float, wide: float, tall: float) -> int:
        most = max(int(tall / LINE) + 1, 1)
        shown = list(entries if len(entries) <= most else entries[: most - 1])
        if len(shown) < len(entries):
            shown.append(Entry(f"and {len(entries) - len(shown)} more", "", "", entries[-1].colour, 0.0))
        heights = spread([entry.end for entry in shown], LINE / tall)
        for label, entry, height in zip(self._labels, shown, heights, strict=False):
            words = f"{elide(entry.name, column - GAP - width(f' {entry.widest}'))} {entry.value}".strip()
            put(label, text=words, color=entry.colour, position=(1 + GAP / wide, height), verticalalignment="center")
        return len(shown)

    def _above(self, entries: Sequence[Entry], room: Room, wide: float, tall: float) -> int:
        placed = 0
        for number, row in enumerate(room.rows):
            up = BASE if room.start else (len(room.rows) - 1 - number) * LINE + 0.05
            height, left = 1 + up / tall, room.start
            for index in row:
                entry, label = entries[index], self._labels[index]
                name = elide(entry.name, wide - width(f" {entry.widest}"))
                put(
                    label, text=f"{name} {entry.value}".strip(), color=entry.colour, position=(left / wide, height),
                    verticalalignment="bottom",
                )  # fmt: skip
                left += entry.width + 2 * GAP
                placed += 1
        return placed


def spread(places: Sequence[float], gap: float) -> list[float]:
    """Places moved as little as needed so that each is at least `gap` from the next, in their order, in [0, 1]."""
    order = sorted(range(len(places)), key=lambda i: places[i])
    moved = [min(max(places[i], 0.0), 1.0) for i in order]
    for i in range(1, len(moved)):
        moved[i] = max(moved[i], moved[i - 1] + gap)
    top = 1.0
    for i in reversed(range(len(moved))):
        moved[i] = min(moved[i], top)
        top = moved[i] - gap
    found = [0.0] * len(places)
    for place, i in zip(moved, order, strict=True):
        found[i] = place
    return found


def _flowed(widths: Sequence[float], room: float) -> list[tuple[int, ...]]:
    """Numbers of entries by row, as many rows as there may be; the rest is left out."""
    rows: list[tuple[int, ...]] = []
    left = room + 1
    for index, wide in enumerate(widths):
        if left + wide > room:
            if len(rows) == MOST_ROWS:
                break
            rows.append(())
            left = 0.0
        rows[-1] = (*rows[-1], index)
        left += wide + 2 * GAP
    return rows
