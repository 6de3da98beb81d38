"""From a threshold to the counts that formulas take."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.runfile import Output
from viewer.run.inputs import edge_of

UNIT = st.integers(0, 4_096).map(lambda number: number / 4_096)  # distances without rounding


@given(st.lists(UNIT, min_size=1, max_size=40, unique=True).map(sorted), UNIT)
def test_the_nearest_recorded_threshold_is_taken(edges: list[float], threshold: float) -> None:
    """It is the one that NumPy finds among all; of two that are as near, the lower."""
    output = Output(name="", kind="binary", classes=["negative", "positive"], thresholds=edges)
    assert edge_of(threshold, output) == np.abs(np.asarray(edges) - threshold).argmin()


@pytest.mark.parametrize("threshold", [-0.1, 1.1, float("nan")])
def test_a_threshold_outside_of_0_and_1_is_refused(threshold: float) -> None:
    """With the rule and what came."""
    output = Output(name="", kind="binary", classes=["negative", "positive"], thresholds=[0.0, 0.5, 1.0])
    with pytest.raises(ValueError, match=r"threshold must be in \[0, 1\]. Received: "):
        edge_of(threshold, output)
