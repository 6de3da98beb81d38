"""McNemar's exact test against SciPy and statsmodels, and its rate of false alarms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest, norm
from statsmodels.stats.contingency_tables import mcnemar as by_statsmodels

from viewer.statistics.mcnemar import grouped_mcnemar, mcnemar

counts = st.integers(0, 400)


@given(only_a=counts, only_b=counts)
def test_p_is_that_of_the_exact_binomial_test(only_a: int, only_b: int) -> None:
    """Two independent implementations give the same p-value for any two counts."""
    found = mcnemar(only_a, only_b).p
    n = only_a + only_b
    assert found == pytest.approx(binomtest(only_a, n, 0.5).pvalue if n else 1.0, rel=1e-9)
    table = [[7, only_a], [only_b, 5]]
    assert found == pytest.approx(by_statsmodels(table, exact=True).pvalue if n else 1.0, rel=1e-9)


@given(only_a=counts, only_b=counts)
def test_mid_p_counts_half_of_what_was_seen(only_a: int, only_b: int) -> None:
    """Mid-p is the exact p-value less the probability of the observed count, half of it where the counts are equal."""
    found = mcnemar(only_a, only_b)
    seen = binom.pmf(only_a, only_a + only_b, 0.5)
    assert found.mid_p == pytest.approx(found.p - seen * (0.5 if only_a == only_b else 1), abs=1e-12)


def test_millions_of_discordant_samples_do_not_overflow() -> None:
    """Counts of a large data set give what the normal approximation of SciPy's binomial gives."""
    assert mcnemar(1_000_000, 1_003_000).p == pytest.approx(binomtest(1_000_000, 2_003_000, 0.5).pvalue, rel=1e-6)


def test_false_alarms_stay_below_the_level() -> None:
    """Of two runs that are equally good the exact test finds a difference in at most 5 of 100, mid-p in nearly 5."""
    rng = np.random.default_rng(3)
    found = [mcnemar(*rng.multinomial(400, [0.03, 0.03, 0.94])[:2].tolist()) for _ in range(4000)]
    assert np.mean([test.p < 0.05 for test in found]) < 0.05
    assert 0.03 < np.mean([test.mid_p < 0.05 for test in found]) < 0.06


def test_a_negative_count_is_refused() -> None:
    """The rule comes first, then what was received."""
    with pytest.raises(ValueError, match=r"^counts must be 0 or more\. Received: -1, 3$"):
        mcnemar(-1, 3)


@given(ahead=st.lists(st.integers(-4, 4), max_size=12), doubled=st.booleans())
def test_of_groups_p_is_the_share_of_all_ways_to_sign_them(ahead: list[int], doubled: bool) -> None:
    """One by one; of more groups than are gone through (here by an equal pair of each) by the counts of sums."""
    groups = np.array(ahead * (2 if doubled else 1), np.int64)
    found, seen = grouped_mcnemar(groups), abs(int(groups.sum()))
    sums = {0: 1}
    for size in groups.tolist():
        signed: dict[int, int] = {}
        for total, times in sums.items():
            for now in (total + size, total - size):
                signed[now] = signed.get(now, 0) + times
        sums = signed
    ways = sum(sums.values())
    assert found.p == pytest.approx(sum(times for total, times in sums.items() if abs(total) >= seen) / ways, abs=1e-12)
    half = sum(times for total, times in sums.items() if abs(total) == seen) / ways / 2
    assert found.mid_p == pytest.approx(found.p - half, abs=1e-12)


@given(only_a=counts, only_b=counts)
def test_of_groups_of_one_sample_it_is_the_test_of_samples(only_a: int, only_b: int) -> None:
    found = grouped_mcnemar(np.repeat([1, -1, 0], [only_a, only_b, 5]))
    wanted = mcnemar(only_a, only_b)
    assert (found.p, found.mid_p) == pytest.approx((wanted.p, wanted.mid_p), abs=1e-12)


def test_of_many_groups_it_is_the_test_of_durkalski_and_others() -> None:
    """(sum d)^2 / sum d^2 against chi-squared with one degree of freedom; so is what is too large to be counted out."""
    rng = np.random.default_rng(0)
    for size, groups in ((3, 4_000), (10**6, 400)):
        ahead = rng.integers(-size, size + 1, groups)
        z = abs(ahead.sum()) / np.sqrt((ahead.astype(float) ** 2).sum())
        assert grouped_mcnemar(ahead).p == pytest.approx(2 * norm.sf(z), abs=0.01)


def test_alike_classifiers_of_grouped_samples_differ_by_chance_in_one_of_twenty_tests() -> None:
    """A and B are right equally often, and their errors go together in a group: one by one they seem to differ."""
    rng, runs, found = np.random.default_rng(4), 400, np.zeros(2)
    for _ in range(runs):
        chance = 1 / (1 + np.exp(-rng.normal(0.5, 1.5, (2, 30))))
        right = rng.random((2, 30, 20)) < chance[..., None]
        only_a, only_b = (right[0] & ~right[1]).sum(), (right[1] & ~right[0]).sum()
        ahead = right[0].sum(axis=1) - right[1].sum(axis=1)
        found += grouped_mcnemar(ahead).p < 0.05, mcnemar(int(only_a), int(only_b)).p < 0.05
    assert found[0] / runs == pytest.approx(0.05, abs=0.033)
    assert found[1] / runs > 0.3
