"""Where several small plots stand in the place of one panel."""

from __future__ import annotations

from dataclasses import dataclass

from ...drawing.margins import Rect

WIDE, TALL = 2.6, 1.6  # inches of a plot, the larger of which it had better have its share of
NARROWEST, LOWEST = 1.5, 1.05  # inches, below which its numbers have no room


@dataclass(frozen=True, slots=True)
class PlotGrid:
    """So many plots in rows and columns.

    Args:
        plots: that fit; the rest is left out.
        rows: of them.
        columns: of them.
    """

    plots: int
    rows: int
    columns: int

    def places(self, rect: Rect) -> list[Rect]:
        """The part of each in a part of the figure, row by row."""
        left, bottom, width, height = rect
        wide, tall = width / self.columns, height / self.rows
        return [
            (left + number % self.columns * wide, bottom + height - (number // self.columns + 1) * tall, wide, tall)
            for number in range(self.plots)
        ]


def plot_grid(plots: int, wide: float, tall: float) -> PlotGrid:
    """The grid in which plots are largest, of all that have room on so many inches; at least one.

    >>> plot_grid(4, 6.0, 4.0)
    PlotGrid(plots=4, rows=2, columns=2)
    """
    for number in range(plots, 1, -1):
        fitting = [across for across in range(1, number + 1) if _fits(number, across, wide, tall)]
        if fitting:
            columns = max(fitting, key=lambda across: _size(number, across, wide, tall))
            return PlotGrid(number, -(-number // columns), columns)
    return PlotGrid(1, 1, 1)


def _fits(plots: int, columns: int, wide: float, tall: float) -> bool:
    return wide / columns >= NARROWEST and tall / -(-plots // columns) >= LOWEST


def _size(plots: int, columns: int, wide: float, tall: float) -> float:
    return min(wide / columns / WIDE, tall / -(-plots // columns) / TALL)
