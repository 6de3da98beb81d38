"""Bins by a table are those of a search, of every score and grid."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder import counting
from recorder.bin_table import bin_table
from recorder.device_counters import ScoreRows
from tests.recorder.torch.devices import DEVICES

RNG = np.random.default_rng(11)


def scores_near(edges: np.ndarray) -> np.ndarray:
    """Each edge, the float32 below and above it, scores between, and what is no probability."""
    near = [edges, np.nextafter(edges, np.float32(-np.inf)), np.nextafter(edges, np.float32(np.inf))]
    small = 10.0 ** RNG.uniform(-45, 0, 500)
    odd = [np.nan, -np.nan, np.inf, -np.inf, -0.0, 1e-45, -1e-45, 1.5, -7, 3e38, 1.4, np.nextafter(np.float32(1), 2)]
    return np.concatenate([*near, RNG.random(2_000), small, 1 - small, odd]).astype(np.float32)


def by_numpy(edges: np.ndarray, scores: np.ndarray) -> np.ndarray:
    table = bin_table(edges)
    assert table is not None
    with np.errstate(invalid="ignore", over="ignore"):  # of what is no number, or too large for another one
        return table.bins(scores[:, None], np)[:, 0]


def by_jax(edges: np.ndarray, scores: np.ndarray) -> np.ndarray:
    jax = pytest.importorskip("jax", reason="needs jax")
    table = bin_table(edges)
    assert table is not None
    return np.asarray(jax.jit(lambda each: table.bins(each, jax.numpy))(scores[:, None]))[:, 0]


def by_torch(edges: np.ndarray, scores: np.ndarray) -> np.ndarray:
    torch = pytest.importorskip("torch", reason="needs torch")
    from recorder.torch.bin_table import TensorBinTable

    known = bin_table(edges)
    assert known is not None
    table = TensorBinTable(known)
    found = [table.to(device).bins(torch.from_numpy(scores)[:, None].to(device)).cpu() for device in DEVICES]
    assert all(each.equal(found[0]) for each in found)
    assert all(each.shape == (len(scores), 1) for each in found)
    assert all(each[np.isnan(scores)].eq(len(edges) + 1).all() for each in found)  # of NaN behind all
    return found[-1][:, 0].numpy()


WAYS = {"numpy": by_numpy, "jax": by_jax, "torch": by_torch}
each_way = pytest.mark.parametrize("way", WAYS)


def holds(way: str, grid: np.ndarray) -> bool:
    """Whether there is a table for a grid; where there is, its bins are those of a search."""
    edges = ScoreRows(1, grid).edges
    if bin_table(edges) is None:
        return False
    scores = scores_near(edges)
    found, known = WAYS[way](edges, scores), ~np.isnan(scores)
    np.testing.assert_array_equal(found[known], np.searchsorted(edges, scores[known]))
    assert found.min() >= 0
    assert found[known].max() <= len(edges)
    return True


@each_way
@pytest.mark.parametrize("number", [2, 11, 101, 257])
def test_even_grids(number: int, way: str) -> None:
    """Even steps are near enough to one another that the table serves, whatever the decision threshold."""
    assert holds(way, counting.threshold_grid(np.linspace(0, 1, number), 0.123))


@each_way
@pytest.mark.parametrize("decision", [0.0, 0.3, 0.5, 0.99999, 1.0])
def test_the_default_grid(decision: float, way: str) -> None:
    """The grid that is used unless somebody says otherwise."""
    assert holds(way, counting.threshold_grid(None, decision))


def test_a_crowded_grid_is_searched() -> None:
    """Of edges that lie as close as numbers do there is no table, and the rows search."""
    crowd = np.float32(0.3) + np.arange(200) * np.spacing(np.float32(0.3))
    rows, scores = ScoreRows(1, crowd.astype(np.float32)), np.nextafter(crowd.astype(np.float32), np.float32(1))
    assert rows.table is None
    np.testing.assert_array_equal(rows.bins(scores, np), np.arange(200) + 2)


@each_way
@settings(max_examples=60, deadline=None)
@given(values=st.lists(st.floats(0, 1, width=32), min_size=1, max_size=60, unique=True))
def test_any_grid(values: list[float], way: str) -> None:
    """Whatever the thresholds, denormals among them."""
    holds(way, np.sort(np.abs(np.array(values, np.float32))))
