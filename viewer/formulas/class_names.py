"""One way to name a class: by its number or by its name."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral

from recorder.runfile.names import listed

from .registry import FormulaError

RULE = "label must be one of {classes}, or its number"
AVERAGE = "average must be macro, micro, weighted or one of {classes}"


def class_index(given: int | str, classes: Sequence[str], rule: str = RULE) -> int:
    """The number of a class that is given by its name or its number; where classes are named `0`, `1`, the name counts.

    Args:
        given: `"cat"`, `2` or `"2"`.
        classes: names.
        rule: what the error says; `{classes}` stands for their names.

    Raises:
        FormulaError: There is none.
    """
    if isinstance(given, str) and given in classes:
        return list(classes).index(given)
    number = (
        int(given)
        if isinstance(given, Integral) or (isinstance(given, str) and given.isdecimal() and len(given) < 10)
        else -1
    )
    if 0 <= number < len(classes):
        return number
    raise FormulaError(f"{rule.format(classes=listed(classes))}. Received: {given!r}")
