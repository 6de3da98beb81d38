"""The numbers among what a training logs: whatever else stands in those of a framework costs nobody an epoch."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np


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


def numbers(what: str, given: Mapping[str, Any] | None) -> dict[str, float]:
    """Numbers by name, as float.

    Raises:
        ValueError: One of them is none.
    """
    found = {}
    for name, value in (given or {}).items():
        try:
            found[name] = float(value)
        except Exception:  # noqa: BLE001 - somebody else's object may raise anything
            raise ValueError(f"{what} must be numbers by name. Received: {name!r}: {value!r:.80}") from None
    return found


def _number(value: Any) -> float | None:
    """`value` as a float; None where it is of several numbers, or of two parts. Raises whatever it raises."""
    if getattr(value, "ndim", 0) or isinstance(value, complex | np.complexfloating):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as of a masked element, which is NaN
        return float(value)
