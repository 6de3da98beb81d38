"""A curve in a few points."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from viewer.statistics.thinned import POINTS, thinned


@given(npst.arrays(np.float64, st.integers(0, 400), elements=st.floats(allow_nan=True, allow_infinity=True, width=32)))
def test_few_points_keep_the_ends_of_the_range(values: np.ndarray) -> None:
    """Never more than the most; least and greatest stay; nothing is made up; short curves stay as they are."""
    found = thinned(values)
    finite = [float(value) for value in values if np.isfinite(value)]
    known = [value for value in found if value is not None]
    assert len(found) <= POINTS
    assert set(known) <= set(finite)
    assert (min(known, default=0), max(known, default=0)) == (min(finite, default=0), max(finite, default=0))
    assert len(values) > POINTS or len(found) == len(values)


def test_a_gap_stays_a_gap() -> None:
    """Where a stretch has no value, there is none."""
    values = np.concatenate([np.ones(300), np.full(300, np.nan), np.zeros(300)])
    found = thinned(values)
    assert found[:20] == [1.0] * 20
    assert found[21:39] == [None] * 18
    assert found[40:] == [0.0] * 20
