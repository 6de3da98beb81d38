"""Arrays that a user has of a point, as they are recorded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .runfile.records import Array


def observed_arrays(given: Mapping[str, Any] | None) -> dict[str, Array]:
    """Copies, float64, by name: what is recorded waits to be merged, and a loop may fill its arrays anew by then."""
    return {name: np.array(values, np.float64) for name, values in (given or {}).items()}


def numbers(what: str, given: Mapping[str, Any] | None) -> dict[str, float]:
    """Numbers by name, as float.

    Raises:
        ValueError: One of them is none.
    """
    found = {}
    for name, value in (given or {}).items():
        try:
            found[name] = float(value)
        except (TypeError, ValueError, RuntimeError):  # the last of a tensor of several elements
            raise ValueError(f"{what} must be numbers by name. Received: {name!r}: {value!r:.80}") from None
    return found
