"""Numbers in a sentence, for who does not see the picture they are in."""

from __future__ import annotations

import math
from collections.abc import Iterable

MOST = 8  # things that a sentence lists


def brief(value: float) -> str:
    """Three significant digits; `undefined` for NaN."""
    return "undefined" if math.isnan(value) else f"{value:.3g}"


def listed(parts: Iterable[str], most: int = MOST) -> str:
    """The first of them between commas, and how many more there are."""
    found = list(parts)
    more = [f"and {len(found) - most} more"] if len(found) > most else []
    return ", ".join([*found[:most], *more])
