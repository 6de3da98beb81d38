"""A value of a table of runs in words."""

from __future__ import annotations

from typing import Any

from recorder.runfile.names import shown

from ..counts.bounded import Bounded


def in_words(value: Any) -> str:
    """Numbers in four digits, with how far they may be off; names without what could act on a page or a terminal.

    >>> in_words(0.123456), in_words(12), in_words(None), in_words(["a", 1])
    ('0.1235', '12', '', "['a', 1]")
    """
    if value is None:
        return ""
    if isinstance(value, Bounded):
        return value.text(".4g")
    return f"{value:.4g}" if isinstance(value, float) else shown(str(value))
