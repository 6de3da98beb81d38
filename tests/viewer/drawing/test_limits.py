"""Ends of axes, and numbers with sensible digits."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from viewer.drawing.limits import Ticks, Wholes, decades, digits, epoch_range, percent, round_up, rounded, value_range

ANY = st.one_of(st.floats(-1e6, 1e6), st.sampled_from([np.nan, np.inf, -np.inf]))


def curve(values: Any, low: float | None = None, high: float | None = None) -> Any:
    """What is asked of a curve."""
    return SimpleNamespace(values=np.array(values, float), low=low, high=high)


@pytest.mark.parametrize(
    ("values", "floor"),
    [([0.2, 0.9], 0.0), ([0.6, 0.7], 0.5), ([0.97, 0.99], 0.95), ([-0.01, 1], -0.05), ([-0.6, 1], -0.75)],
)
def test_an_axis_of_shares_begins_at_a_round_number_and_ends_at_the_top(values: list[float], floor: float) -> None:
    """The next below all values."""
    bottom, top = value_range([curve(values, -1.0, 1.0), curve([np.nan], 0.0, 1.0)])
    margin = 0.02 * (1 - floor)
    assert (bottom, top) == pytest.approx((floor - margin, 1 + margin))


def test_an_axis_of_shares_holds_the_bands() -> None:
    """A band that is cut off shows another lower end than it has."""
    bottom, _ = value_range(
        [curve([0.51, 0.6], 0.0, 1.0)], bands=[(np.array([0.37, np.nan]), np.array([0.64, np.nan]))]
    )
    assert -0.05 < bottom <= 0.37


@given(st.lists(ANY, max_size=15))
def test_an_open_axis_holds_all_values_of_a_short_series(values: list[float]) -> None:
    """But one at either end that lies ten times as far out as the others reach; of none it is 0 to 1."""
    bottom, top = value_range([curve(values)])
    finite = sorted(value for value in values if np.isfinite(value))
    assert bottom < top
    outside = [value for value in finite if not bottom <= value <= top]
    assert finite or (bottom, top) == (0, 1)
    if outside:
        inner = finite[1:-1]
        reach = 10 * (inner[-1] - inner[0])
        assert len(finite) >= 5
        assert set(outside) <= {finite[0], finite[-1]}
        assert all(inner[-1] + reach < value or value < inner[0] - reach for value in outside)


@pytest.mark.parametrize("length", [5, 10, 21, 40])
@pytest.mark.parametrize("curves", [1, 2])
def test_a_value_that_is_far_out_once_leaves_the_axis_to_the_others(length: int, curves: int) -> None:
    """A loss of a million at one epoch, in training and validation, high up or far below; the first losses stay."""
    losses = [2.3, *(0.9 / (1 + epoch) for epoch in range(length - 2))]
    for far in (1e6, -1e6):
        bottom, top = value_range([curve([*losses[:3], far, *losses[3:]])] * curves)
        assert -0.5 < bottom < 0.9 / (length - 2)
        assert 2.3 < top < 4


def test_a_logarithmic_axis_of_nothing_above_zero_has_ends_above_it() -> None:
    """A logarithmic axis refuses 0, and would keep the ends of what was shown before."""
    assert value_range([curve([0.0, np.nan])], log=True)[0] > 0


def test_far_outliers_of_a_long_series_do_not_squeeze_the_rest() -> None:
    """Such as a likelihood ratio where one false positive is left."""
    bottom, top = value_range([curve([*np.linspace(1, 2, 99), 1e6])])
    assert bottom < 1
    assert 2 < top < 4


def test_a_logarithmic_axis_holds_the_positive_values() -> None:
    """The others cannot be drawn."""
    bottom, top = value_range([curve([0.01, 10, -3, 0])], log=True)
    assert 0 < bottom < 0.01
    assert 10 < top < 100


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_an_axis_ends_at_round_numbers_and_is_well_filled(low: float, reach: float) -> None:
    """So that a drag seldom draws it anew, and that it is the same whatever was shown before."""
    bottom, top = rounded(low, low + reach)
    assert bottom <= low
    assert low + reach <= top
    assert 0.75 * (top - bottom) <= reach * (1 + 1e-6)
    assert rounded(low + 0.001 * reach, low + reach)[1] == pytest.approx(top, abs=0.13 * reach)


@given(st.integers(1, 10**6))
def test_lengths_are_rounded_up_to_1_2_or_5_times_a_power_of_ten(length: int) -> None:
    """And never more than two and a half times too long."""
    found = round_up(length)
    assert str(found).rstrip("0") in ("1", "2", "5")
    assert length <= found <= max(2.5 * length, 10)


def test_a_growing_axis_ends_at_what_is_planned() -> None:
    """And holds the last epoch in any case, also of a run of one epoch."""
    assert epoch_range(0, 130, 150)[1] == pytest.approx(149 * 1.02)
    assert epoch_range(0, 130, None)[1] == pytest.approx(130 * 1.02)
    assert epoch_range(0, 99, 50)[1] >= 99
    assert epoch_range(0, 0, None) == epoch_range(0, 0, 100) == (-0.5, 0.5)


@given(st.integers(0, 10**10), st.floats(0.05, 3))
def test_an_axis_of_counts_has_a_number_at_every_decade_that_the_counts_reach(highest: int, inches: float) -> None:
    """As many as there is room for, evenly; the last is the first that no count is above, where each has room."""
    found = decades(highest, inches, 0.16)
    powers = np.log10(found)
    assert found[0] == 1
    assert (np.diff(powers) * inches >= 0.16).all()
    assert len(set(np.round(np.diff(powers)))) <= 1
    if inches >= 0.16:
        assert found[-1] >= highest > found[-1] / 10 or highest <= 1


@given(st.sampled_from([1, 2, 2.5, 5]), st.integers(-3, 3), st.integers(-5, 5))
def test_ticks_are_written_exactly_and_alike(step: float, power: int, start: int) -> None:
    """Read back, they are the places of the ticks; all have the same decimals."""
    places = (start + np.arange(6)) * step * 10.0**power
    assume(step != 2.5 or power > -3)
    ticks = Ticks()
    ticks.set_locs(places)
    words = [ticks(place) for place in places]
    np.testing.assert_allclose([float(word.replace("−", "-")) for word in words], places, atol=1e-12)
    assert len({len(word.partition(".")[2]) for word in words}) == 1


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.12345, "0.123"), (0, "0.000"), (-0.5, "−0.500"), (0.00012, "0.00012"), (123.456, "123.5"),
        (1.5e7, "1.5e+07"), (np.nan, "–"), (np.inf, "∞"), (-np.inf, "−∞"),
    ],
)  # fmt: skip
def test_values_have_sensible_digits(value: float, words: str) -> None:
    """Three decimals, or four digits."""
    assert digits(value) == words


@pytest.mark.parametrize(
    ("share", "words"),
    [(0, "0%"), (1, "100%"), (0.0001, "<0.1%"), (0.9999, ">99.9%"), (0.1234, "12.3%"), (np.nan, "–")],
)
def test_a_share_is_never_nothing_or_all_unless_it_is(share: float, words: str) -> None:
    """Rounding would say so of four samples in ten thousand."""
    assert percent(share) == words


@pytest.mark.parametrize(
    ("ticks", "words"),
    [
        ([0, 2, 4], ["0", "2", "4"]),
        ([0, 2500, 5000, 7500], ["0", "2,500", "5,000", "7,500"]),
        ([0, 20_000, 100_000], ["0", "20k", "100k"]),
        ([9_500, 10_000, 10_500], ["9.5k", "10k", "10.5k"]),
        ([0, 500_000, 1_500_000], ["0", "0.5M", "1.5M"]),
        ([0, 0.5, 1], ["0.0", "0.5", "1.0"]),
    ],
)
def test_large_numbers_of_epochs_and_steps_are_short(ticks: list[float], words: list[str]) -> None:
    """All ticks of an axis in one size; ticks between whole numbers have decimals."""
    write = Wholes()
    write.set_locs(ticks)
    assert [write(tick) for tick in ticks] == words
