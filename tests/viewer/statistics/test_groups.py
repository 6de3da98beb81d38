"""Bands of several runs against pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from viewer.statistics.groups import band_of

values = arrays(
    np.float64, st.tuples(st.integers(1, 5), st.integers(1, 6)), elements=st.floats(-9, 9) | st.just(np.nan)
)


@given(rows=values)
def test_mean_and_spread_of_runs_with_the_same_epochs(rows: np.ndarray) -> None:
    """Mean, standard deviation and number are those of pandas, undefined values left out."""
    epochs = np.arange(rows.shape[1])
    band, table = band_of([epochs] * len(rows), list(rows)), pd.DataFrame(rows)
    np.testing.assert_allclose(band.mean, table.mean(), atol=1e-12)
    np.testing.assert_allclose(band.sd, table.std(ddof=1), atol=1e-12)
    np.testing.assert_array_equal(band.n, table.notna().sum())


def test_runs_of_different_speed_are_taken_as_they_stood() -> None:
    """At any time a run has the value that it had last; before its first and after its last it takes no part."""
    band = band_of(
        [np.array([1.0, 4.0]), np.array([2.0, 3.0, 6.0])], [np.array([10.0, 20.0]), np.array([0.0, 2.0, 4.0])]
    )
    assert band.x.tolist() == [1, 2, 3, 4, 6]
    assert band.n.tolist() == [1, 2, 2, 2, 1]
    assert band.mean.tolist() == [10, 5, 6, 11, 4]
    np.testing.assert_allclose(band.sd, [np.nan, np.sqrt(50), np.sqrt(32), np.sqrt(162), np.nan])


def test_no_runs_and_runs_without_epochs_have_no_band() -> None:
    """Nothing to average is an empty band, not an error."""
    assert len(band_of([], []).x) == 0
    assert len(band_of([np.zeros(0)], [np.zeros(0)]).mean) == 0
