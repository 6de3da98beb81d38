"""The panel `runs` of the window: all runs of the folder, one of which is opened with a click or Enter."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.patches import Rectangle

from ..drawing.margins import Rect, Seat, elide, line_height
from ..drawing.theme import move, prepare, put, text, theme
from ..frame import Frame
from ..listing.answer import Question
from ..listing.background import Background
from ..listing.live import LiveRuns
from ..listing.row import Row
from ..listing.text import in_words
from ..panels.status.numbers import duration
from ..points import progress

LINE = 1.5 * line_height()  # inches of a row
MOST_COLUMNS = 3
NAME, STATE, EPOCHS, AGE, VALUE = 2.4, 0.9, 0.9, 0.8, 1.5  # inches of columns
CURVE = 0.75  # inches of a small curve
STEPS = {"up": -1, "down": 1, "pageup": -10, "pagedown": 10, "home": -(10**9), "end": 10**9}
HINT = "↑ ↓ choose · enter opens · r back"


class RunsList:
    """All runs at or below a folder, the newest first, and which of them is chosen.

    Args:
        folder: of the runs.
        metrics: formulas, in the place of the usual ones.
    """

    def __init__(self, folder: Path, metrics: Sequence[str] = ()) -> None:
        self.table, self._metrics, self.chosen = LiveRuns(folder), tuple(metrics), 0
        self._asked = self.table.ask()
        self._reader = Background(self.table)
        self._seen: Any = None
        self._labels: dict[tuple[int, str], Any] = {}
        self._curves: list[Any] = []

    def close(self) -> None:
        """Reads no more."""
        self.table.leave(self._asked)
        self._reader.close()

    def stirred(self) -> bool:
        """Whether there is something else to show than at the last call."""
        columns = self._metrics or self.table.names.usual
        if (question := Question(columns=columns[:MOST_COLUMNS])) != self._asked.question:
            self._asked.question = question
            self.table.wanted.set()
        seen, before = (self.table.version, self._asked.answer), self._seen
        self._seen = seen
        return seen != before

    def step(self, key: str) -> bool:
        """Chooses another run, by the name of a key; False for a key that does not."""
        if key not in STEPS:
            return False
        self.chosen = max(self.chosen + STEPS[key], 0)  # how many there are may not be known yet
        return True

    def run(self, entry: int | None = None) -> Row | None:
        """A run of the list, the one that is chosen if None; None where there is none, or it cannot be read."""
        entries = self._asked.answer.entries
        at = min(self.chosen, len(entries) - 1) if entry is None else entry
        found = entries[at] if 0 <= at < len(entries) else None
        return found if isinstance(found, Row) and found.fields.get("status") != "unreadable" else None

    @property
    def words(self) -> str:
        """How many runs there are, and what the keys do."""
        runs = len(self.table.rows)
        return f"{runs:,} run{'s' * (runs != 1)} · {HINT}" if self._asked.answer.entries else HINT

    def is_newest(self, row: Row) -> bool:
        """Whether no run has started after it."""
        return row is next(reversed(self.table.rows), None)

    def setup(self, ax: Any) -> None:
        """Makes the title and the bar behind the chosen run; words and curves are made when there is room for them."""
        self._ax, self._theme, self._labels, self._curves = ax, theme(), {}, []
        self._seat = Seat(ax, left=0.3, right=0.3, top=0.6, bottom=0.1)
        self._title = prepare(ax, "Runs")
        ax.set(xlim=(0, 1), ylim=(0, 1))
        ax.axis("off")
        self._bar = ax.add_patch(Rectangle((0, 0), 0, 0, color=self._theme.grid, linewidth=0, animated=True))

    def arrange(self, rect: Rect, inches: Sequence[float]) -> None:
        """Takes its part of the figure."""
        self._seat.take(rect, inches)

    def update(self, frame: Frame) -> None:
        """Writes the rows that there is room for."""
        wide, tall = self._seat.inner
        rows = max(int(tall / LINE) - 1, 1)
        if self._asked.answer.entries:
            self.chosen = min(self.chosen, len(self._asked.answer.entries) - 1)
        first = max(min(self._asked.visible[0], self.chosen), self.chosen - rows + 1)
        if self._asked.visible != (first, first + rows):
            self._asked.visible = (first, first + rows)
            self.table.wanted.set()
        self._written: set[tuple[int, str]] = set()
        places = self._places(wide)
        for name, left, room in places:
            self._write(0, name, left, elide(name, room), quiet=True)
        put(self._bar, xy=(0, 1 - (self.chosen - first + 2) * LINE / tall), width=1.0, height=LINE / tall)
        entries = self._asked.answer.entries[first : first + rows]
        drawn = 0
        for number, row in enumerate((entry for entry in entries if isinstance(entry, Row)), start=1):
            drawn = self._row(number, row, places, drawn)
        if not entries:
            self._write(1, "none", 0.0, elide(self.table.waiting or "reading the folder …", wide), quiet=True)
        for key in self._labels.keys() - self._written:
            put(self._labels[key], text="")
        for curve in self._curves[drawn:]:
            move(curve, [], [])

    def pick(self, x: float, y: float) -> dict[str, float]:
        """The row that a click is on."""
        row = int((1 - y) * self._seat.inner[1] / LINE) - 1
        return {"row": self._asked.visible[0] + row} if row >= 0 else {}

    def _places(self, wide: float) -> list[tuple[str, float, float]]:
        """Name, left end and room of the columns that fit, in inches."""
        values = [(name, VALUE) for name in self._asked.answered.columns]
        columns = [("run", min(NAME, 0.3 * wide)), ("state", STATE), ("epochs", EPOCHS), *values[:1], ("age", AGE)]
        columns += values[1:]
        found: list[tuple[str, float, float]] = []
        left = 0.0
        for name, room in columns:
            if found and left + room > wide:
                break
            found.append((name, left, min(room, wide) - 0.12))
            left += room
        return found

    def _row(self, number: int, row: Row, places: Sequence[tuple[str, float, float]], drawn: int) -> int:
        """Writes a run; how many curves are drawn by now."""
        fields = row.fields
        done, planned = fields.get("done"), fields.get("planned")
        age = row.value("age", time.time())
        words = {
            "run": str(fields.get("name") or row.path.name),
            "state": fields.get("status", "…"),
            "epochs": progress(fields.get("unit") or "", done, planned),
            "age": "" if age is None else duration(age),
        }
        if fields.get("status") == "unreadable":
            places = (
                [*places[:2], ("problem", places[2][1], self._seat.inner[0] - places[2][1])] if places[2:] else places
            )
            words["problem"] = str(fields.get("problem", ""))
        for name, left, room in places:
            curve = row.curves.get(name) if name not in words else None
            if any(value is not None for value in curve or ()):
                self._draw(drawn, number, left, [np.nan if value is None else value for value in curve or ()])
                drawn += 1
            shift = CURVE + 0.08 if name not in words else 0.0
            shown = words[name] if name in words else in_words(row.value(name)) if row.knows(name) else "…"
            colour = self._theme.words(self._theme.states.get(shown, self._theme.ink)) if name == "state" else ""
            self._write(number, name, left + shift, elide(shown, room - shift), colour=colour)
        return drawn

    def _draw(self, at: int, number: int, left: float, values: Sequence[float]) -> None:
        """A small curve in the row of that number."""
        if at == len(self._curves):
            self._curves += self._ax.plot([], [], color=self._theme.palette[0], linewidth=1.0, animated=True)
        wide, tall = self._seat.inner
        found = np.asarray(values, np.float64)
        low, high = np.nanmin(found), np.nanmax(found)
        share = (found - low) / (high - low) if high > low else np.where(np.isnan(found), np.nan, 0.5)
        x = (left + CURVE * np.linspace(0, 1, len(found))) / wide
        move(self._curves[at], x, 1 - ((number + 0.8) - 0.6 * share) * LINE / tall)

    def _write(self, row: int, name: str, left: float, words: str, *, quiet: bool = False, colour: str = "") -> None:
        wide, tall = self._seat.inner
        key = (row, name)
        if key not in self._labels:
            self._labels[key] = text(self._ax, 0, 0, va="center")
        self._written.add(key)
        ink = colour or (self._theme.quiet if quiet else self._theme.ink)
        put(self._labels[key], text=words, position=(left / wide, 1 - (row + 0.5) * LINE / tall), color=ink)
