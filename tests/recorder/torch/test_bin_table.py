"""Bins by a table are those of a search, of every score and grid."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder import counting
from recorder.device_counters import ScoreRows

torch = pytest.importorskip("torch", reason="needs torch")

from recorder.torch.bin_table import BinTable  # noqa: E402

from .devices import DEVICES  # noqa: E402

RNG = np.random.default_rng(11)


def scores_near(edges: np.ndarray) -> np.ndarray:
    """Each edge, the float32 below and above it, scores between, and what is no probability."""
    near = [edges, np.nextafter(edges, np.float32(-np.inf)), np.nextafter(edges, np.float32(np.inf))]
    small = 10.0 ** RNG.uniform(-45, 0, 500)
    odd = [np.nan, -np.nan, np.inf, -np.inf, -0.0, 1e-45, -1e-45, 1.5, -7, 3e38, 1.4, np.nextafter(np.float32(1), 2)]
    return np.concatenate([*near, RNG.random(2_000), small, 1 - small, odd]).astype(np.float32)


def holds(grid: np.ndarray) -> bool:
    """Whether the table is of use for a grid; where it is, its bins are those of a search."""
    edges = np.append(ScoreRows(1, grid).edges, np.float32(np.inf))
    table, scores = BinTable(torch.from_numpy(edges)), scores_near(edges)
    if table.useful:
        for device in DEVICES:
            got = table.to(device).bins(torch.from_numpy(scores)[:, None].to(device))
            assert got.shape == (len(scores), 1)
            np.testing.assert_array_equal(got[:, 0].cpu().numpy(), np.searchsorted(edges, scores))
    return table.useful


@pytest.mark.parametrize("number", [2, 11, 101, 257])
def test_even_grids(number: int) -> None:
    """Even steps are near enough to one another that the table serves, whatever the decision threshold."""
    assert holds(counting.threshold_grid(np.linspace(0, 1, number), 0.123))


@pytest.mark.parametrize("decision", [0.0, 0.3, 0.5, 0.99999, 1.0])
def test_the_default_grid(decision: float) -> None:
    """The grid that is used unless somebody says otherwise."""
    assert holds(counting.threshold_grid(None, decision))


def test_a_crowded_grid_is_searched() -> None:
    """Of edges that lie as close as numbers do, the table says that it is of no use."""
    crowd = np.float32(0.3) + np.arange(200) * np.spacing(np.float32(0.3))
    assert not holds(crowd.astype(np.float32))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 1, width=32), min_size=1, max_size=60, unique=True))
def test_any_grid(values: list[float]) -> None:
    """Whatever the thresholds, denormals among them."""
    holds(np.sort(np.abs(np.array(values, np.float32))))
