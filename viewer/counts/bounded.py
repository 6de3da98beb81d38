"""A number that knows how far it may be off."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

OFF = " ±"  # behind the name of a column, for the column that says how far its numbers may be off
MATTERS = 5e-5  # half of the last of four decimals


def exactly(value: float) -> str:
    """A number in four decimals; a `Bounded` in those that are known, with how far it may be off."""
    return value.text() if isinstance(value, Bounded) else f"{value:.4f}"


def with_bounds(columns: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    """Columns of a table; behind one that bins leave open by as much as is shown, `NAME ±` says by how much."""
    found: dict[str, list[Any]] = {}
    for name, values in columns.items():
        found[name] = values
        off = [value.off if isinstance(value, Bounded) else None for value in values]
        if any(by is not None and by >= MATTERS for by in off):
            found[f"{name}{OFF}"] = off
    return found


class Bounded(float):
    """A value, and what it could be at least and at most; all three are alike where it is known exactly.

    Args:
        value: NaN where it is undefined.
        low: the least that is possible.
        high: the greatest.

    >>> Bounded(0.92, 0.894, 0.946).text()
    '0.92 ±0.03'
    >>> Bounded(0.92, 0.92, 0.92).text()
    '0.9200'
    """

    low: float
    high: float

    def __new__(cls, value: float, low: float, high: float) -> Bounded:
        """A float with two attributes."""
        made = super().__new__(cls, value)
        made.low, made.high = low, high
        return made

    def __getnewargs__(self) -> tuple[float, float, float]:  # type: ignore[override] # a float has one
        """What another process makes it of."""
        return float(self), self.low, self.high

    @property
    def off(self) -> float:
        """By how much the value may be off at most; 0 where it is exact or undefined."""
        off = max(self.high - self, self - self.low)
        return off if off > 0 else 0.0

    def text(self, form: str = ".4f", least: float = MATTERS) -> str:
        """As it is shown, with a bound where that is not below what is shown anyway.

        Args:
            form: of the number where it is as good as exact.
            least: the bound from which it matters.
        """
        if not self.off >= least:
            return format(float(self), form)
        digits = max(-math.floor(math.log10(self.off)), 0)
        shown = round(float(self), digits)
        unit = 10.0**-digits
        return f"{shown:.{digits}f} ±{math.ceil((self.off + abs(shown - self)) / unit - 1e-6) * unit:.{digits}f}"


def difference(value: float, other: float) -> float:
    """`value - other`; where one of them is a `Bounded`, with how far both together may be off."""
    if not isinstance(value, Bounded) and not isinstance(other, Bounded):
        return value - other
    (low, high), (least, most) = (
        (one.low, one.high) if isinstance(one, Bounded) else (one, one) for one in (value, other)
    )
    return Bounded(float(value) - float(other), low - most, high - least)
