"""McNemar's exact test against SciPy and statsmodels, and its rate of false alarms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest
from statsmodels.stats.contingency_tables import mcnemar as by_statsmodels

from viewer.statistics.mcnemar import mcnemar

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
