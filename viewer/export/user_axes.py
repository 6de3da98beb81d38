"""How much of somebody's figure a panel may take that is drawn on axes of theirs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ..drawing.margins import MARGINS, Rect

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NEAR = 1e-6  # of a figure, by which axes may overlap
_BOX = "_epochreel_box"  # an attribute of axes: where their owner has put them, or None of those that a panel has made


def inches_of(figure: Any) -> tuple[float, float]:
    """Width and height of a figure, or of a part of one."""
    wide, tall = figure.bbox.size / figure.dpi
    return float(wide), float(tall)


def room_of(ax: Axes) -> Rect:
    """The part of the figure around axes that is theirs, as fractions of it.

    It reaches as far as the usual margins of a panel do, and no farther than its share of the gap to other axes, and
    the figure's edge. A layout engine (constrained, tight) is asked once and then let go, as a panel with its names
    and lists would be moved about by it.

    """
    figure: Any = ax.figure
    inches = inches_of(figure)
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(_root(figure))
        _root(figure).set_layout_engine("none")
    for axes in figure.axes:
        if not hasattr(axes, _BOX):
            setattr(axes, _BOX, axes.get_position(original=True).extents)
    mine = getattr(ax, _BOX)
    others = [getattr(axes, _BOX) for axes in figure.axes if axes is not ax and getattr(axes, _BOX) is not None]
    left, right = _reach(mine, others, 0, ("left", "right"), inches[0])
    bottom, top = _reach(mine, others, 1, ("bottom", "top"), inches[1])
    return left, bottom, right - left, top - bottom


def belongs(axes: Iterable[Axes]) -> None:
    """These are a panel's own, and no neighbours of other axes."""
    for one in axes:
        setattr(one, _BOX, None)


def _reach(
    mine: Sequence[float], others: Sequence[Sequence[float]], across: int, sides: tuple[str, str], inches: float
) -> tuple[float, float]:
    """From where to where it may reach, in one direction: 0 across, 1 up."""
    start, stop, beside = across, across + 2, 1 - across
    level = [one for one in others if one[beside] < mine[beside + 2] - NEAR and one[beside + 2] > mine[beside] + NEAR]
    before = max((one[stop] for one in level if one[stop] <= mine[start] + NEAR), default=None)
    behind = min((one[start] for one in level if one[start] >= mine[stop] - NEAR), default=None)
    low, high = (MARGINS[side] / inches for side in sides)
    share = low / (low + high)
    least = 0.0 if before is None else mine[start] - share * (mine[start] - before)
    most = 1.0 if behind is None else mine[stop] + (1 - share) * (behind - mine[stop])
    return max(mine[start] - low, least), min(mine[stop] + high, most)


def _root(figure: Any) -> Any:
    """The figure that a part of one is of."""
    while figure.figure is not None and figure.figure is not figure:
        figure = figure.figure
    return figure
