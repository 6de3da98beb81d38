"""Arrays that a user has of a point, as they are recorded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .runfile.records import Array


def observed_arrays(given: Mapping[str, Any] | None) -> dict[str, Array]:
    """Copies, float64, by name: what is recorded waits to be merged, and a loop may fill its arrays anew by then."""
    return {name: np.array(values, np.float64) for name, values in (given or {}).items()}
