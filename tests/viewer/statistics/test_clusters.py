"""Samples in groups: variances against closed forms and brute force, and coverage on data whose errors go together."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from recorder.runfile import KINDS
from viewer.formulas import evaluate, parse_spec
from viewer.statistics.bootstrap import paired_difference, resamples, swaps
from viewer.statistics.clusters import effective_share, totals_of, widened
from viewer.statistics.paired import Scheme, ScoreScheme, cells_of
from viewer.statistics.posterior import credible_band
from viewer.statistics.student import critical

BINARY = Scheme(kind=KINDS["binary"], classes=("no", "yes"), argmax=False)
Arrays = tuple[np.ndarray, np.ndarray, np.ndarray]


def drawn(rng: Any, groups: int, size: int, *, together: float = 1.0) -> Arrays:
    """Group, label and decision of each sample; groups differ in size, in prevalence and in how hard they are."""
    group = np.repeat(np.arange(groups), rng.integers(size // 2, 3 * size // 2 + 1, groups))
    truth = (rng.random(len(group)) < rng.beta(1.2, 2.8, groups)[group]).astype(int)
    hard = rng.normal(0, together, groups)[group]
    return group, truth, ((2 * truth - 1 + hard + rng.normal(0, 1, len(group))) > 0).astype(int)


def share(formula: str, group: Any, truth: Any, decided: Any, weight: Any = None) -> float:
    spec, outcome = parse_spec(formula), BINARY.outcome(truth[:, None], decided[:, None])
    totals = totals_of(outcome, group, 4, 4, weight)
    return effective_share(lambda total: evaluate(spec, BINARY.inputs(total, {})), totals, 0.95)


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 7, 30, 199, 200, 201, 10_000])
@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.999])
def test_quantiles_of_student_are_those_of_scipy(level: float, freedom: int) -> None:
    assert critical(level, freedom) == pytest.approx(stats.t.ppf((1 + level) / 2, freedom), rel=1e-6)


@given(seed=st.integers(0, 10_000), groups=st.integers(3, 40))
def test_the_design_effect_of_accuracy_is_that_of_a_ratio_of_group_totals(seed: int, groups: int) -> None:
    """In closed form: sum of (right - p size)^2 over groups, against p (1 - p) a sample (Cochran 1977)."""
    group, truth, decided = drawn(np.random.default_rng(seed), groups, 60)
    right, size = np.bincount(group, truth == decided), np.bincount(group)
    n = len(group)
    # The middle of the prior of half a sample in each cell.
    p = (right.sum() + 1) / (n + 2)
    clustered = groups / (groups - 1) * ((right - p * size) ** 2).sum()
    independent = n / (n - 1) * (right.sum() * (1 - p) ** 2 + (n - right.sum()) * p**2)
    quantiles = critical(0.95, n - 1) / critical(0.95, groups - 1)
    wanted = min(independent / clustered * quantiles**2, 1)
    assert share("accuracy", group, truth, decided) == pytest.approx(wanted, rel=1e-3)


@pytest.mark.parametrize("count", ["tp", "fp", "tn", "fn"])
@given(seed=st.integers(0, 10_000), groups=st.integers(3, 40))
def test_a_count_tells_as_much_as_its_share_of_the_samples(count: str, seed: int, groups: int) -> None:
    """That it grows with the samples, of which there are as many as there are, sets no groups apart."""
    drawn_samples = drawn(np.random.default_rng(seed), groups, 60)
    of_all = share(f"{count} / (tp + fp + tn + fn)", *drawn_samples)
    assert share(count, *drawn_samples) == pytest.approx(of_all, rel=1e-4)  # what steps of a thousandth leave open


@given(seed=st.integers(0, 10_000), n=st.integers(10, 80))
def test_where_each_sample_is_a_group_of_its_own_nothing_changes(seed: int, n: int) -> None:
    """For any formula: each counts for one, whatever it is called."""
    rng = np.random.default_rng(seed)
    truth, decided = rng.integers(0, 2, (2, n))
    truth[:4], decided[:4] = [0, 1, 0, 1], [0, 1, 0, 1]
    for formula in ("accuracy", "recall", "f1", "mcc", "tp / (tp + fp + 1)"):
        assert share(formula, rng.permutation(n), truth, decided) == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("formula", ["accuracy", "recall", "precision", "f1", "mcc"])
def test_a_band_is_as_wide_as_a_brute_force_bootstrap_of_groups_says(formula: str) -> None:
    group, truth, decided = drawn(np.random.default_rng(5), 150, 30)
    spec, totals = parse_spec(formula), np.zeros((150, 4))
    np.add.at(totals, (group, 2 * truth + decided), 1)
    inputs = BINARY.inputs(totals.sum(axis=0)[None].astype(int), {})
    band = credible_band(spec, inputs, share=np.array([share(formula, group, truth, decided)]))
    rng = np.random.default_rng(0)
    again = totals[rng.integers(0, 150, (4_000, 150))].sum(axis=1)
    low, high = np.percentile(evaluate(spec, BINARY.inputs(again, {})), [2.5, 97.5])
    assert band is not None
    assert band[1][0] - band[0][0] == pytest.approx(high - low, rel=0.08)
    assert band[0][0] == pytest.approx(low, abs=0.1 * (high - low))


def test_one_group_has_no_band_and_a_perfect_classifier_is_as_sure_as_its_groups_are_many() -> None:
    """No mistake in 1,000 pixels of five images says little more than none in five images."""
    truth = np.tile([0, 1], 500)
    assert np.isnan(share("accuracy", np.zeros(1_000, int), truth, truth))
    inputs = BINARY.inputs(np.array([[500, 0, 0, 500]]), {})
    assert np.isnan(credible_band(parse_spec("accuracy"), inputs, share=np.array([np.nan]))).all()
    five = share("accuracy", np.repeat(np.arange(5), 200), truth, truth)
    assert five * 1_000 < 5
    band = credible_band(parse_spec("accuracy"), inputs, share=np.array([five]))
    assert band is not None
    assert band[0][0] < 0.7


def test_groups_without_a_part_in_a_formula_do_not_count_as_groups() -> None:
    """A recall of which two groups have positives is one of two groups, however many others there are."""
    group, truth = np.repeat(np.arange(100), 10), np.zeros(1_000, int)
    truth[:20] = 1
    decided = truth.copy()
    decided[[3, 4, 5, 12]] = 0
    two = share("recall", group[:20], truth[:20], decided[:20])
    assert share("recall", group, truth, decided) == pytest.approx(two, rel=1e-6)
    truth[10:20] = 0
    assert np.isnan(share("recall", group, truth, decided))


def test_weights_that_are_all_equal_change_nothing_and_samples_without_weight_are_not_there() -> None:
    group, truth, decided = drawn(np.random.default_rng(1), 30, 20)
    plain = share("f1", group, truth, decided)
    assert share("f1", group, truth, decided, np.full(len(group), 1.0)) == pytest.approx(plain, rel=1e-9)
    there = np.arange(len(group)) % 3 > 0
    some = share("f1", group[there], truth[there], decided[there])
    assert share("f1", group, truth, decided, there.astype(float)) == pytest.approx(some, rel=1e-9)


def test_counts_that_are_no_ratio_keep_their_scale() -> None:
    """A band of tp lies around the tp that was counted, and is wider than of independent samples."""
    inputs = BINARY.inputs(np.array([[500, 100, 100, 300]]), {})
    whole = credible_band(parse_spec("tp"), inputs)
    tenth = credible_band(parse_spec("tp"), inputs, share=np.array([0.1]))
    assert whole is not None
    assert tenth is not None
    assert tenth[0][0] < whole[0][0] < 300 < whole[1][0] < tenth[1][0]
    assert tenth[1][0] - tenth[0][0] == pytest.approx(np.sqrt(10) * (whole[1][0] - whole[0][0]), rel=0.05)


def auc(truth: np.ndarray, score: np.ndarray) -> float:
    return float(stats.mannwhitneyu(score[truth == 1], score[truth == 0]).statistic) / (
        (truth == 1).sum() * (truth == 0).sum()
    )


def components(group: Any, truth: Any, score: Any) -> tuple[np.ndarray, np.ndarray]:
    """Of each group the sums over its positives and negatives of Obuchowski's components, less the area."""
    area, groups = auc(truth, score), group.max() + 1
    ten = np.array([(np.sign(one - score[truth == 0]) + 1).mean() / 2 for one in score[truth == 1]]) - area
    nil = np.array([(np.sign(score[truth == 1] - one) + 1).mean() / 2 for one in score[truth == 0]]) - area
    return (
        np.bincount(group[truth == 1], ten, groups) / (truth == 1).sum(),
        np.bincount(group[truth == 0], nil, groups) / (truth == 0).sum(),
    )


def test_the_difference_of_two_areas_spreads_as_obuchowski_has_it_for_clusters() -> None:
    """Obuchowski (1997): variances of sums of components of groups, positives and negatives of one group together."""
    rng, groups = np.random.default_rng(3), 120
    group = np.repeat(np.arange(groups), 8)
    truth = rng.integers(0, 2, len(group))
    hard = rng.normal(0, 1, (2, groups))[:, group] + rng.normal(0, 0.7, groups)[group]
    scores = stats.norm.cdf(truth + hard + rng.normal(0, 1, (2, len(group)))).astype(np.float32)
    each = [np.add(*components(group, truth, score)) for score in scores]
    sd = np.sqrt(groups / (groups - 1) * ((each[1] - each[0]) ** 2).sum())
    scheme = ScoreScheme(kind=KINDS["binary"], classes=("no", "yes"), thresholds=np.unique(scores)[::2])
    outcome = [scheme.outcome(truth[:, None], score[:, None]) for score in scores]
    cells, spec = cells_of(*outcome, scheme.outcomes, group), parse_spec("roc_auc")
    found = paired_difference(
        cells, lambda totals: evaluate(spec, scheme.inputs(totals, {}))[None], draws=1_000, seed=1
    )
    assert found.difference[0] == pytest.approx(auc(truth, scores[1]) - auc(truth, scores[0]), abs=2e-3)
    assert found.high[0] - found.low[0] == pytest.approx(2 * critical(0.95, groups - 1) * sd, rel=0.1)


def pair(group: Any, truth: Any, a: Any, b: Any) -> Any:
    each = [BINARY.outcome(truth[:, None], decided[:, None]) for decided in (a, b)]
    return cells_of(*each, 4, group)


def test_whole_groups_are_drawn_again_and_swapped() -> None:
    """Group sizes are powers of seven: what was drawn of each can be read from the total; B is right, A is not."""
    sizes = [1, 7, 49, 343]
    group = np.repeat(np.arange(4), sizes)
    truth = np.ones(len(group), int)
    cells = pair(group, truth, truth * 0, truth)
    assert (cells.groups, cells.samples) == (4, 400)
    for a, b in resamples(cells, 200, np.random.default_rng(0)):
        assert (a[:, 2] == b[:, 3]).all()
        digits = a[:, 2][:, None] // np.array(sizes) % 7
        assert (digits.sum(axis=1) == 4).all()
    for a, b in swaps(cells, 200, np.random.default_rng(0)):
        assert (a + b == [0, 0, 400, 400]).all()
        assert set((a[:, 3][:, None] // np.array(sizes) % 7).ravel().tolist()) == {0, 1}


def test_groups_of_one_sample_are_no_groups_and_one_group_has_no_test() -> None:
    rng = np.random.default_rng(0)
    truth, a, b = rng.integers(0, 2, (3, 60))

    def accuracy(totals: np.ndarray) -> np.ndarray:
        return evaluate(parse_spec("accuracy"), BINARY.inputs(totals, {}))[None]

    plain = paired_difference(pair(None, truth, a, b), accuracy, draws=500)
    apart = paired_difference(pair(rng.permutation(60), truth, a, b), accuracy, draws=500)
    assert (plain.low, plain.high, plain.p) == (apart.low, apart.high, apart.p)
    one = paired_difference(pair(np.zeros(60, int), truth, a, b), accuracy, draws=500)
    assert np.isnan([one.low, one.high, one.p]).all()
    assert one.difference == plain.difference


def test_few_groups_widen_percentiles_as_hesterberg_has_it() -> None:
    """Of ten groups at 95%: percentiles of 0.0086 and 0.9914 (Hesterberg 2015: 2 Phi(-sqrt(n / (n - 1)) t))."""
    wanted = 1 - 2 * stats.norm.cdf(-np.sqrt(10 / 9) * stats.t.ppf(0.975, 9))
    assert widened(0.95, 10) == pytest.approx(wanted, abs=1e-9)
    assert widened(0.95, 100_000) == pytest.approx(0.95, abs=1e-4)


def covered(groups: int, size: int, formula: str, *, runs: int) -> tuple[float, float]:
    """In which share of validation sets the band has the truth: with groups, and without."""
    rng, spec = np.random.default_rng(1), parse_spec(formula)
    whole = np.zeros(4, int)
    for _ in range(20):
        _, truth, decided = drawn(rng, 2_000, size)
        whole += np.bincount(2 * truth + decided, minlength=4)
    value, hits = evaluate(spec, BINARY.inputs(whole[None], {}))[0], np.zeros(2)
    for _ in range(runs):
        group, truth, decided = drawn(rng, groups, size)
        inputs = BINARY.inputs(np.bincount(2 * truth + decided, minlength=4)[None], {})
        for at, own in enumerate((np.array([share(formula, group, truth, decided)]), None)):
            band = credible_band(spec, inputs, share=own)
            assert band is not None
            hits[at] += band[0][0] <= value <= band[1][0]
    return hits[0] / runs, hits[1] / runs


def test_bands_of_groups_have_the_truth_about_as_often_as_they_say() -> None:
    """In 100 validation sets of 40 groups; independent ones have it about half of the time."""
    grouped, apart = covered(40, 30, "f1", runs=100)
    assert grouped >= 0.88
    assert apart <= 0.8
