"""Paired intervals and tests of any formula: against samples drawn one by one, SciPy, and the truth in simulations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest, bootstrap, rankdata

from recorder.runfile import KINDS
from tests.conftest import Effort, later
from viewer.formulas import evaluate, parse_spec
from viewer.statistics.bootstrap import Difference, paired_difference, resamples, share_as_large, swaps
from viewer.statistics.paired import Cells, Scheme, ScoreScheme, cells_of
from viewer.statistics.percentiles import interval

BINARY = Scheme(kind=KINDS["binary"], classes=("no", "yes"), argmax=False)
SHARES = np.array([0.83, 0.02, 0.03, 0.02, 0.02, 0.01, 0.02, 0.05])  # truth x A x B


def values_of(names: Sequence[str], scheme: Any = BINARY) -> Any:
    specs = [parse_spec(name) for name in names]
    return lambda totals: np.array([evaluate(spec, scheme.inputs(totals, {})) for spec in specs])


def cells_with(counts: Any) -> Cells:
    """Eight cells with these counts, in the order of truth, A, B."""
    truth, a, b = (np.repeat(index, counts)[:, None] for index in np.indices((2, 2, 2)).reshape(3, 8))
    return cells_of(BINARY.outcome(truth, a), BINARY.outcome(truth, b), 4)


def samples_with(counts: Any) -> Any:
    return np.array([np.repeat(index, counts) for index in np.indices((2, 2, 2)).reshape(3, 8)])


def compared(counts: Any, *names: str, **options: Any) -> Difference:
    return paired_difference(cells_with(counts), values_of(names), **options)


def test_cells_are_drawn_as_samples_would_be() -> None:
    """The difference of F1 over drawn cells has the quantiles that SciPy's paired bootstrap of the samples has."""
    truth, a, b = samples_with([240, 8, 14, 6, 9, 3, 12, 28])

    def difference(truth: Any, a: Any, b: Any, axis: int) -> Any:
        first, second = (2 * (truth * decided).sum(axis) / (truth + decided).sum(axis) for decided in (a, b))
        return second - first

    expected = bootstrap(
        (truth, a, b),
        difference,
        paired=True,
        vectorized=True,
        n_resamples=10_000,
        method="percentile",
        rng=1,
        batch=500,
    ).confidence_interval
    cells = cells_of(BINARY.outcome(truth[:, None], a[:, None]), BINARY.outcome(truth[:, None], b[:, None]), 4)
    values = values_of(["f1"])
    drawn = [
        values(second) - values(first) for first, second in resamples(cells, 20_000, np.random.default_rng(0), pseudo=0)
    ]
    low, high = interval(np.concatenate(drawn, axis=1), 0.95)
    assert low[0] == pytest.approx(expected.low, abs=0.006)
    assert high[0] == pytest.approx(expected.high, abs=0.006)


def test_scores_are_drawn_as_samples_would_be() -> None:
    """The difference of two areas under ROC has the quantiles that SciPy's paired bootstrap of the samples has."""
    rng, grid = np.random.default_rng(4), np.linspace(0, 1, 101).astype(np.float32)
    truth = (rng.random(400) < 0.3).astype(int)
    first, second = (np.round(np.clip(rng.normal(0.4 + gap * truth, 0.15), 0, 1), 2) for gap in (0.15, 0.2))
    scheme = ScoreScheme(kind=KINDS["binary"], classes=("no", "yes"), thresholds=grid)
    cells = cells_of(*(scheme.outcome(truth[:, None], one[:, None].astype("f4")) for one in (first, second)), 204)
    found = paired_difference(cells, values_of(["roc_auc"], scheme), draws=2000)

    def difference(truth: Any, a: Any, b: Any) -> float:
        ranks = [rankdata(one)[truth == 1].mean() for one in (a, b)]
        return (ranks[1] - ranks[0]) / (truth == 0).sum()

    expected = bootstrap(
        (truth, first, second), difference, paired=True, vectorized=False, n_resamples=2000, method="percentile", rng=1
    ).confidence_interval
    assert found.difference[0] == pytest.approx(difference(truth, first, second))
    assert found.low[0] == pytest.approx(expected.low, abs=0.008)
    assert found.high[0] == pytest.approx(expected.high, abs=0.008)


def test_drawn_again_means_as_many_samples_and_the_same_expectation() -> None:
    """Each resample has as many samples, and on average as many of each outcome."""
    counts = np.array([240, 8, 14, 6, 9, 3, 12, 28])
    cells = cells_with(counts)
    ((a, b),) = resamples(cells, 20_000, np.random.default_rng(0), pseudo=0)
    assert (a.sum(axis=1) == counts.sum()).all()
    for drawn, total in zip((a, b), cells.totals(), strict=True):
        np.testing.assert_allclose(drawn.mean(axis=0), total[0], atol=0.5)


@pytest.mark.parametrize("counts", [[90, 5, 2, 3, 1, 4, 1, 20], [50, 0, 0, 5, 3, 0, 9, 10], [9, 1, 1, 1, 1, 1, 1, 9]])
def test_swapping_outcomes_of_accuracy_is_mcnemars_test(counts: list[int]) -> None:
    """The randomisation test of accuracy gives the exact binomial p-value of the discordant samples."""
    only_a, only_b = counts[1] + counts[6], counts[2] + counts[5]
    found = compared(counts, "accuracy", draws=40_000).p[0]
    assert found == pytest.approx(binomtest(only_a, only_a + only_b).pvalue, abs=0.01)


def test_swaps_keep_the_samples_and_what_both_did_alike() -> None:
    """A swap moves no sample from one true class to another, and A and B together stay what they were."""
    cells = cells_with([90, 5, 2, 3, 1, 4, 1, 20])
    first, second = cells.totals()
    for a, b in swaps(cells, 500, np.random.default_rng(0)):
        np.testing.assert_array_equal(a + b, np.broadcast_to(first + second, a.shape))
        np.testing.assert_array_equal(a[:, 2:].sum(axis=1), np.full(len(a), first[0, 2:].sum()))


def test_draws_in_portions_are_as_many_as_were_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not fit into memory at a time comes in portions; all draws come, and none twice alike."""
    cells = cells_with([90, 5, 2, 3, 1, 4, 1, 20])
    monkeypatch.setattr("viewer.statistics.bootstrap.LARGEST", 80)
    portions = [a for a, _ in resamples(cells, 25, np.random.default_rng(0))]
    assert [len(portion) for portion in portions] == [10, 10, 5]
    assert not np.array_equal(portions[0], portions[1])


def test_the_same_seed_gives_the_same_interval() -> None:
    """Nothing but the seed is left to chance."""
    counts = [90, 5, 2, 3, 1, 4, 1, 20]
    first, again, other = (compared(counts, "f1", seed=seed) for seed in (1, 1, 2))
    assert (first.low, first.high, first.p) == (again.low, again.high, again.p)
    assert first.low != other.low or first.high != other.high


def test_exchanging_a_and_b_turns_the_sign() -> None:
    """B - A is the negative of A - B, and its interval is the mirror image up to the draws."""
    counts = np.array([140, 5, 12, 3, 6, 4, 11, 30])
    there, back = compared(counts, "mcc"), compared(counts[[0, 2, 1, 3, 4, 6, 5, 7]], "mcc")
    assert there.difference == pytest.approx(-back.difference)
    assert there.low == pytest.approx(-back.high, abs=0.02)
    assert there.p == pytest.approx(back.p, abs=0.03)


def test_equal_decisions_differ_by_exactly_nothing() -> None:
    """Where both decide alike the difference is 0, nothing contradicts it, and the interval holds it."""
    found = compared([90, 0, 0, 8, 4, 0, 0, 20], "f1", "accuracy")
    assert (found.difference == 0).all()
    assert (found.p == 1).all()
    assert (found.low <= 0).all()
    assert (found.high >= 0).all()


def test_what_is_undefined_has_no_interval_and_no_test() -> None:
    """Without a predicted positive precision is undefined: NaN, not 0; a formula that is defined stays so."""
    found = compared([90, 0, 0, 0, 10, 0, 0, 0], "precision", "accuracy")
    assert np.isnan([found.a[0], found.low[0], found.high[0], found.p[0]]).all()
    assert np.isfinite([found.a[1], found.low[1], found.high[1], found.p[1]]).all()


def test_a_formula_that_is_undefined_in_many_resamples_has_no_interval() -> None:
    """With one predicted positive a third of the resamples have none; the percentiles of the rest are no interval."""
    found = compared([400, 0, 0, 0, 4, 0, 0, 1], "precision")
    assert np.isnan([found.low[0], found.high[0]]).all()
    assert found.difference[0] == 0


def test_undefined_draws_speak_against_a_finding() -> None:
    """A test counts a draw whose difference is undefined as one that is as large."""
    assert share_as_large(np.array([[np.nan, 0.0, 0.5]]), np.array([0.4]))[0] == pytest.approx(3 / 4)


@pytest.mark.parametrize("formula", ["f1", "tn / (tn + fn)", *later("accuracy", "mcc", "precision")])
def test_an_interval_holds_the_truth_as_often_as_it_says(formula: str) -> None:
    """Of 300 pairs of runs with a known difference, about 95 of 100 intervals hold it."""
    assert covered(formula, SHARES, samples=600, times=300) > 0.92


@pytest.mark.parametrize("formula", ["f1", *later("accuracy", "mcc", "precision")])
def test_false_alarms_are_as_rare_as_the_level_says(formula: str) -> None:
    """Of 400 pairs of runs that are alike, the test finds a difference in about 5 of 100 or fewer."""
    assert alarms(formula, alike(SHARES), samples=400, times=400) < 0.08


@pytest.mark.campaign
@pytest.mark.parametrize("formula", ["accuracy", "f1", "mcc", "precision", "recall", "kappa"])
@pytest.mark.parametrize("samples", [200, 1000, 5000])
@pytest.mark.parametrize("positives", [0.02, 0.1, 0.5])
def test_coverage_and_false_alarms_at_large(formula: str, samples: int, positives: float, effort: Effort) -> None:
    """From few positives to many, intervals of 95% hold the truth in 95 of 100, and 5 alarms are false."""
    if samples * positives < 10:
        pytest.skip("with fewer than ten positives the formulas are undefined in many resamples")
    shares = SHARES.reshape(2, 4) / SHARES.reshape(2, 4).sum(axis=1, keepdims=True)
    shares = (shares * [[1 - positives], [positives]]).ravel()
    times = effort(400, 2000)
    slack = 4 * (0.95 * 0.05 / times) ** 0.5  # standard errors of the simulation
    assert covered(formula, shares, samples=samples, times=times) > 0.95 - slack
    assert alarms(formula, alike(shares), samples=samples, times=times) < 0.05 + slack


@pytest.mark.campaign
def test_an_interval_of_several_classes_holds_the_truth() -> None:
    """Three classes, one of them rare: macro F1 and the multi-class MCC are covered in about 95 of 100."""
    scheme = Scheme(kind=KINDS["multiclass"], classes=("x", "y", "z"), argmax=True)
    shares, rng = three_classes(), np.random.default_rng(5)
    cells = np.indices((3, 3, 3)).reshape(3, 27)
    outcomes = [scheme.outcome(cells[0], cells[which]) for which in (1, 2)]
    values = values_of(["f1@macro", "mcc"], scheme)

    def at(counts: Any) -> Cells:
        return cells_of(*(np.repeat(outcome, counts, axis=0) for outcome in outcomes), 9)

    truth = values(at((shares * 10**6).astype(int)).totals()[1]) - values(at((shares * 10**6).astype(int)).totals()[0])
    held = np.zeros(2)
    for _ in range(200):
        found = paired_difference(at(rng.multinomial(800, shares)), values, draws=300)
        held += (found.low <= truth[:, 0]) & (truth[:, 0] <= found.high)
    assert (held / 200 > 0.9).all()


@pytest.mark.parametrize(("name", "value"), [("level", 1.0), ("draws", 0)])
def test_a_wrong_argument_is_refused(name: str, value: float) -> None:
    """The rule comes first, then what was received."""
    with pytest.raises(ValueError, match=rf"^{name} must be .*\. Received: {value}$"):
        compared([1] * 8, "f1", **{name: value})


def covered(formula: str, shares: Any, *, samples: int, times: int) -> float:
    """In how many of so many simulated pairs the interval holds the true difference."""
    rng, values = np.random.default_rng(11), values_of([formula])
    exact = cells_with(np.round(shares * 10**6).astype(int))
    truth = (values(exact.totals()[1]) - values(exact.totals()[0]))[0, 0]
    found = [compared(rng.multinomial(samples, shares), formula, draws=500) for _ in range(times)]
    return float(np.mean([one.low[0] <= truth <= one.high[0] for one in found]))


def alarms(formula: str, shares: Any, *, samples: int, times: int) -> float:
    """In how many of so many simulated pairs that are alike p is below 0.05."""
    rng = np.random.default_rng(12)
    found = [compared(rng.multinomial(samples, shares), formula, draws=500).p[0] for _ in range(times)]
    return float(np.mean(np.array(found) < 0.05))


def alike(shares: Any) -> Any:
    """The same shares with A and B exchangeable."""
    table = shares.reshape(2, 2, 2)
    return ((table + table.transpose(0, 2, 1)) / 2).ravel()


def three_classes() -> Any:
    """Shares of truth x A x B; B is a little better, and both often err together."""
    prior, right = np.array([0.6, 0.35, 0.05]), (0.75, 0.8)
    shares = np.zeros((3, 3, 3))
    for truth in range(3):
        a, b = ((1 - share) / 2 + (share - (1 - share) / 2) * np.eye(3)[truth] for share in right)
        together = np.diag(np.minimum(a, b))
        rest = np.outer(a - np.minimum(a, b), b - np.minimum(a, b))
        shares[truth] = prior[truth] * (together + (rest / rest.sum() * (1 - together.sum()) if rest.sum() else 0))
    return shares.ravel()
