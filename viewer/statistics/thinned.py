"""A curve in a few points, for a picture of a few letters' size."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

POINTS = 60


def thinned(values: npt.NDArray[np.float64], most: int = POINTS) -> list[float | None]:
    """At most so many values, evenly apart; of each stretch the least and the greatest, so that no peak is lost.

    Args:
        values: float64 [epochs].
        most: an even number, 4 or more.

    Returns:
        The values in their order, None where a stretch has none: a gap.

    >>> thinned(np.array([0.0, 5.0, 1.0, 1.0, np.nan, np.nan, 3.0, 2.0]), 4)
    [0.0, 5.0, 3.0, 2.0]
    """
    if len(values) <= most:
        return [float(value) if np.isfinite(value) else None for value in values]
    found: list[float | None] = []
    for stretch in np.array_split(values, most // 2):
        finite = np.flatnonzero(np.isfinite(stretch))
        if len(finite):
            ends = {int(finite[stretch[finite].argmin()]), int(finite[stretch[finite].argmax()])}
            pair = [float(stretch[place]) for place in sorted(ends)]
            found += pair if len(pair) == 2 else pair * 2
        else:
            found += [None, None]
    return found
