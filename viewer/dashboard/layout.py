"""Layouts as text: `curves:f1,mcc curves:loss / scores pr matrix`."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from ..formulas import split_formulas
from ..panels.base import PanelError

DEFAULTS = {
    "counts": "curves[5] matrix[4] / curves:loss[5] status[4]",
    "logs": "logs[7] status[3]",
}
NARROWEST, LOWEST = 1.5, 1.3  # inches of a panel, in which its labels have room
LONGEST = 10_000  # characters
_WIDTH = re.compile(r"(.*)\[(\d+(?:\.\d+)?)\]")


@dataclass(frozen=True, slots=True)
class Place:
    """A panel in a layout.

    Args:
        name: of the panel.
        words: what stands behind its colon, split at commas outside of parentheses and quotes.
        width: share of its row.
        run: number of the run it shows, from 1, where several are looked at; None for the one in focus.
    """

    name: str
    words: tuple[str, ...] = ()
    width: float = 1.0
    run: int | None = None


def parse_layout(text: str) -> list[list[Place]]:
    """Rows of panels.

    Rows stand between slashes with space around them, panels between spaces; `name:words`, words between commas,
    quoted where they hold spaces (`curves:'tn / (tn + fn)',f1`); `[2]` behind a panel doubles its width; `scores@2` is
    of the second of several runs.

    Raises:
        PanelError: It is too long, a row is empty, a quotation is not closed, a width is 0, or a run has no number.
    """
    if len(text) > LONGEST:
        raise PanelError(f"a layout must have at most {LONGEST} characters. Received: {len(text)}")
    try:
        tokens = shlex.split(text)
    except ValueError as error:
        raise PanelError(f"a layout must close its quotations. Received: {text!r} ({error})") from error
    rows: list[list[Place]] = [[]]
    for token in tokens:
        if token == "/":
            rows.append([])
        else:
            rows[-1].append(_place(token))
    if not all(rows):
        raise PanelError(f"a layout must have a panel in each row, rows between ' / '. Received: {text!r}")
    return rows


def broken(rows: Sequence[Sequence[Place]], inches: tuple[float, float]) -> list[Sequence[Place]]:
    """The rows as they fit: one with a panel narrower than `NARROWEST` becomes two, while all stay `LOWEST` high.

    Args:
        rows: as `parse_layout` gives them; the panels keep their order.
        inches: width and height of the room for all rows.
    """
    width, height = inches
    found = list(rows)
    while height / (len(found) + 1) >= LOWEST:
        at = next((at for at, row in enumerate(found) if len(row) > 1 and _narrowest(row, width) < NARROWEST), None)
        if at is None:
            break
        half = (len(found[at]) + 1) // 2
        found[at : at + 1] = [found[at][:half], found[at][half:]]
    return found


def _narrowest(row: Sequence[Place], width: float) -> float:
    """Inches of the narrowest panel of a row."""
    return width * min(place.width for place in row) / sum(place.width for place in row)


def _place(token: str) -> Place:
    match = _WIDTH.fullmatch(token)
    name, width = (match[1], float(match[2])) if match else (token, 1.0)
    if width <= 0:
        raise PanelError(f"the width of a panel must be above 0. Received: {token!r}")
    name, colon, rest = name.partition(":")
    words = tuple(split_formulas(rest)) if colon else ()
    name, at, number = name.partition("@")
    if at and (not number.isdecimal() or number == "0"):
        raise PanelError(f"the run of a panel must be a number from 1, as in scores@2. Received: {token!r}")
    return Place(name, words, width, int(number) if at else None)
