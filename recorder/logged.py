"""The numbers that a training logs: what else a framework hands over is left out, what else a user does is an error."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from .json_values import plain_text


def scalars(logs: Mapping[Any, Any] | None) -> dict[str, float]:
    """Those of the logs that are single real numbers, under names that can be written; the others are left out.

    Args:
        logs: by name, of a framework, a library or another callback.

    >>> scalars({"loss": 0.5, "of classes": [0.1, 0.9], "too large": 10**400, "half a character \\ud800": 1.0})
    {'loss': 0.5}
    """
    found = {}
    for name, value in (logs or {}).items():
        try:
            number, text = _number(value), str.__str__(name) if isinstance(name, str) else str(name)
            text.encode()
        except Exception:  # noqa: BLE001 - somebody else's object may raise anything
            continue
        if number is not None:
            found[text] = number
    return found


def numbers_by_name(what: str, given: Mapping[Any, Any] | None) -> dict[str, float]:
    """What a user gives as numbers by name; an array or a tensor of one number is one.

    Args:
        what: the name of the argument.
        given: by name.

    Raises:
        ValueError: Something else is among them.
    """
    found = {}
    for name, value in by_name(what, "single numbers", given).items():
        try:
            found[name] = float(value.item() if hasattr(value, "item") else value)
        except (TypeError, ValueError, OverflowError, RuntimeError):  # the last of a tensor of several numbers
            raise ValueError(f"{what} must be single numbers by name. Received: {name!r:.60}: {value!r:.200}") from None
    return found


def by_name(what: str, of: str, given: Mapping[Any, Any] | None) -> dict[str, Any]:
    """What a user gives by name, the names as text; raises ValueError where there are none, or none to be written."""
    try:
        items = dict(given or {})
    except (TypeError, ValueError):
        raise ValueError(f"{what} must be {of} by name. Received: {given!r:.200}") from None
    texts = [str(name) if isinstance(name, int) else name for name in items]
    return {plain_text(f"a name in {what}", text): value for text, value in zip(texts, items.values(), strict=True)}


def _number(value: Any) -> float | None:
    """`value` as a float; None where it is of several numbers, or of two parts. Raises whatever it raises."""
    if type(value) is float:  # as nearly all are, each epoch
        return value
    if getattr(value, "ndim", 0) or isinstance(value, complex | np.complexfloating):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as of a masked element, which is NaN
        return float(value)
