"""Arrays that a user has of a point, as they are recorded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .logged import by_name
from .runfile.records import Array


def observed_arrays(given: Mapping[str, Any] | None) -> dict[str, Array]:
    """Copies, float64, by name: what is recorded waits to be merged, and a loop may fill its arrays anew by then.

    Raises:
        ValueError: Something else is among them.
    """
    found = {}
    for name, values in by_name("observed", "arrays of numbers", given).items():
        try:
            found[name] = np.array(values, np.float64)
        except (TypeError, ValueError, OverflowError):
            raise ValueError(
                f"observed must be arrays of numbers by name. Received: {name!r:.60}: {values!r:.200}"
            ) from None
    return found
