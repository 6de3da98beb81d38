"""How a confusion matrix of so many classes fits into its cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ...drawing.margins import MARGINS, elide, line_height, width

SIZES = {2: (11, 10, 9, 8, 7), 1: (10, 9, 8, 7, 6)}  # points of the numbers, by lines
NAME = 7.5  # points of the names
TIGHT = 0.85  # of a line's height that names may be apart
EDGE, AXIS, NUMBER = 0.15, 0.34, 0.14  # inches at the right, for the label of an axis, and for a number below it
LIST_WIDTH, LIST_LINES, LIST_SIZE = 2.3, 4, 8.0  # of the list of confusions: inches beside the image, lines below it
LARGEST_SHARE = 0.3  # of the cell that names may take
MOST_BESIDE = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is written where.

    Args:
        left: inches left of the image.
        right: inches right of it.
        bottom: inches below it.
        across: names along it, empty where they do not fit.
        upright: those names stand upright.
        down: names beside it, empty where they do not fit; there are none across then either.
        size: points of the numbers.
        lines: 2 for count and share, 1 for the count, 0 where neither fits.
        listed: how many of the largest confusions are named.
        beside: they stand beside the image, not below it.
    """

    left: float
    right: float
    bottom: float
    across: tuple[str, ...] = ()
    upright: bool = False
    down: tuple[str, ...] = ()
    size: float = 8.0
    lines: int = 0
    listed: int = 0
    beside: bool = False


def plan(names: Sequence[str], largest: int, cell: tuple[float, float]) -> Plan:
    """The plan for classes of these names in a cell.

    Args:
        names: of the classes.
        largest: the largest number that may have to be written.
        cell: inches across and up.
    """
    tight = _placed(names, cell)
    tall, wide = cell[1] - MARGINS["top"] - tight.bottom, cell[0] - tight.left - tight.right
    size, lines = _numbers(largest, wide / len(names), tall / len(names))
    if lines:
        return replace(tight, size=size, lines=lines)
    if wide - LIST_WIDTH >= 1.8:
        listed = min(int(tall / line_height(LIST_SIZE)) - 1, MOST_BESIDE)
        return replace(_placed(names, cell, beside=LIST_WIDTH), listed=listed, beside=True)
    listed = LIST_LINES if tall > 1.6 else 2
    return replace(_placed(names, cell, below=(listed + 1) * line_height(LIST_SIZE)), listed=listed)


def _placed(names: Sequence[str], cell: tuple[float, float], *, beside: float = 0.0, below: float = 0.0) -> Plan:
    """Margins and names, with room for a list beside or below.

    Names across need room at the bottom, which the names beside the rows must leave them: else there are none across,
    and none at all where the rows are too low for names even so.
    """
    right, bottom, least = EDGE + beside, AXIS + NUMBER + below, line_height(NAME) * TIGHT * len(names)
    high = cell[1] - MARGINS["top"]
    down = tuple(elide(name, LARGEST_SHARE * cell[0], NAME) for name in names)
    left = AXIS + max(map(width, down))
    across, upright = _across(names, cell[0] - left - right, LARGEST_SHARE * cell[1] - 0.1)
    deep = bottom + (max(map(width, across)) - NUMBER if upright and across else 0.0)
    if across and high - deep >= least:
        return Plan(left=left, right=right, bottom=deep, across=across, upright=upright, down=down)
    if high - bottom >= least:
        return Plan(left=left, right=right, bottom=bottom - NUMBER, down=down)
    return Plan(left=AXIS + width(str(len(names)), NAME), right=right, bottom=bottom)


def _across(names: Sequence[str], wide: float, deep: float) -> tuple[tuple[str, ...], bool]:
    """Names along so many inches, and whether they stand upright, as deep as they may be; none where they do not fit.

    Those that lie have air between them; those that stand may be as close as lines.
    """
    column = wide / len(names)
    if max(map(width, names)) + 0.08 <= column:
        return tuple(names), False
    fits = column >= line_height(NAME) * TIGHT
    return tuple(elide(name, deep, NAME) for name in names) if fits else (), True


def _numbers(largest: int, column: float, row: float) -> tuple[float, int]:
    count = f"{largest:,}"
    for lines, widest in ((2, max(count, "99.9%", key=width)), (1, count)):
        for size in SIZES[lines]:
            if width(widest, size) + 0.05 <= column and lines * 1.2 * size / 72 + 0.03 <= row:
                return size, lines
    return 0.0, 0
