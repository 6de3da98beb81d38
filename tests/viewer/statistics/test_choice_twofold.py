"""What a choice is worth on samples that had no part in it: the splits, and that they tell the truth."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from recorder.counting import samples_of, tally_arrays
from recorder.outputs import output_for
from recorder.runfile import Samples, four_counts
from viewer.statistics.choice import Choice, choice_of
from viewer.statistics.goal import Goal
from viewer.statistics.picking import pick, preference
from viewer.statistics.scored import Scored, scored_of
from viewer.statistics.twofold import _halves_of_groups, assess

GRID = np.linspace(0, 1, 41).astype(np.float32)


def predictions(seed: int, *, samples: int, epochs: int, distance: float = 1.5) -> tuple[np.ndarray, np.ndarray]:
    """Labels, a tenth positive, and scores of epochs that are all worth the same: normal, so far apart, squeezed."""
    rng = np.random.default_rng(seed)
    truth = np.arange(samples) % 10 == 0
    z = rng.normal(size=(epochs, samples)) + distance * truth
    return truth, stats.norm.cdf(z / 2).astype(np.float32)


def scored(truth: np.ndarray, score: np.ndarray) -> Scored:
    bins = np.searchsorted(GRID, score, side="left").astype(np.int32)
    return Scored(epochs=np.arange(len(score)), positive=truth, bins=bins, thresholds=GRID)


def counts(truth: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, ...]:
    called = score[:, None, :] > GRID[:, None]
    return tuple(
        (side & mask).sum(axis=-1)
        for side, mask in ((called, truth), (called, ~truth), (~called, ~truth), (~called, truth))
    )


def test_each_half_chooses_for_the_other() -> None:
    """Redone sample by sample with the same random numbers: same choices, same counts, same share of met conditions."""
    truth, score = predictions(3, samples=61, epochs=4)
    goal = Goal(precision=0.4)
    found = assess(goal, scored(truth, score), near=0.5, repeats=6, seed=11)
    rng, order = np.random.default_rng(11), preference(GRID, 0.5)
    for repeat in range(6):
        half = np.zeros(61, bool)
        for side in (np.flatnonzero(~truth), np.flatnonzero(truth)):
            half[rng.permutation(side)[: (len(side) + rng.integers(2)) // 2]] = True
        assert abs(int((half & truth).sum()) * 2 - truth.sum()) <= 1
        total = np.zeros(4, int)
        for at, (one, other) in enumerate(((half, ~half), (~half, half))):
            best = pick(goal, counts(truth[one], score[:, one]), order)
            assert (found.epoch[repeat, at], found.threshold[repeat, at]) == (best.epoch, best.threshold)
            cells = [count[best.epoch, best.threshold] for count in counts(truth[other], score[:, other])]
            assert found.met[repeat, at] == (cells[0] >= 0.4 * (cells[0] + cells[1]) and cells[0] + cells[1] > 0)
            total += cells
        assert [int(count[repeat]) for count in found.counts] == total.tolist()
        assert total.sum() == found.samples == 61


def test_the_seed_decides_the_splits() -> None:
    """The same seed gives the same assessment, another one another."""
    data = scored(*predictions(1, samples=200, epochs=3))
    first, again, other = (assess(Goal(), data, near=0.5, repeats=3, seed=seed) for seed in (1, 1, 2))
    assert [count.tolist() for count in first.counts] == [count.tolist() for count in again.counts]
    assert [count.tolist() for count in first.counts] != [count.tolist() for count in other.counts]


@pytest.fixture(scope="module")
def simulated() -> list[tuple[Choice, float]]:
    """Choices for F1 among 40 equally good epochs, and what each is worth where the samples were drawn from."""
    found = []
    for seed in range(120):
        truth, score = predictions(seed, samples=300, epochs=40, distance=1.5)
        data, numbers = scored(truth, score), np.arange(40)
        choice = choice_of(Goal(), counts(truth, score), GRID, numbers, scored=data, repeats=4, seed=seed)
        z = 2 * stats.norm.ppf(choice.threshold)
        tp, fp = 0.1 * stats.norm.sf(z - 1.5), 0.9 * stats.norm.sf(z)
        found.append((choice, 2 * tp / (tp + fp + 0.1)))
    return found


def test_the_assessment_is_nearly_unbiased_where_the_figure_of_the_choice_is_not(
    simulated: list[tuple[Choice, float]],
) -> None:
    """The best F1 of many flatters by more than 0.1; the assessment errs by less than a seventh of that."""
    worth = np.array([value for _, value in simulated])
    flattering = np.array([choice.measures["F1"].value for choice, _ in simulated]) - worth
    honest = np.array([choice.assessment.measures["F1"].value for choice, _ in simulated if choice.assessment]) - worth
    assert flattering.mean() > 0.1
    assert abs(honest.mean()) < flattering.mean() / 7


def test_the_interval_of_the_assessment_covers_where_that_of_the_choice_does_not(
    simulated: list[tuple[Choice, float]],
) -> None:
    """Of the 95% intervals of F1, nine in ten assessed ones hold what the choice is worth; few flattering ones do."""
    flattering = [choice.measures["F1"].low <= worth <= choice.measures["F1"].high for choice, worth in simulated]
    assessed = [(choice.assessment.measures["F1"], worth) for choice, worth in simulated if choice.assessment]
    honest = [estimate.low <= worth <= estimate.high for estimate, worth in assessed]
    assert np.mean(flattering) < 0.5
    assert np.mean(honest) > 0.9


def test_intervals_are_those_of_jeffreys() -> None:
    """Of recall, that of a beta with tp + 1/2 and fn + 1/2 at any prevalence; of alerts, that of a share."""
    for prevalence in (None, 0.01):
        truth, score = predictions(5, samples=400, epochs=1)
        found = choice_of(Goal(prevalence=prevalence), counts(truth, score), GRID, np.arange(1), level=0.9)
        expected = stats.beta(found.tp + 0.5, found.fn + 0.5).ppf([0.05, 0.95])
        np.testing.assert_allclose((found.measures["recall"].low, found.measures["recall"].high), expected, atol=0.01)
        assert found.measures["recall"].value == pytest.approx(found.tp / (found.tp + found.fn))
    found = choice_of(Goal(), counts(truth, score), GRID, np.arange(1), level=0.9)
    expected = 10_000 * stats.beta(found.tp + found.fp + 1, found.tn + found.fn + 1).ppf([0.05, 0.95])
    alerts = found.measures["alerts per 10,000"]
    np.testing.assert_allclose((alerts.low, alerts.high), expected, rtol=0.02)


def test_prevalence_changes_precision_as_bayes_says() -> None:
    """Precision at another prevalence is recall and false positive rate, weighed by it."""
    truth, score = predictions(5, samples=400, epochs=1)
    found = choice_of(Goal(formula="precision", recall=0.5, prevalence=0.002), counts(truth, score), GRID, np.arange(1))
    recall, fpr = found.tp / (found.tp + found.fn), found.fp / (found.fp + found.tn)
    assert found.measures["precision"].value == pytest.approx(0.002 * recall / (0.002 * recall + 0.998 * fpr))


def test_a_few_samples_are_not_split() -> None:
    """Where a half would have no sample of a class there is no assessment, and asking for one alone is an error."""
    truth, score = predictions(0, samples=10, epochs=2)
    assert choice_of(Goal(), counts(truth, score), GRID, np.arange(2), scored=scored(truth, score)).assessment is None
    message = "each half must have samples of both classes. Received: 1 positives"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        assess(Goal(), scored(truth, score), near=0.5, repeats=1)
    with pytest.raises(ValueError, match=r"^repeats must be 1 or more\. Received: 0$"):
        assess(Goal(), scored(*predictions(0, samples=40, epochs=1)), near=0.5, repeats=0)


@pytest.mark.parametrize(("kind", "width"), [("binary", 1), ("multiclass", 4), ("multiclass", 30), ("multilabel", 3)])
@pytest.mark.parametrize("ignore_label", [None, 1])
def test_bins_of_samples_count_what_the_tally_counts(kind: str, width: int, ignore_label: int | None) -> None:
    """At every threshold, the four counts of recorded samples equal those of the histogram, NaN and denormals too."""
    rng = np.random.default_rng(2)
    truth = rng.integers(0, max(width, 2), 80) if kind != "multilabel" else rng.integers(0, 2, (80, width))
    scores = rng.dirichlet(np.full(width, 0.2), 80) if kind == "multiclass" else rng.random((80, width))
    scores = scores.astype(np.float32)
    scores[0], scores[1:3, 0] = np.nan, (1e-42, 0.25)
    output = output_for(scores, kind=kind, thresholds=[0, 0.1, 0.25, 0.5, 0.8], ignore_label=ignore_label)  # type: ignore[arg-type]
    samples = samples_of(truth, scores, output=output, split="val", max_samples=100)
    tally = tally_arrays(truth, scores, output=output, split="val")
    for label in {0, width - 1}:
        found = scored_of([(4, samples)], output, label)
        known = found.bins[0] >= 0
        binned = np.zeros((2, len(found.thresholds) + 1), int)
        np.add.at(binned, (found.positive[known].astype(int), found.bins[0][known]), 1)
        first = len(output.thresholds) - len(found.thresholds)
        for ours, theirs in zip(four_counts(binned), four_counts(tally.histogram[label]), strict=True):
            assert ours.tolist() == theirs[first:].tolist()
        assert (first > 0) == (width > 16)


def test_epochs_with_other_samples_are_put_together() -> None:
    """A sample that an epoch lacks has no bin there."""
    output = output_for(np.float32([0.2]), thresholds=[0.5])

    def epoch(ids: list[int], truth: list[int], scores: list[float]) -> Samples:
        return Samples(split="val", sample=np.array(ids), y_true=np.int32(truth), y_score=np.float32(scores)[:, None])

    found = scored_of([(3, epoch([2, 5], [1, 0], [0.7, 0.1])), (1, epoch([5], [0], [0.9]))], output, 0)
    assert found.epochs.tolist() == [1, 3]
    assert found.positive.tolist() == [True, False]
    assert found.bins.tolist() == [[-1, 1], [1, 0]]


def grouped(groups: int, size: int, seed: int = 0) -> Scored:
    """Samples of which whole groups are off together."""
    rng, group = np.random.default_rng(seed), np.repeat(np.arange(groups), size)
    truth = rng.random(len(group)) < 0.3
    z = 1.5 * truth + rng.normal(0, 1, (2, groups))[:, group] + rng.normal(0, 1, (2, len(group)))
    data = scored(truth, stats.norm.cdf(z / 2).astype(np.float32))
    return replace(data, group=group)


@pytest.mark.parametrize("seed", range(5))
def test_no_group_is_in_both_halves_and_both_have_both_classes(seed: int) -> None:
    """Though two groups alone have positives, and two others negatives."""
    positive = np.repeat([True, True, False, False, False], 6)
    group = np.repeat([40, 7, 3, 12, 5], 6)
    sides = list(_halves_of_groups(group, positive, 50, np.random.default_rng(seed)))
    for half in sides:
        inside = np.zeros(30, bool)
        inside[half] = True
        assert all(len(set(inside[group == one])) == 1 for one in np.unique(group))
        assert all(len(set(positive[side])) == 2 for side in (inside, ~inside))
    assert len({tuple(half) for half in sides}) > 3


def test_a_choice_counts_each_sample_once_in_each_split_of_groups() -> None:
    data = grouped(12, 10)
    found = assess(Goal(), data, near=0.5, repeats=7)
    assert sum(found.counts).tolist() == [120] * 7


def test_a_class_that_one_group_alone_has_cannot_be_halved() -> None:
    data = grouped(6, 10)
    assert data.divisible
    assert not replace(data, positive=np.arange(60) < 4).divisible
    with pytest.raises(ValueError, match="each half must have samples of both classes"):
        assess(Goal(), replace(data, positive=np.arange(60) < 4), near=0.5, repeats=1)


def test_intervals_of_a_choice_of_grouped_samples_are_wider_and_its_value_is_the_same() -> None:
    data = grouped(60, 20)
    cells = data.bins[:, None, :] > np.arange(len(GRID))[:, None]
    sides = (cells & data.positive, cells & ~data.positive, ~cells & ~data.positive, ~cells & data.positive)
    tp, fp, tn, fn = (side.sum(axis=-1) for side in sides)
    choices = [
        choice_of(Goal(), (tp, fp, tn, fn), GRID, data.epochs, scored=one) for one in (data, replace(data, group=None))
    ]
    assert [choice.groups for choice in choices] == [60, 0]
    first, second = (choice.measures["alerts per 10,000"] for choice in choices)
    assert first.value == second.value
    assert first.high - first.low > 1.5 * (second.high - second.low)
