"""Holm's correction against statsmodels."""

from __future__ import annotations

import gc
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from viewer.statistics.correction import holm


@settings(max_examples=50)
@given(values=st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_holm_is_that_of_statsmodels(values: list[float]) -> None:
    """Any p-values, ties among them, are corrected as an independent implementation does it."""
    with mock.patch.object(gc, "collect"):  # which it calls each time: long in a process that has much
        expected = multipletests(values, method="holm")[1]
    np.testing.assert_allclose(holm(values), expected, rtol=1e-12)


@given(values=st.lists(st.one_of(st.floats(0, 1), st.just(np.nan)), max_size=12))
def test_what_is_no_test_counts_for_none(values: list[float]) -> None:
    """NaN stays NaN, and the others are corrected as if it were not there."""
    array = np.array(values, float)
    there = np.isfinite(array)
    np.testing.assert_array_equal(holm(array)[there], holm(array[there]))
    assert np.isnan(holm(array)[~there]).all()


def test_what_is_no_probability_is_refused() -> None:
    """The rule comes first, then what was received."""
    with pytest.raises(ValueError, match=r"^p-values must be in \[0, 1\]\. Received: \[0\.5, 1\.5\]$"):
        holm([0.5, 1.5])
