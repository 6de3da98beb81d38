"""The built-in formulas of four counts: scikit-learn's wherever it has them, exact fractions for all."""

from __future__ import annotations

import doctest
import inspect
import math
import warnings
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from viewer.formulas import FORMULAS, builtin, parse_spec, rates, scores, whole_samples

Counts = tuple[int, int, int, int]
small = st.tuples(*[st.integers(0, 12)] * 4).filter(any)
large = st.tuples(*[st.integers(0, 2**40)] * 4).filter(any)


def ours(name: str, counts: Counts, **constants: float) -> float:
    """A formula at tp, fp, tn, fn."""
    formula = FORMULAS[name]
    values = dict(zip(("tp", "fp", "tn", "fn"), map(np.float64, counts), strict=True))
    with np.errstate(all="ignore"):
        return float(formula.function(**{need: values[need] for need in formula.needs}, **constants))


def labels(counts: Counts) -> tuple[np.ndarray, np.ndarray]:
    """`y_true` and `y_pred` that have these counts."""
    tp, fp, tn, fn = counts
    return np.repeat([1, 0, 0, 1], [tp, fp, tn, fn]), np.repeat([1, 1, 0, 0], [tp, fp, tn, fn])


BUILT_IN = (rates, builtin, scores, whole_samples)
NAN = {"zero_division": np.nan}
SKLEARN: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "precision": lambda t, p: metrics.precision_score(t, p, **NAN),
    "recall": lambda t, p: metrics.recall_score(t, p, **NAN),
    "specificity": lambda t, p: metrics.recall_score(t, p, pos_label=0, **NAN),
    "npv": lambda t, p: metrics.precision_score(t, p, pos_label=0, **NAN),
    "f1": lambda t, p: metrics.f1_score(t, p, **NAN),
    "f2": lambda t, p: metrics.fbeta_score(t, p, beta=2, **NAN),
    "f05": lambda t, p: metrics.fbeta_score(t, p, beta=0.5, **NAN),
    "accuracy": metrics.accuracy_score,
    "hamming_loss": metrics.hamming_loss,
}
# scikit-learn puts a number where these are undefined: compared where they are defined.
SKLEARN_DEFINED: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "threat_score": metrics.jaccard_score,
    "mcc": metrics.matthews_corrcoef,
    "kappa": lambda t, p: metrics.cohen_kappa_score(t, p, labels=[0, 1]),
    "balanced_accuracy": metrics.balanced_accuracy_score,
    "informedness": lambda t, p: metrics.balanced_accuracy_score(t, p, adjusted=True),
    "lr_plus": lambda t, p: metrics.class_likelihood_ratios(t, p)[0],
    "lr_minus": lambda t, p: metrics.class_likelihood_ratios(t, p)[1],
}


def ratio(above: Fraction, below: Fraction) -> Fraction | float:
    """A fraction; NaN for 0/0, infinity for a number over 0."""
    if below:
        return above / below
    return math.copysign(math.inf, above) if above else math.nan


def by_hand(counts: Counts) -> dict[str, float]:
    """Every formula from its definition in words, in exact fractions; roots are taken last."""
    tp, fp, tn, fn = map(Fraction, counts)
    positives, negatives, called, passed = tp + fn, tn + fp, tp + fp, tn + fn
    total = positives + negatives
    exact = {
        "precision": ratio(tp, called),
        "recall": ratio(tp, positives),
        "specificity": ratio(tn, negatives),
        "npv": ratio(tn, passed),
        "fpr": ratio(fp, negatives),
        "fnr": ratio(fn, positives),
        "fdr": ratio(fp, called),
        "for": ratio(fn, passed),
        "accuracy": ratio(tp + tn, total),
        "hamming_loss": ratio(fp + fn, total),
        "f1": ratio(2 * tp, positives + called),
        "f2": ratio(5 * tp, 4 * positives + called),
        "f05": ratio(5 * tp, positives + 4 * called),
        "fbeta": ratio(2 * tp, positives + called),
        "threat_score": ratio(tp, total - tn),
        "prevalence": ratio(positives, total),
        "predicted_positive_rate": ratio(called, total),
    }
    both = {
        "balanced_accuracy": lambda: (exact["recall"] + exact["specificity"]) / 2,
        "informedness": lambda: exact["recall"] + exact["specificity"] - 1,
        "gmean": lambda: math.sqrt(exact["recall"] * exact["specificity"]),
        "lr_plus": lambda: ratio(exact["recall"], exact["fpr"]),
        "lr_minus": lambda: ratio(exact["fnr"], exact["specificity"]),
    }
    margins = positives * negatives * called * passed
    chance = (positives * called + negatives * passed) / total**2
    found = {name: float(value) for name, value in exact.items()}
    found |= {name: float(value()) if positives and negatives else math.nan for name, value in both.items()}
    found["dor"] = float(ratio(tp * tn, fp * fn))
    found["markedness"] = float(tp / called + tn / passed - 1) if called and passed else math.nan
    found["fowlkes_mallows"] = math.sqrt(tp / called * (tp / positives)) if called and positives else math.nan
    # mcc**2 is a fraction; numbers of this size have exact roots only there
    found["mcc"] = math.nan if not margins else root_of((tp * tn - fp * fn) ** 2 / margins, tp * tn - fp * fn)
    found["kappa"] = float(ratio((tp + tn) / total - chance, 1 - chance))
    return found


def root_of(square: Fraction, sign: Fraction) -> float:
    """The root of a fraction, to float64, with a sign."""
    return math.copysign(math.isqrt(int(square * 2**120)) / 2**60, sign)


BY_HAND = sorted(by_hand((1, 1, 1, 1)))


def test_every_formula_of_counts_is_proved_here() -> None:
    """No built-in formula of counts is left out of the comparison by hand."""
    of_counts = [
        name
        for name, item in FORMULAS.items()
        if set(item.needs) <= {"tp", "fp", "tn", "fn"} and inspect.getmodule(item.function) in BUILT_IN
    ]
    assert sorted(of_counts) == BY_HAND


@settings(max_examples=50)
@given(counts=small)
def test_equal_to_scikit_learn_and_nan_with_it(counts: Counts) -> None:
    """The formula is scikit-learn's, with NaN for its division by zero."""
    for name, expected in SKLEARN.items():
        with warnings.catch_warnings(action="ignore"):
            np.testing.assert_allclose(ours(name, counts), expected(*labels(counts)), rtol=1e-12, err_msg=name)


@settings(max_examples=50)
@given(counts=small)
def test_equal_to_scikit_learn_where_it_is_defined(counts: Counts) -> None:
    """Where our value is finite, it is scikit-learn's."""
    for name, expected in SKLEARN_DEFINED.items():
        value = ours(name, counts)
        with warnings.catch_warnings(action="ignore"):
            wanted = expected(*labels(counts)) if math.isfinite(value) else value
        np.testing.assert_allclose(value, wanted, rtol=1e-12, atol=1e-12, err_msg=name)


@given(counts=small, beta=st.floats(0.01, 20))
def test_fbeta_of_any_beta_is_scikit_learns(counts: Counts, beta: float) -> None:
    """F-beta with a constant of one's own."""
    with warnings.catch_warnings(action="ignore"):
        expected = metrics.fbeta_score(*labels(counts), beta=beta, **NAN)
    np.testing.assert_allclose(ours("fbeta", counts, beta=beta), expected, rtol=1e-12)


@given(counts=st.one_of(small, large))
def test_equal_to_exact_fractions(counts: Counts) -> None:
    """Each formula is its definition, NaN at 0/0 and infinite at 1/0, also at 2^40 counts a cell."""
    for name, expected in by_hand(counts).items():
        np.testing.assert_allclose(ours(name, counts), expected, rtol=1e-11, atol=1e-11, err_msg=name)


@given(counts=st.one_of(small, large))
def test_values_stay_in_the_stated_range(counts: Counts) -> None:
    """What a panel takes for the ends of an axis holds for every value."""
    for name in BY_HAND:
        formula, value = FORMULAS[name], ours(name, counts)
        assert math.isnan(value) or formula.low is None or value >= formula.low - 1e-12, name
        assert math.isnan(value) or formula.high is None or value <= formula.high + 1e-12, name


@pytest.mark.parametrize("name", [name for name in BY_HAND if FORMULAS[name].higher_is_better is not None])
def test_the_stated_direction_holds(name: str) -> None:
    """A better classifier of the same samples has the better value."""
    worse, better = ours(name, (30, 20, 180, 25)), ours(name, (40, 12, 188, 15))
    assert (better > worse) == FORMULAS[name].higher_is_better


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1))
def test_arrays_of_any_shape_are_taken_cell_by_cell(seed: int) -> None:
    """One call over classes, thresholds and epochs is the call for each of them."""
    counts = np.random.default_rng(seed).integers(0, 4, (4, 2, 3, 2)).astype(float)
    values = dict(zip(("tp", "fp", "tn", "fn"), counts, strict=True))
    for name in BY_HAND:
        formula = FORMULAS[name]
        with np.errstate(all="ignore"):
            found = formula.function(**{need: values[need] for need in formula.needs})
        cells = [ours(name, tuple(counts[(slice(None), *cell)])) for cell in np.ndindex(2, 3, 2)]
        np.testing.assert_equal(found, np.reshape(cells, (2, 3, 2)), err_msg=name)


ALIASES = (
    "ppv:precision tpr:recall sensitivity:recall tnr:specificity iou:threat_score jaccard:threat_score "
    "csi:threat_score phi:mcc youden:informedness lr+:lr_plus lr-:lr_minus diagnostic_odds_ratio:dor fm:fowlkes_mallows"
)


@pytest.mark.parametrize("pair", ALIASES.split())
def test_other_names_of_a_formula_find_it(pair: str) -> None:
    """The field's other names are known."""
    alias, name = pair.split(":")
    assert FORMULAS[alias] is FORMULAS[name]


TYPED = {
    "accuracy": ("acc", "accuracy_score"),
    "balanced_accuracy": ("balanced_accuracy_score",),
    "precision": ("ppv", "precision_score"),
    "recall": ("tpr", "sensitivity", "recall_score"),
    "specificity": ("tnr",),
    "fpr": ("false_positive_rate",),
    "fnr": ("false_negative_rate",),
    "f1": ("f1_score", "dice"),
    "fbeta": ("fbeta_score",),
    "mcc": ("matthews_corrcoef", "phi"),
    "kappa": ("cohen_kappa", "cohen_kappa_score"),
    "threat_score": ("jaccard_score", "iou"),
    "average_precision": ("average_precision_score", "auprc", "pr_auc", "ap"),
    "roc_auc": ("roc_auc_score", "auroc", "auc"),
    "top_k_accuracy": ("top_k_accuracy_score",),
    "label_ranking_average_precision": ("label_ranking_average_precision_score", "lrap"),
    "ranking_loss": ("label_ranking_loss",),
    "brier": ("brier_score_loss",),
    "log_loss": ("log_loss",),
}


@pytest.mark.parametrize("name", TYPED)
def test_the_names_that_somebody_would_type_are_taken(name: str) -> None:
    """scikit-learn's, and those of papers: the same formula, in an expression too."""
    for alias in TYPED[name]:
        assert FORMULAS[alias] is FORMULAS[name]
        assert parse_spec(f"1 - {alias}").formula.needs == FORMULAS[name].needs


def test_every_name_of_scikit_learn_that_is_taken_means_what_it_means_there() -> None:
    """No alias looks like a function of theirs and is another."""
    theirs = {alias for names in TYPED.values() for alias in names if hasattr(metrics, alias)}
    assert len(theirs) >= 13
    truth, decided = labels((6, 2, 3, 1))
    for alias in sorted(theirs & {"f1_score", "jaccard_score", "cohen_kappa_score", "recall_score"}):
        np.testing.assert_allclose(ours(alias, (6, 2, 3, 1)), getattr(metrics, alias)(truth, decided))


def test_the_examples_in_the_docstrings_are_true() -> None:
    """Every built-in formula has a worked example, and it gives what it says."""
    finder, runner = doctest.DocTestFinder(), doctest.DocTestRunner()
    for name, formula in FORMULAS.items():
        module = inspect.getmodule(formula.function)
        if module in BUILT_IN:
            (test,) = finder.find(formula.function, name, module)
            assert test.examples, name
            runner.run(test)
    assert runner.tries >= len(BY_HAND)
    assert runner.failures == 0


def test_every_formula_has_a_label_for_legends() -> None:
    """A name alone would do for a program, not for a reader."""
    assert all(formula.label for formula in FORMULAS.values())
