"""The dashboard as text: for a terminal that has nothing else, over ssh."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import plotille
from rich.console import Console, Group, RenderableType
from rich.layout import Layout
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from ..dashboard.header import facts
from ..dashboard.session import Session
from ..drawing.theme import LIGHT, Theme, plain
from ..frame import Frame
from ..frame.curve import Curve
from ..panels.curves.numbers import curves
from ..panels.matrix.numbers import not_kept
from ..panels.scores.numbers import distribution
from ..panels.status.numbers import in_words, standing, trouble
from ..reading.watch import Watcher
from ..run.bounded import exactly
from .loop import Surface

MOST_CLASSES = 12


class Terminal(Surface):
    """A session in the terminal.

    Args:
        session: what is shown.
        watcher: wakes it.
        layout: not heeded; the terminal has one of its own.
        theme: not heeded; the terminal has colours of its own.
        console: to draw on; the terminal if None.
        until_end: return once the run has ended, instead of waiting for the next one.
    """

    def __init__(
        self,
        session: Session,
        *,
        watcher: Watcher,
        layout: str | None = None,
        theme: Theme = LIGHT,
        console: Console | None = None,
        until_end: bool = False,
    ) -> None:
        super().__init__(session, watcher=watcher, layout=layout, theme=theme)
        self._console, self._until_end = console or Console(), until_end
        self._live = Live(console=self._console, screen=self._console.is_terminal, auto_refresh=False)

    def run(self, say: Callable[[str], Any] = str) -> None:
        """Shows the session until interrupted, or to its end."""
        with self._live:
            super().run(say)

    def show(self) -> bool:
        """Prints the dashboard over the one before."""
        if not self.session.dirty:
            return False
        self.session.dirty = False
        width, height = self._console.size
        self._live.update(dashboard(self.session.frame(), width=width, height=height, fault=self.fault), refresh=True)
        return True

    def wanted(self) -> bool:
        """Whether there is an end to wait for."""
        return not self._until_end or self.session.framer.run.status == "running"


def dashboard(frame: Frame, *, width: int, height: int, fault: str = "") -> RenderableType:
    """One picture of a frame, so many characters wide and high, and what is wrong with what it stands on."""
    half, tall = width // 2, max((height - 3) // 2, 8)
    layout = Layout()
    layout.split_column(Layout(_header(frame, fault), size=3), Layout(name="top"), Layout(name="bottom"))
    layout["top"].split_row(
        Layout(_box("formulas", _chart(_formulas(frame), half, tall))), Layout(_box("now", _values(frame)))
    )
    layout["bottom"].split_row(
        Layout(_box("loss", _chart(_losses(frame), half, tall))), Layout(_box(*_counts(frame, half, tall)))
    )
    return layout


def _header(frame: Frame, fault: str) -> RenderableType:
    name = Text(plain(frame.run.name, 40), style="bold")
    said = (f"   {plain(fault or trouble(frame), 200)}", "red")
    return Group(
        Text.assemble(name, "   ", in_words(standing(frame))),
        Text.assemble((plain(facts(frame)), "dim"), said, no_wrap=True, overflow="ellipsis"),
    )


def _box(title: str, inside: RenderableType) -> Panel:
    return Panel(inside, title=title, title_align="left", border_style="dim")


def _formulas(frame: Frame) -> list[Curve]:
    return [curve for curve in curves(frame).curves if curve.split in (frame.split, "")]


def _losses(frame: Frame) -> list[Curve]:
    return list(curves(frame, ["loss"]).curves) if "loss" in frame.logs else []


def _chart(shown: list[Curve], width: int, height: int) -> RenderableType:
    drawn = [(i, curve) for i, curve in enumerate(shown) if np.isfinite(curve.values).any()]
    if not drawn:
        return Text("nothing yet", style="dim")
    figure = _figure(width, height)
    values = np.concatenate([curve.values[np.isfinite(curve.values)] for _, curve in drawn])
    bounded = all(curve.high == 1 for _, curve in drawn) and float(values.min()) >= 0
    low, high = (0.0, 1.0) if bounded else (float(values.min()), float(values.max()))
    margin = 0.05 * (high - low) or 0.5
    figure.set_y_limits(low - (0 if bounded else margin), high + (0 if bounded else margin))
    first, last = min(int(curve.epochs[0]) for _, curve in drawn), max(int(curve.epochs[-1]) for _, curve in drawn)
    figure.set_x_limits(first, max(last, first + 1))
    for number, curve in drawn:
        known = np.isfinite(curve.values)
        colour = _rgb(number)
        figure.plot(curve.epochs[known].tolist(), curve.values[known].tolist(), lc=colour)
    names = Text("  ").join(Text(_name(curve, shown), style=_style(i)) for i, curve in drawn)
    return Group(Text.from_ansi(figure.show()), names)


def _figure(width: int, height: int) -> Any:
    figure = plotille.Figure()
    figure.width, figure.height = max(width - 20, 20), max(height - 8, 4)
    figure.color_mode = "rgb"
    figure.x_label, figure.y_label = "epoch", "value"
    figure.register_label_formatter(float, lambda value, chars, delta, left: f"{value:.3g}".rjust(chars)[:chars])
    figure.y_ticks_fkt = lambda low, high: f"{low:.3g}"
    figure.x_ticks_fkt = lambda low, high: f"{low:.0f}" if high - low >= 1 or float(low).is_integer() else ""
    return figure


def _name(curve: Curve, shown: list[Curve]) -> str:
    twins = sum(other.label == curve.label for other in shown) > 1
    return plain(f"{curve.words} {curve.split}" if twins else curve.words, 20)


def _rgb(number: int) -> tuple[int, int, int]:
    text = LIGHT.colour(number + (number >= 6)).lstrip("#")
    return int(text[0:2], 16), int(text[2:4], 16), int(text[4:6], 16)


def _style(number: int) -> str:
    return f"rgb({','.join(map(str, _rgb(number)))})"


def _values(frame: Frame) -> RenderableType:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("formula", "now", "best", "at epoch"):
        table.add_column(name, justify="left" if name == "formula" else "right")
    for curve in [*_formulas(frame), *_losses(frame)]:
        now = curve.at(frame.position) if frame.position >= 0 else np.nan
        row = ("", "") if curve.best is None else (exactly(curve.at(curve.best)), str(curve.epochs[curve.best]))
        split = f" ({curve.split})" if curve.split not in ("", frame.split) else ""
        table.add_row(plain(f"{curve.words}{split}", 24), "" if np.isnan(now) else exactly(now), *row)
    if frame.threshold is not None:
        table.add_row("threshold", f"{frame.threshold:.3f}", "", "")
    return table


def _counts(frame: Frame, width: int, height: int) -> tuple[str, RenderableType]:
    matrix = frame.confusion()
    if matrix is None:
        return "confusion matrix", Text(not_kept(frame) or "none recorded", style="dim")
    if len(matrix) > MOST_CLASSES:
        return "largest confusions", _confusions(frame, matrix, height)
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("true \\ predicted", style="dim")
    for name in frame.classes:
        table.add_column(plain(name, 10), justify="right")
    totals = matrix.sum(axis=1)
    for name, row, total in zip(frame.classes, matrix, totals, strict=True):
        cells = [f"{n:,} {n / total:.0%}" if total and len(matrix) <= 4 else f"{n:,}" for n in row]
        table.add_row(plain(name, 12), *cells)
    return "confusion matrix", Group(table, Text(""), _spark(frame, width))


def _confusions(frame: Frame, matrix: Any, height: int) -> RenderableType:
    wrong = matrix - np.diag(np.diagonal(matrix))
    table = Table("true", "predicted", "samples", box=None, pad_edge=False, header_style="dim")
    for flat in np.argsort(-wrong, axis=None, kind="stable")[: max(height - 5, 3)]:
        true, predicted = np.unravel_index(flat, matrix.shape)
        if wrong[true, predicted]:
            names = frame.classes[int(true)], frame.classes[int(predicted)]
            table.add_row(*(plain(name, 16) for name in names), f"{wrong[true, predicted]:,}")
    return table


def _spark(frame: Frame, width: int) -> RenderableType:
    """The distribution of predicted probabilities, a line a class, high where there are many (by the logarithm)."""
    shown = distribution(frame)
    if shown is None:
        return Text("")
    bars: Callable[[Any], str] = "".join
    lines = []
    top = np.log1p(max(int(max(side.counts.max() for side in shown.sides)), 1))
    for number, side in enumerate(shown.sides):
        levels = np.ceil(np.log1p(side.counts) / top * 8).astype(int)
        line = bars(" ▁▂▃▄▅▆▇█"[level] for level in levels)[: max(width - 18, 10)]
        style = _style(number if side.style is None else side.style)
        lines.append(Text.assemble((plain(side.name, 10).ljust(11), "dim"), (line, style)))
    return Group(*lines, Text(f"{'':11}0{'predicted probability':^{max(min(50, width - 20), 23)}}1", style="dim"))
