"""Curves in a terminal: dots of braille on axes, with names and values at their ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.ticker import MaxNLocator
from rich.text import Text

from ...drawing.captions import end_of, share
from ...drawing.end_labels import spread
from ...drawing.limits import Ticks, Wholes, digits, epoch_range, value_range
from ...drawing.theme import LIGHT, plain
from ...frame.curve import Curve
from ...needs import told

with told():
    import plotille

Array = npt.NDArray[Any]
NARROW = 46  # columns below which names stand under the curves
LARGEST_SHARE = 3  # of a chart's width, one part in so many, for names
CURSOR = (128, 128, 128)
MARK = "━ "


def chart(shown: Sequence[Curve], *, width: int, height: int, epoch: int | None, planned: int | None = None) -> Text:
    """Curves over epochs in so many columns and rows; at their ends their names, and their values at the cursor.

    Args:
        shown: the curves.
        width: columns.
        height: rows.
        epoch: of the cursor.
        planned: epochs, of a run that is not at its end; else None.
    """
    drawn = [(number, curve) for number, curve in enumerate(shown) if np.isfinite(curve.values).any()]
    if not drawn:
        return Text("no number yet", style="dim")
    names = [_entry(number, curve, shown) for number, curve in drawn]
    beside = width >= NARROW
    column = min(max(name.cell_len for name in names), width // LARGEST_SHARE) + 1 if beside else 0
    below = [] if beside else _flowed(names, width)[: max(height // 4, 1)]
    tall = max(height - 2 - len(below), 2)
    curves = [curve for _, curve in drawn]
    low, high = value_range(curves)
    ticks = _ticks(low, high, tall)
    left = max(map(len, ticks.values())) + 2
    wide = max(width - left - column, 4)
    reached = [curve.epochs[np.isfinite(curve.epochs)] for curve in curves]
    first, last = (pick(float(one[end]) for one in reached) for pick, end in ((min, 0), (max, -1)))
    ends = epoch_range(first, last, planned)
    rows = _dots(drawn, (wide, tall), ends, (low, high), epoch)
    places = _beside(names, [share(end_of(curve), low, high) for curve in curves], tall, column) if beside else {}
    lines = [
        Text.assemble(
            (f"{ticks.get(at, ''):>{left - 2}} {'┤' if at in ticks else '│'}", "dim"), row, places.get(at, "")
        )
        for at, row in enumerate(rows)
    ]
    return Text("\n").join([*lines, *_axis(ends, left, wide, curves[0].unit), *below])


def colour(number: int) -> str:
    """Of a curve or class by its number, as rich takes it; never black, which a dark terminal would hide."""
    return f"rgb({','.join(map(str, _rgb(number)))})"


def _rgb(number: int) -> tuple[int, int, int]:
    text = LIGHT.colour(number + (number >= 6)).lstrip("#")
    return int(text[0:2], 16), int(text[2:4], 16), int(text[4:6], 16)


def named(curve: Curve, shown: Sequence[Curve]) -> str:
    """What a curve is called among others: its formula, and its split and run where they tell it from another."""
    twins = sum(other.label == curve.label and other.run == curve.run for other in shown) > 1
    return " ".join(part for part in (curve.words, curve.split if twins else "", curve.run) if part)


def _entry(number: int, curve: Curve, shown: Sequence[Curve]) -> Text:
    return Text(f"{MARK}{plain(named(curve, shown), 24)} {digits(curve.now)}", style=colour(number))


def _dots(
    drawn: Sequence[tuple[int, Curve]],
    size: tuple[int, int],
    across: tuple[float, float],
    up: tuple[float, float],
    epoch: int | None,
) -> list[Text]:
    """The rows of the plot, the last curve first, so that the first lies on top."""
    right, top = (
        ends[0] + (ends[1] - ends[0]) * dots / (dots - 1)  # the last dot, not the one behind it, stands for the end
        for ends, dots in ((across, 2 * size[0]), (up, 4 * size[1]))
    )
    canvas = plotille.Canvas(*size, float(across[0]), float(up[0]), float(right), float(top), mode="rgb")
    if epoch is not None and any(len(curve.epochs) > 1 for _, curve in drawn):
        canvas.line(epoch, up[0], epoch, up[1], color=CURSOR)
    for number, curve in reversed(drawn):
        x, y = _reduced(curve.epochs, np.clip(curve.values, *up), 2 * size[0])
        there = np.isfinite(y)
        for at in np.flatnonzero(there):
            canvas.point(float(x[at]), float(y[at]), color=_rgb(number))
            if at and there[at - 1]:
                canvas.line(float(x[at - 1]), float(y[at - 1]), float(x[at]), float(y[at]), color=_rgb(number))
    return [Text.from_ansi(line) for line in canvas.plot().split("\n")]


def _reduced(epochs: Array, values: Array, columns: int) -> tuple[Array, Array]:
    """Points of a line; of more epochs than columns how far they reach in each."""
    if len(epochs) <= columns:
        return epochs, values
    starts = np.unique(np.linspace(0, len(epochs), columns, endpoint=False).astype(int))
    reached = np.stack([np.fmin.reduceat(values, starts), np.fmax.reduceat(values, starts)], axis=1)
    return np.repeat(epochs[starts], 2), reached.ravel()


def _ticks(low: float, high: float, tall: int) -> dict[int, str]:
    """Numbers by the row that they stand at, the highest row first."""
    values = [value for value in MaxNLocator(max(tall // 2, 1)).tick_values(low, high) if low <= value <= high]
    write = Ticks()
    write.set_locs(values)
    return {round((high - value) / (high - low) * (tall - 1)): write(value) for value in values}


def _axis(ends: tuple[float, float], left: int, wide: int, unit: str) -> tuple[Text, Text]:
    """The axis of epochs and its numbers, none of which touch."""
    rule, numbers = ["─"] * wide, [" "] * (left + wide)
    free = 0
    write, ticks = Wholes(), MaxNLocator(max(wide // 8, 1), integer=True, min_n_ticks=1).tick_values(*ends)
    write.set_locs(ticks)
    for epoch in ticks:
        at, words = round((epoch - ends[0]) / (ends[1] - ends[0]) * (wide - 1)), write(epoch)
        start = left + at - len(words) // 2
        if 0 <= at < wide and start >= free and start + len(words) <= left + wide:
            rule[at] = "┬"
            numbers[start : start + len(words)] = words
            free = start + len(words) + 1
    words = unit
    if left >= len(words) + 1:
        numbers[: len(words)] = words
    return Text(f"{' ' * (left - 1)}└{''.join(rule)}", style="dim"), Text("".join(numbers), style="dim")


def _beside(names: Sequence[Text], ends: Sequence[float], tall: int, column: int) -> dict[int, Text]:
    """Names by the row nearest to the end of their line, each in a row of its own."""
    order = sorted(range(len(names)), key=lambda at: -ends[at])
    kept = order if len(order) <= tall else order[: tall - 1]
    heights = spread([ends[at] for at in kept], 1 / max(tall - 1, 1))
    rows = dict(zip(kept, (round((1 - height) * (tall - 1)) for height in heights), strict=True))
    found: dict[int, Text] = {}
    for at in kept:
        row = next(row for row in (*range(rows[at], tall), *range(rows[at], -1, -1)) if row not in found)
        found[row] = Text(" ") + _cut(names[at], column - 1)
    if len(kept) < len(order):
        row = next(row for row in range(tall - 1, -1, -1) if row not in found)
        found[row] = Text(f" and {len(order) - len(kept)} more", style="dim")
    return found


def _cut(name: Text, room: int) -> Text:
    """A name whose value stays whole, whatever else must go."""
    if name.cell_len <= room:
        return name
    words, _, value = name.plain.rpartition(" ")
    shortened = Text(words, style=name.style)
    shortened.truncate(max(room - len(value) - 1, 1), overflow="ellipsis")
    return shortened + Text(f" {value}", style=name.style)


def _flowed(names: Sequence[Text], width: int) -> list[Text]:
    """Names in lines of so many columns."""
    lines: list[Text] = []
    for name in names:
        name = _cut(name, width)
        if lines and lines[-1].cell_len + 2 + name.cell_len <= width:
            lines[-1] = lines[-1] + Text("  ") + name
        else:
            lines.append(name.copy())
    return lines
