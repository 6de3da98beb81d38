"""Credible bands: SciPy's Beta, an independent package, and coverage by simulation."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from prob_conf_mat import Study
from scipy import stats

from recorder.runfile import KINDS
from viewer.counts.confusion import counts_from_matrix
from viewer.formulas import FORMULAS, FormulaError, Inputs, evaluate, parse_spec
from viewer.formulas.registry import COUNTED
from viewer.statistics.gammas import gammas
from viewer.statistics.percentiles import interval
from viewer.statistics.posterior import OF_CELLS, credible_band, drawn, posterior_values

ENDS = (0.025, 0.975)
NEAR = 0.02  # of the probability below an end: what 512 draws may be off


def binary(*counts: Any, **options: Any) -> Inputs:
    """tp, fp, tn, fn over epochs."""
    four = (np.reshape(count, (1, -1)) for count in counts)
    return Inputs(*four, None, options.get("logs", {}), KINDS["binary"], ("no", "yes"), argmax=False)


def multilabel(counts: np.ndarray) -> Inputs:
    """Counts [4, labels, epochs]."""
    return Inputs(*counts, None, {}, KINDS["multilabel"], tuple(map(str, range(counts.shape[1]))), argmax=False)


def multiclass(matrices: Any) -> Inputs:
    """Matrices [epochs, K, K]."""
    matrix = np.asarray(matrices)
    classes = tuple("abcdefghijklmnop"[: matrix.shape[-1]])
    return Inputs(*counts_from_matrix(matrix), matrix, {}, KINDS["multiclass"], classes, argmax=True)


def band(question: Any, inputs: Inputs, **options: Any) -> np.ndarray:
    found = credible_band(parse_spec(question), inputs, **options)
    assert found is not None
    return np.stack(found)


def counts(epochs: int, seed: int = 0) -> np.ndarray:
    """tp, fp, tn, fn [4, epochs] of a rare class, none of them tiny."""
    rng = np.random.default_rng(seed)
    return rng.integers(3, [[60], [40], [900], [50]], (4, epochs))


@pytest.mark.parametrize(
    ("name", "hits", "misses"),
    [("precision", [0], [1]), ("recall", [0], [3]), ("specificity", [2], [1]), ("accuracy", [0, 2], [1, 3])],
)
@pytest.mark.parametrize("level", [0.5, 0.95])
def test_a_share_has_the_quantiles_of_its_beta(name: str, hits: list[int], misses: list[int], level: float) -> None:
    """Half a sample of prior to a cell; as all epochs have the same noise, their average is not much closer."""
    four = counts(300)
    found = band(name, binary(*four), level=level)
    exact = stats.beta(four[hits].sum(axis=0) + len(hits) / 2, four[misses].sum(axis=0) + len(misses) / 2)
    below = exact.cdf(found)
    expected = np.array([(1 - level) / 2, (1 + level) / 2])[:, None]
    assert np.abs(below - expected).max() < (NEAR if level > 0.9 else 0.05)
    assert np.abs(below.mean(axis=1, keepdims=True) - expected).max() < (0.01 if level > 0.9 else 0.02)


@pytest.mark.parametrize("name", ["acc", "mcc", "kappa", "f1@macro", "ba", "precision@macro"])
@pytest.mark.parametrize("matrix", [[[50, 4], [7, 20]], [[40, 3, 2], [5, 30, 1], [4, 2, 60]]])
def test_bands_are_those_of_an_independent_package(name: str, matrix: list[list[int]]) -> None:
    """prob-conf-mat draws prevalences, then rows: the same Dirichlet where its priors are sums of ours.

    Of averages over classes that is the draws, before the jackknife places them.
    """
    k = len(matrix)
    study = Study(seed=0, num_samples=20_000, ci_probability=0.95)
    cell = 2 / k**2
    study.add_experiment("one/run", confusion_matrix=np.array(matrix), prevalence_prior=k * cell, confusion_prior=cell)
    study.add_metric(name)
    theirs = np.asarray(study.get_metric_samples(name, "one/run", "posterior").values).ravel()
    inputs = multiclass([matrix])
    values = evaluate(parse_spec(name.replace("ba", "balanced_accuracy")), drawn(inputs), seen=inputs)
    ours = np.concatenate(interval(values.T, 0.95))
    if "@" not in name and name != "ba":
        np.testing.assert_array_equal(ours, band(name, inputs)[:, 0])
    below = [(theirs < end).mean() for end in ours]
    np.testing.assert_allclose(below, ENDS, atol=NEAR)


def covered(question: str, truth: Inputs, drawn_inputs: Inputs) -> float:
    """The share of bands that hold the value of the truth, among those that there are."""
    (value,) = evaluate(parse_spec(question), truth)
    low, high = band(question, drawn_inputs)
    known = ~np.isnan(low)
    return float(((low <= value) & (value <= high))[known].mean())


def simulated(
    seed: int, prevalence: float, recall: float, fpr: float, samples: int, runs: int
) -> tuple[Inputs, Inputs]:
    cells = np.array(
        [prevalence * recall, (1 - prevalence) * fpr, (1 - prevalence) * (1 - fpr), prevalence * (1 - recall)]
    )
    four = np.random.default_rng(seed).multinomial(samples, cells, size=runs).T
    return binary(*(cells * 1e12)), binary(*four)


@pytest.mark.parametrize("question", ["precision", "recall", "f1", "mcc", "balanced_accuracy", "f1@macro"])
def test_bands_cover_the_truth_as_often_as_they_say(question: str) -> None:
    """400 validation sets of one population: 19 bands of 20 hold its value."""
    truth, runs = simulated(3, prevalence=0.1, recall=0.8, fpr=0.05, samples=1000, runs=400)
    assert 0.92 < covered(question, truth, runs) < 0.98


def confusions(seed: int, classes: int, samples: int, runs: int) -> tuple[Inputs, Inputs]:
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet(np.full(classes, 5.0))
    rows = [np.insert(rng.dirichlet(np.ones(classes - 1)) * 0.1, at, 0.9) for at in range(classes)]
    cells = shares[:, None] * rows
    matrices = rng.multinomial(samples, cells.ravel() / cells.sum(), size=runs).reshape(runs, classes, classes)
    return multiclass(cells[None] * 1e12), multiclass(matrices)


@pytest.mark.parametrize("question", ["accuracy", "mcc", "kappa", "recall@macro", "f1@weighted", "f1@micro"])
def test_bands_of_ten_classes_cover_the_truth(question: str) -> None:
    """Half a sample of prior in each of a hundred cells would cover it never."""
    truth, runs = confusions(5, classes=10, samples=2000, runs=200)
    assert 0.9 < covered(question, truth, runs) < 0.99


def labelled(
    seed: int, prevalence: Any, *, recall: float, fpr: float, samples: int, runs: int
) -> tuple[Inputs, Inputs]:
    """Labels that occur so often, each told as well: their population, and validation sets of it."""
    share = np.asarray(prevalence, np.float64)
    cells = np.stack([share * recall, (1 - share) * fpr, (1 - share) * (1 - fpr), share * (1 - recall)])
    rng = np.random.default_rng(seed)
    drawn_counts = np.stack([rng.multinomial(samples, label, size=runs).T for label in cells.T], axis=1)
    return multilabel(cells[:, :, None] * 1e12), multilabel(drawn_counts)


AVERAGES = ["recall@macro", "precision@macro", "f1@macro", "mcc@macro", "f1@weighted", "precision@weighted"]


@pytest.mark.parametrize("question", AVERAGES)
def test_bands_of_averages_over_rare_labels_cover_the_truth(question: str) -> None:
    """20 labels of 10 positives each; drawn from the posterior alone, 89 of 100 bands did, of F1 by weight 86."""
    truth, runs = labelled(1, np.full(20, 0.01), recall=0.8, fpr=0.01, samples=1000, runs=500)
    assert 0.93 < covered(question, truth, runs) < 0.98


@pytest.mark.parametrize("question", ["recall@macro", "f1@macro", "balanced_accuracy"])
def test_bands_of_averages_over_classes_of_ten_samples_cover_the_truth(question: str) -> None:
    """20 classes that argmax decides between: without the jackknife 80 of 100 bands of F1 did."""
    truth, runs = confusions(1, classes=20, samples=200, runs=200)
    assert 0.9 < covered(question, truth, runs) < 0.995


@pytest.mark.campaign
@pytest.mark.parametrize("question", [*AVERAGES, "f1@micro"])
@pytest.mark.parametrize(
    ("prevalence", "recall", "fpr", "samples"),
    [
        (np.full(20, 0.01), 0.8, 0.01, 1000),  # 10 positives of each
        (np.full(20, 0.1), 0.8, 0.05, 100),
        (np.full(20, 0.003), 0.7, 0.003, 1000),  # 3 of each: some labels have none
        (np.full(20, 0.05), 0.95, 0.01, 1000),
        (np.full(5, 0.01), 0.9, 0.01, 1000),
        (np.full(2, 0.1), 0.7, 0.1, 100),
        (np.geomspace(0.3, 0.003, 20), 0.8, 0.01, 1000),
    ],
)
def test_coverage_of_averages_over_labels_at_length(
    question: str, prevalence: np.ndarray, recall: float, fpr: float, samples: int
) -> None:
    """1,500 validation sets each; the simulation itself is off by 0.006."""
    truth, runs = labelled(1, prevalence, recall=recall, fpr=fpr, samples=samples, runs=1500)
    assert abs(covered(question, truth, runs) - 0.95) < 0.03


@pytest.mark.campaign
@pytest.mark.parametrize("samples", [100, 500, 5000])
@pytest.mark.parametrize("prevalence", [0.3, 0.05, 0.01])
@pytest.mark.parametrize("question", ["precision", "recall", "specificity", "f1", "mcc", "kappa", "informedness"])
def test_coverage_of_two_classes_at_length(question: str, prevalence: float, samples: int) -> None:
    """4,000 validation sets each; of few positives coverage goes up and down (Brown, Cai and DasGupta 2001)."""
    truth, runs = simulated(7, prevalence=prevalence, recall=0.7, fpr=0.02, samples=samples, runs=4000)
    positives = prevalence * samples
    slack = 0.02 if positives >= 100 else 0.035 if positives >= 25 else 0.12
    assert abs(covered(question, truth, runs) - 0.95) < slack


@pytest.mark.campaign
@pytest.mark.parametrize("classes", [3, 10, 20])
@pytest.mark.parametrize(
    "question", ["balanced_accuracy", "recall@macro", "f1@macro", "precision@macro", "f1@weighted"]
)
def test_coverage_of_averages_over_small_classes_at_length(question: str, classes: int) -> None:
    """1,000 validation sets of 10 samples a class."""
    truth, runs = confusions(13, classes=classes, samples=10 * classes, runs=1000)
    assert abs(covered(question, truth, runs) - 0.95) < 0.035


@pytest.mark.campaign
@pytest.mark.parametrize("classes", [3, 10, 16])
@pytest.mark.parametrize(
    "question", ["accuracy", "balanced_accuracy", "mcc", "f1@macro", "precision@macro", "f1@micro"]
)
def test_coverage_of_several_classes_at_length(question: str, classes: int) -> None:
    """1,000 validation sets of 200 samples a class."""
    truth, runs = confusions(11, classes=classes, samples=200 * classes, runs=1000)
    assert abs(covered(question, truth, runs) - 0.95) < 0.03


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1), at=st.integers(0, 699))
def test_equal_counts_have_equal_bands(seed: int, at: int) -> None:
    """Alone, among others, and again later: a band does not tremble from frame to frame."""
    whole = binary(*counts(700, seed))
    (place,) = (np.array([at]),)
    for question in ("f1", "tp + fp"):
        np.testing.assert_array_equal(band(question, whole)[:, place], band(question, whole.of_epochs(place)))


def test_near_counts_have_near_bands() -> None:
    """One sample more in a thousand moves an end by less than a tenth of the band's width: a dragged band glides."""
    tp = np.arange(500, 600)
    low, high = band("recall", binary(tp, 0 * tp + 50, 0 * tp + 5000, 1000 - tp))
    for end in (low, high):
        assert (np.diff(end) > 0).all()
        assert (np.diff(end) < 0.1 * (high - low)[1:]).all()


@pytest.mark.parametrize("inputs", [binary(5, 1, 90, 4), multiclass([[[5, 1, 0], [2, 7, 1], [0, 3, 9]]])])
def test_draws_add_up_to_what_was_counted(inputs: Inputs) -> None:
    """So that a cost of raw counts has its scale; and a draw is no negative number."""
    found = drawn(inputs)
    for count in found.counts:
        assert (count >= 0).all()
    total = sum(inputs.counts)
    np.testing.assert_allclose(sum(found.counts), np.broadcast_to(total[:, None], found.tp.shape), rtol=1e-5)
    (low,), (high,) = band("tp@micro", inputs) if inputs.argmax else band("tp", inputs)
    assert low < inputs.tp.sum() < high


def test_wider_levels_have_wider_bands() -> None:
    """50% within 95% within 99.9%, and the value within all of them where it is no extreme."""
    inputs = binary(*counts(50))
    values = evaluate(parse_spec("f1"), inputs)
    bands = [band("f1", inputs, level=level) for level in (0.5, 0.95, 0.999)]
    for inner, outer in itertools.pairwise(bands):
        assert (outer[0] < inner[0]).all()
        assert (inner[1] < outer[1]).all()
    assert ((bands[0][0] < values) & (values < bands[0][1])).all()


def test_a_band_is_a_gap_where_the_formula_is() -> None:
    """Nothing called positive, nothing counted at all: neither value nor band. A perfect recall has a band."""
    inputs = binary([0, 0, 10], [0, 0, 1], [90, 0, 89], [10, 0, 0])
    found = band("precision", inputs)
    assert np.isnan(found).tolist() == [[True, True, False]] * 2
    low, high = band("recall", inputs)
    assert np.isnan(low).tolist() == [False, True, False]
    assert low[2] < 0.9
    assert high[2] == 1, "the value, which every draw is below"


@pytest.mark.parametrize("question", ["tp", "fp", "fn"])
def test_the_mean_of_a_count_over_classes_has_the_band_of_their_sum(question: str) -> None:
    """Counts grow with the samples, as shares do not: what leaving one out says must not be taken for a bias."""
    rng = np.random.default_rng(3)
    inputs = multiclass([rng.integers(3, 40, (4, 4)).tolist() for _ in range(5)])
    mean, whole = band(f"{question}@macro", inputs), band(f"{question}@micro", inputs)
    np.testing.assert_allclose(mean.mean(axis=0), whole.mean(axis=0) / 4, rtol=0.03)
    np.testing.assert_allclose(mean[1] - mean[0], (whole[1] - whole[0]) / 4, rtol=0.15)


def of_counts() -> list[str]:
    """Every formula that has a band by its draws, and some that grow with the samples."""
    needs = {formula.name: set(formula.needs) for formula in FORMULAS.values()}
    known = [name for name, own in needs.items() if own & OF_CELLS and not own & (COUNTED - OF_CELLS)]
    return [*known, "tp", "fp", "tn", "fn", "tp + fp", "tp - fn"]


@pytest.mark.parametrize("average", ["", "@macro", "@micro", "@weighted"])
@pytest.mark.parametrize("kind", ["binary", "multiclass", "multilabel"])
def test_draws_lie_around_the_value_whatever_the_formula(kind: str, average: str) -> None:
    """Of many samples, before an interval is made to hold the value: none of it is a matter of how few they are."""
    rng = np.random.default_rng(1)
    tp, fp, fn = rng.integers(40, 90, (3, 5, 1))
    inputs = {
        "binary": binary([80], [50], [400], [60]),
        "multiclass": multiclass([rng.integers(30, 90, (4, 4)) + 150 * np.eye(4, dtype=int)]),
        "multilabel": multilabel(np.stack([tp, fp, 600 - tp - fp - fn, fn])),
    }[kind]
    for question in of_counts():
        spec = parse_spec(f"({question}){average}" if " " in question and average else f"{question}{average}")
        (value,), ((low,), (high,)) = evaluate(spec, inputs), interval(posterior_values(spec, inputs).T, 0.95)
        assert low <= value <= high, question


@pytest.mark.parametrize("question", ["f1", "mcc", "precision", "fpr", "f1@macro", "lr_plus"])
@given(hnp.arrays(np.int64, (4, 3), elements=st.integers(0, 6)), st.sampled_from([0.5, 0.95]))
def test_a_band_holds_the_value(question: str, four: Any, level: float) -> None:
    """Of however few samples; where the value is finite and there is a band."""
    inputs = binary(*four)
    value, (low, high) = evaluate(parse_spec(question), inputs), band(question, inputs, level=level)
    known = np.isfinite(value) & ~np.isnan(low)
    assert ((low <= value) & (value <= high))[known].all()


def test_a_class_without_a_value_is_left_out_of_the_bands_of_averages() -> None:
    """As it is of the value: precision of a class that is never called is no coin thrown in every draw."""
    matrix = np.array([[90, 10, 0], [5, 95, 0], [0, 0, 0]])
    two, three = multiclass([matrix[:2, :2]]), multiclass([matrix])
    for question in ("precision@macro", "recall@macro", "f1@weighted"):
        np.testing.assert_allclose(band(question, three), band(question, two), atol=0.01)


def test_one_class_of_several_has_the_band_of_its_own_four_counts() -> None:
    """`recall@b` is binary, with Jeffreys's prior."""
    found = band("recall@b", multiclass([[[50, 5], [8, 30]]]))
    np.testing.assert_allclose(stats.beta(30.5, 8.5).cdf(found[:, 0]), ENDS, atol=NEAR)


def test_labels_are_drawn_as_if_independent() -> None:
    """The variance of a macro average of four like labels is a quarter of one label's."""
    four = np.repeat(np.array([400, 50, 3000, 100])[:, None, None], 4, axis=1)
    low, high = band("recall@macro", multilabel(four))
    one_low, one_high = band("recall@0", multilabel(four))
    np.testing.assert_allclose((high - low) / (one_high - one_low), 0.5, atol=0.05)


def test_a_known_prevalence_is_not_drawn() -> None:
    """Precision as if one in fifty were positive: drawn recall and false positive rate, SciPy's, in Bayes's formula."""
    tp, fp, tn, fn = 80, 30, 870, 20
    found = band("precision", binary(tp, fp, tn, fn), prevalence=0.02)[:, 0]
    recall = stats.beta(tp + 0.5, fn + 0.5).rvs(200_000, random_state=1)
    fpr = stats.beta(fp + 0.5, tn + 0.5).rvs(200_000, random_state=2)
    precision = 0.02 * recall / (0.02 * recall + 0.98 * fpr)
    np.testing.assert_allclose([(precision < end).mean() for end in found], ENDS, atol=NEAR)
    same = band("recall", binary(tp, fp, tn, fn))
    np.testing.assert_allclose(band("recall", binary(tp, fp, tn, fn), prevalence=0.02), same, rtol=1e-6)


def test_expressions_functions_and_logs_have_bands() -> None:
    """Whatever is made of counts; a log is taken as it is."""
    inputs = binary(*counts(5), logs={"loss": np.arange(5.0)})
    np.testing.assert_allclose(band("f1 - loss", inputs), band("f1", inputs) - np.arange(5), rtol=1e-9)
    np.testing.assert_allclose(band(lambda tp, fn: tp / (tp + fn), inputs), band("recall", inputs))
    low, high = band(lambda matrix: np.trace(matrix, axis1=-2, axis2=-1) / matrix.sum(axis=(-2, -1)), inputs)
    np.testing.assert_allclose([low, high], band("accuracy", inputs), rtol=1e-5)


def test_where_there_is_no_band_there_is_none() -> None:
    """Logs alone, scores, samples, too many classes, a function that cannot take draws: None, and no error."""
    inputs = binary(*counts(2), logs={"loss": np.arange(2.0)})

    def of_two_epochs_only(tp: Any) -> Any:
        assert np.shape(tp) == (1, 2)
        return tp

    for question in ("loss", "roc_auc", "f1 + roc_auc", lambda y_true, y_score: 0, of_two_epochs_only):
        assert credible_band(parse_spec(question), inputs) is None
    many = np.ones((1, 101, 101), int)
    several = Inputs(*counts_from_matrix(many), many, {}, KINDS["multiclass"], tuple(map(str, range(101))), argmax=True)
    assert credible_band(parse_spec("accuracy"), several) is None
    np.testing.assert_allclose(band("recall@7", several), band("recall", binary(1, 100, 10_000, 100)), rtol=1e-6)


def test_no_epoch_has_an_empty_band() -> None:
    """A run that has just begun."""
    assert band("f1", binary([], [], [], [])).shape == (2, 0)


@pytest.mark.parametrize("level", [0, 1, 95, -0.5])
def test_a_level_is_a_share(level: float) -> None:
    """The rule, then what came."""
    with pytest.raises(ValueError, match=rf"^level must be in \(0, 1\)\. Received: {level}$"):
        credible_band(parse_spec("f1"), binary(1, 1, 1, 1), level=level)


def test_a_formula_that_fails_on_the_counts_says_so() -> None:
    """A missing band hides no fault of the formula."""
    with pytest.raises(FormulaError, match=r"^<lambda> failed: AttributeError"):
        credible_band(parse_spec(lambda tp: tp.nothing), binary(1, 1, 1, 1))


@pytest.mark.parametrize("shape", [0.5, 1.5, 2.5, 10.5, 1e3, 1e6, 1e9])
def test_variates_are_gamma_distributed(shape: float) -> None:
    """SciPy's distribution, by the Kolmogorov-Smirnov test; steadier than chance, being a Latin hypercube."""
    count = np.full((32, 1), 0 if shape == 0.5 else shape - 0.5)
    found = gammas(count, 0.5, 512)
    assert stats.kstest(found.ravel(), stats.gamma(shape).cdf).pvalue > 0.1
    row = found[0, 0]
    assert stats.kstest(row, stats.gamma(shape).cdf).statistic < (1 if shape < 1 else 0.5) / np.sqrt(len(row))


def test_cells_are_independent() -> None:
    """The noise of one cell says nothing about another's."""
    found = gammas(np.full((40, 1), 20), 0.5, 512)[:, 0]
    correlation = np.corrcoef(found)[np.triu_indices(40, 1)]
    assert np.abs(correlation).max() < 5 / np.sqrt(512)
    assert abs(correlation.mean()) < 0.01


rows = st.lists(st.lists(st.floats(-1e6, 1e6) | st.just(np.nan), min_size=20, max_size=20), min_size=1, max_size=4)


@given(drawn_rows=rows, level=st.floats(0.01, 0.99))
def test_percentiles_are_numpys(drawn_rows: list[list[float]], level: float) -> None:
    """Of what is defined; NaN where more than one draw in twenty is not."""
    values = np.array(drawn_rows)
    low, high = interval(values, level)
    for row, ends in zip(values, zip(low, high, strict=True), strict=True):
        if np.isnan(row).sum() > 1:
            assert np.isnan(ends).all()
        else:
            np.testing.assert_allclose(ends, np.nanquantile(row, [(1 - level) / 2, (1 + level) / 2]), atol=1e-6)


def test_percentiles_of_infinities() -> None:
    """An odds ratio may be infinite in draw after draw: its upper end is."""
    low, high = interval(np.array([[1.0, 2.0, np.inf, np.inf]]), 0.9)
    np.testing.assert_allclose([low[0], high[0]], [1.15, np.inf])
