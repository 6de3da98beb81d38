"""Scores that tests of counts are made of, and their histograms."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from viewer.counts.scores import Scores

Sampled = tuple[np.ndarray, np.ndarray]


def binned(y_true: Any, y_score: Any, thresholds: Any) -> Scores:
    """What would be recorded of these samples."""
    edges = np.asarray(thresholds, np.float32)
    bins = np.searchsorted(edges, np.asarray(y_score, np.float32), side="left")
    counts = [np.bincount(bins[np.asarray(y_true) == side], minlength=len(edges) + 1) for side in (0, 1)]
    return Scores.of_histogram(np.stack(counts), edges)


def floats(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high, width=32, allow_subnormal=False)


@st.composite
def samples(draw: st.DrawFn, *, both: bool = True) -> Sampled:
    """Labels and scores in (0, 1], many of them tied; of both classes unless told otherwise."""
    levels = draw(st.lists(floats(2.0**-20, 1), min_size=1, max_size=8))
    rows = draw(st.lists(st.tuples(st.integers(0, 1), st.sampled_from(levels)), min_size=2, max_size=30))
    truth, scores = np.array([row[0] for row in rows]), np.array([row[1] for row in rows], np.float32)
    if both:
        truth[:2] = 0, 1
    return truth, scores


grids = st.lists(floats(0, 1), min_size=3, max_size=12, unique=True).map(sorted).map(np.float32)
