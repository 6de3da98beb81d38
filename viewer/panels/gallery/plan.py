"""Where the tiles of a gallery stand."""

from __future__ import annotations

from dataclasses import dataclass

from ...drawing.margins import line_height

LINE = line_height()
WIDE, APART, CURVE = 1.35, 0.16, 0.26  # inches of a tile at least, between two, and of its curve
LARGEST, LEAST = 1.5, 0.35  # inches of a picture


@dataclass(frozen=True, slots=True)
class Plan:
    """Where the tiles are, in inches.

    Args:
        columns: of tiles.
        rows: of tiles.
        wide: a tile.
        tall: a tile, with the room between two.
        picture: how tall a picture is; 0 where there are none.
    """

    columns: int
    rows: int
    wide: float
    tall: float
    picture: float

    @property
    def tiles(self) -> int:
        """How many there are."""
        return self.columns * self.rows

    def corner(self, number: int) -> tuple[float, float]:
        """Of a tile: inches from the left and from the top."""
        return number % self.columns * (self.wide + APART), number // self.columns * self.tall


def plan_of(inches: tuple[float, float], lines: int, *, pictures: bool) -> Plan:
    """As many tiles as there is room for.

    Args:
        inches: width and height of the room.
        lines: of words on a tile.
        pictures: whether tiles have any.

    >>> plan = plan_of((3.0, 4.6), 2, pictures=True)
    >>> plan.columns, plan.rows
    (2, 2)
    """
    across, up = inches
    columns = max(int((across + APART) / (WIDE + APART)), 1)
    wide = max((across + APART) / columns - APART, 0.1)
    words = lines * LINE + CURVE + APART
    picture = min(wide, LARGEST) if pictures else 0.0
    rows = max(int(up / (words + picture)), 1)
    if pictures:
        picture = min(max(up / rows - words, LEAST if up > words + LEAST else 0.0), wide, 2 * LARGEST)
    return Plan(columns, rows, wide, words + picture, picture)
