"""One picture of a frame in characters: curves, values, counts and distributions, as far as there is room."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.layout import Layout
from rich.table import Table
from rich.text import Text

from ...counts.bounded import exactly
from ...dashboard.header import facts
from ...drawing.captions import drawn, titles
from ...drawing.theme import plain
from ...frame import Frame
from ...frame.curve import Curve, CurvesNumbers
from ...kinds import LOGS_ALONE
from ...panels.curves.numbers import curves, log_names
from ...panels.matrix.numbers import not_kept
from ...panels.scores.numbers import distribution
from ...panels.status.numbers import brief, concern, standing
from .chart import chart, colour, named

LOW = 14  # lines below which there are curves alone: their names say the values
WIDE, TALL = 100, 40  # columns from which two charts stand side by side, rows from which they stand one over the other
LEAST = 4  # lines below charts of logs
ROOMY = 70  # columns from which values and counts stand side by side
BANDED = 46  # columns of a table of values with intervals
BROAD, HIGH = 38, 7  # columns and lines of the chart of a log, at least
GAP = 2  # columns between two of a table
SMALLEST, LARGEST = (4, 2), (1_000, 500)  # columns and lines that are drawn, whatever a terminal says it has
SPARK = 11  # columns of a name before its distribution


def dashboard(
    frame: Frame, *, width: int, height: int, fault: str = "", foot: Text | None = None, log: bool = True
) -> RenderableType:
    """One picture of a frame.

    Args:
        frame: with the cursor.
        width: characters across; 4 to 1,000 are drawn.
        height: lines; 2 to 500 are drawn.
        fault: what is wrong with what it stands on.
        foot: the line or lines below, such as the keys; None for none.
        log: whether distributions are drawn by the logarithm of their counts.
    """
    (width, height) = np.clip((width, height), SMALLEST, LARGEST).tolist()
    below = 0 if foot is None else len(foot.wrap(_CONSOLE, width))
    rest = max(height - 2 - below, 1)
    layout = Layout()
    parts = [Layout(_header(frame, fault, width), size=2), _body(frame, width, rest, log)]
    layout.split_column(*parts, *([] if foot is None else [Layout(foot, size=below)]))
    return _Sized(layout, width, height)


@dataclass(frozen=True, slots=True)
class _Sized:
    """What is drawn in so many columns and lines, however many the console has."""

    inside: RenderableType
    width: int
    height: int

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from console.render(self.inside, options.update_dimensions(self.width, self.height))


def line(frame: Frame) -> str:
    """A frame in one line, for where nothing can be drawn: `epoch 3 · 4 of 20 done · running · F1 0.412`."""
    values = [f"{curve.words} {exactly(curve.now)}" for curve in _every(frame) if np.isfinite(curve.now)]
    return " · ".join([brief(standing(frame))[-2], *(plain(value, 40) for value in values)])


def _header(frame: Frame, fault: str, width: int) -> RenderableType:
    states = [*brief(standing(frame)), ""]
    room = width - min(cell_len(plain(frame.run.name, 40)), width // 3) - 3
    state = next(words for words in states if cell_len(words) <= room)
    name = Text(plain(frame.run.name, 40), style="bold")
    name.truncate(width - cell_len(state) - 3, overflow="ellipsis")
    what = fault or concern(frame) or "; ".join(curves(frame).faults)
    first = Text.assemble(name, "   ", state, no_wrap=True, overflow="ellipsis")
    if what:
        return Group(first, Text(plain(what, 200), style="red", no_wrap=True, overflow="ellipsis"))
    return Group(first, Text(plain(facts(frame)), style="dim", no_wrap=True, overflow="ellipsis"))


def _body(frame: Frame, width: int, height: int, log: bool) -> Layout:
    if height < LOW:
        return _chart(_either(frame), frame, width, height)
    logs, many = log_names(frame), height >= TALL
    upper = 2 * height // 3 if many and width < WIDE else (height + 1) // 2
    if not frame.splits:  # below there are values alone
        upper = max(upper, height - max(_rows_of_values(frame), LEAST) - 2)
    body = Layout()
    body.split_column(Layout(name="upper", size=upper), Layout(name="lower"))
    if not frame.splits and logs:
        body["upper"].update(_log_charts(frame, logs, width, upper))
    elif logs and width >= WIDE:
        left = 3 * width // 5
        body["upper"].split_row(
            _chart(_formulas(frame), frame, left - 2, upper, size=left),
            _log_charts(frame, logs, width - left, upper),
        )
    elif logs and many:
        body["upper"].split_column(
            _chart(_formulas(frame), frame, width, (upper + 1) // 2, size=(upper + 1) // 2),
            _log_charts(frame, logs, width, upper // 2),
        )
    else:
        body["upper"].update(_chart(_either(frame), frame, width, upper))
    _below(body["lower"], frame, width, height - upper, log)
    return body


def _below(part: Layout, frame: Frame, width: int, height: int, log: bool) -> None:
    """Values, counts and distributions: side by side, or over one another where there are few columns."""
    if width < ROOMY:
        values = min(_rows_of_values(frame) + 1, height)
        rest = height - values - 1
        part.split_column(
            Layout(_values(frame, width, values), size=min(values + 1, height)),
            *([Layout(_counts(frame, width, rest, log))] if rest >= 3 else []),
        )
        return
    left = max(width // 2, min(BANDED + 2, width - 34))
    part.split_row(
        Layout(_values(frame, left - 2, height), size=left), Layout(_counts(frame, width - left, height, log))
    )


def _chart(shown: CurvesNumbers, frame: Frame, width: int, height: int, size: int | None = None) -> Layout:
    drawn = chart(shown.curves, width=width, height=height - 1, epoch=frame.epoch, planned=frame.planned)
    title = next((words for words in map(plain, titles(shown)) if cell_len(words) <= width), "")
    over = f" over the {frame.unit}s" if cell_len(title) + 16 <= width else ""
    return Layout(Group(Text.assemble((title, "bold"), (over, "dim")), drawn), size=size)


def _log_charts(frame: Frame, names: Sequence[str], width: int, height: int) -> Layout:
    """What was logged, each log in a chart with a scale of its own, as many as have room."""
    across = max(min(width // BROAD, len(names)), 1)
    down = max(min(height // HIGH, -(-len(names) // across)), 1)
    across = min(across, -(-len(names) // down))
    wide, tall = width // across, height // down
    whole = Layout(size=height)
    rows = [Layout(size=tall if row < down - 1 else height - row * tall) for row in range(down)]
    whole.split_column(*rows)
    for row, part in enumerate(rows):
        own, size = names[row * across : (row + 1) * across], int(part.size or tall)
        shown = [curves(frame, [name], logged=True) for name in own]
        charts = [_chart(numbers, frame, wide - (across > 1), size, size=wide) for numbers in shown]
        part.split_row(*charts, *([Layout(Text(""))] if len(own) < across or wide * across < width else []))
    return whole


def _formulas(frame: Frame) -> CurvesNumbers:
    """The main curves of the formulas."""
    found = curves(frame)
    return replace(found, curves=tuple(curve for curve in found.curves if curve.main))


def _losses(frame: Frame) -> CurvesNumbers:
    return curves(frame, ["loss"]) if {"loss", "val_loss"} & frame.logs.keys() else CurvesNumbers()


def _either(frame: Frame) -> CurvesNumbers:
    """The formulas, or where there are none the loss."""
    found = _formulas(frame)
    return found if found.curves else _losses(frame)


def _every(frame: Frame) -> list[Curve]:
    return [*_formulas(frame).curves, *_losses(frame).curves]


def _rows_of_values(frame: Frame) -> int:
    return len(_every(frame)) + (frame.threshold is not None)


def _values(frame: Frame, width: int, height: int) -> RenderableType:
    """A line for each formula: its value at the cursor, with its interval where there is room, and its best."""
    every = _every(frame)
    banded = width >= BANDED and any(curve.band is not None for curve in every)
    level = [f"{frame.knobs.band * 100:.4g}%{drawn(every)}"] if banded else []
    room = height - 1 - (frame.threshold is not None)
    kept = every if len(every) <= room else every[: max(room - 1, 0)]
    heads = ["formula", "now", *level, "best", frame.unit]
    rows = [_row(frame, curve, every, banded=banded) for curve in kept]
    taken = sum(max(map(cell_len, cells)) + GAP for cells in list(zip(heads, *rows, strict=True))[1:])
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, GAP, 0, 0))
    for name in heads:
        table.add_column(name, justify="left" if name == "formula" else "right", no_wrap=True)
    for name, *values in rows:
        words = Text(name)
        words.truncate(max(width - taken - GAP, 6), overflow="ellipsis")
        table.add_row(words, *values)
    if len(kept) < len(every) and room > 0:
        table.add_row(Text(f"and {len(every) - len(kept)} more", style="dim"))
    if frame.threshold is not None:
        table.add_row("threshold", f"{frame.threshold:.3f}")
    return table


def _row(frame: Frame, curve: Curve, every: Sequence[Curve], *, banded: bool) -> list[str]:
    now = curve.at_epoch(frame.epoch)
    best = ("", "") if curve.best is None else (exactly(curve.at(curve.best)), f"{curve.epochs[curve.best]:,.0f}")
    interval = [_interval(frame, curve)] if banded else []
    return [plain(named(curve, every), 60), "" if np.isnan(now) else exactly(now), *interval, *best]


def _interval(frame: Frame, curve: Curve) -> str:
    at = int(np.searchsorted(curve.epochs, frame.epoch)) if frame.epoch is not None else len(curve.epochs)
    if curve.band is None or at >= len(curve.epochs) or not np.isfinite(curve.band[0][at]):
        return ""
    return f"{curve.band[0][at]:.3f}–{curve.band[1][at]:.3f}"


def _counts(frame: Frame, width: int, height: int, log: bool) -> RenderableType:
    matrix = frame.confusion()
    if matrix is None:
        why = not_kept(frame) or ("" if frame.splits else f"no counts were recorded. {LOGS_ALONE}")
        return Text(why, style="dim") if why else _spark(frame, width, height, log)
    tables = (_matrix(frame, matrix, shares=shares) for shares in (True, False)) if len(matrix) <= height - 1 else ()
    fitting = (table for table in tables if _CONSOLE.measure(table).maximum <= width)
    table = next(fitting, None)
    if table is None:
        return _confusions(frame, matrix, width, height)
    left = height - len(matrix) - 2
    return Group(table, *([Text(""), _spark(frame, width, left, log)] if left >= 3 else []))


def _matrix(frame: Frame, matrix: Any, *, shares: bool) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, GAP, 0, 0))
    table.add_column("true \\ pred.", style="dim", no_wrap=True)
    for name in frame.classes:
        table.add_column(plain(name, 10), justify="right", no_wrap=True)
    totals = matrix.sum(axis=1)
    for name, row, total in zip(frame.classes, matrix, totals, strict=True):
        table.add_row(plain(name, 12), *(f"{n:,} {n / total:.0%}" if total and shares else f"{n:,}" for n in row))
    return table


def _confusions(frame: Frame, matrix: Any, width: int, height: int) -> RenderableType:
    """The largest, by the names of their classes."""
    wrong = matrix - np.diag(np.diagonal(matrix))
    order = np.argsort(-wrong, axis=None, kind="stable")[: max(height - 2, 1)]
    places = [place for place in zip(*np.unravel_index(order, matrix.shape), strict=True) if wrong[place]]
    if not places:
        return Text("no sample is confused", style="dim")
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, GAP, 0, 0))
    for name in ("true", "predicted", "samples"):
        table.add_column(name, justify="right" if name == "samples" else "left", no_wrap=True)
    longest = max((width - 12) // 2, 6)
    for true, predicted in places:
        names = frame.classes[int(true)], frame.classes[int(predicted)]
        table.add_row(*(plain(name, longest) for name in names), f"{wrong[true, predicted]:,}")
    return Group(Text("largest confusions"), table)


def _spark(frame: Frame, width: int, height: int, log: bool) -> RenderableType:
    """The distribution of predicted probabilities, a line a class, high where there are many."""
    shown = distribution(frame)
    if shown is None:
        return Text("")
    sides = shown.sides[: height - 1]
    scale: Callable[[Any], Any] = np.log1p if log else np.asarray
    top = max(float(scale(max(int(side.counts.max()) for side in sides))), 1e-9)
    bins = max(min(width - SPARK - 1, len(sides[0].counts)), 1)
    lines = []
    for number, side in enumerate(sides):
        parts = np.array_split(side.counts, bins) if bins < len(side.counts) else [side.counts]
        counts = np.array([part.max() for part in parts]) if bins < len(side.counts) else side.counts
        levels = np.ceil(scale(counts) / top * 8).astype(int)
        bars = "".join(" ▁▂▃▄▅▆▇█"[level] for level in levels)
        style = colour(number if side.style is None else side.style)
        name = Text(plain(side.name, SPARK - 1), style="dim")
        name.truncate(SPARK - 1, pad=True, overflow="ellipsis")
        lines.append(Text.assemble(name, " ", (bars, style)))
    words = next(w for w in ("predicted probability", "probability", "score", "") if len(w) + 4 <= bins or not w)
    return Group(*lines, Text(f"{'':{SPARK}}0{words:^{max(bins - 2, 0)}}1", style="dim"))


_CONSOLE = Console(width=500)  # to measure with
