"""The jackknife of averages over classes: equal to leaving every sample out, one after another."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder.runfile import KINDS
from viewer.counts.confusion import counts_from_matrix
from viewer.formulas import FORMULAS, Inputs, evaluate, parse_spec
from viewer.statistics.jackknife import jackknife

NAMES = ("recall", "precision", "f1", "mcc", "specificity")


def by_hand(question: str, cells: np.ndarray, made: Any, groups: int) -> tuple[float, float]:
    """Bias and standard deviation, from every sample in turn; `cells` [groups, ...] hold how often each occurs."""
    (value,) = evaluate(parse_spec(question), made(cells))
    bias, variance = 0.0, 0.0
    for group in range(groups):
        without, times = [], []
        for at in np.argwhere(cells[group] > 0):
            less = cells.copy()
            less[(group, *at)] -= 1
            without += list(evaluate(parse_spec(question), made(less)))
            times.append(cells[(group, *at)])
        total, changes = np.sum(times), np.array(without) - value
        mean = np.average(changes, weights=times)
        bias += (total - 1) * mean
        variance += (total - 1) / total * np.sum(times * (changes - mean) ** 2)
    return bias, float(np.sqrt(variance))


def labels(cells: np.ndarray) -> Inputs:
    """[labels, 4]: each label has samples of its own."""
    return Inputs(*cells.T[:, :, None], None, {}, KINDS["multilabel"], tuple(map(str, range(len(cells)))), argmax=False)


def matrix(cells: np.ndarray) -> Inputs:
    """[1, K, K]."""
    classes = tuple(map(str, range(cells.shape[-1])))
    return Inputs(*counts_from_matrix(cells), cells, {}, KINDS["multiclass"], classes, argmax=True)


@settings(max_examples=25, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1), name=st.sampled_from(NAMES), how=st.sampled_from(["macro", "weighted"]))
def test_it_is_what_leaving_out_each_sample_gives(seed: int, name: str, how: str) -> None:
    """Bias and spread, of labels with samples of their own and of classes that share them; no class is lost."""
    rng = np.random.default_rng(seed)
    for cells, made, groups in (
        (rng.integers(2, 9, (3, 4)), labels, 3),
        (rng.integers(1, 5, (1, 4, 4)), matrix, 1),
    ):
        found = jackknife(FORMULAS[name], made(cells), weighted=how == "weighted")
        bias, sd = by_hand(f"{name}@{how}", cells, made, groups)
        np.testing.assert_allclose(found.value, evaluate(parse_spec(f"{name}@{how}"), made(cells)))
        np.testing.assert_allclose([found.bias[0], found.sd[0]], [bias, sd], rtol=1e-6, atol=1e-12)


def test_of_one_share_it_is_the_textbooks() -> None:
    """No bias, and p (1 - p) / (n - 1)."""
    found = jackknife(FORMULAS["recall"], labels(np.array([[8, 0, 0, 2]])), weighted=False)
    np.testing.assert_allclose([found.bias[0], found.sd[0], found.classes[0]], [0, np.sqrt(0.16 / 9), 1], atol=1e-12)


def test_a_class_that_goes_with_its_one_sample_says_nothing_of_bias() -> None:
    """The mean of recalls is unbiased however few positives a label has; that the label might not be there counts."""
    found = jackknife(FORMULAS["recall"], labels(np.array([[8, 0, 90, 2], [1, 0, 99, 0]])), weighted=False)
    np.testing.assert_allclose(found.bias, 0, atol=1e-12)
    assert found.sd[0] > np.sqrt(0.16 / 9) / 2


@pytest.mark.parametrize("weighted", [False, True])
def test_nothing_counted_is_nothing_known(weighted: bool) -> None:
    """A gap, and no error."""
    found = jackknife(FORMULAS["f1"], labels(np.zeros((3, 4), int)), weighted=weighted)
    assert np.isnan(found.value).all()
