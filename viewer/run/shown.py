"""A number in words, for a table that a person reads."""

from __future__ import annotations

from typing import Any

from ..counts.bounded import MATTERS, Bounded


def shown(value: Any) -> str:
    """A number with four digits, or as many as are known, a large one with those before its point; "" for undefined."""
    from ..needs.pandas import pd

    if pd.isna(value):
        return ""
    if isinstance(value, bool):
        return "yes" if value else ""
    if not isinstance(value, float):
        return str(value)
    if isinstance(value, Bounded) and value.off >= MATTERS:
        return value.text()
    return f"{value:.0f}" if 1000 <= abs(value) < 1e6 else f"{value:.4g}"
