"""Draws of each class's counts are those of the whole matrix, however few of its cells are drawn."""

from __future__ import annotations

import numpy as np
import pytest

from recorder.runfile import KINDS
from viewer.counts.confusion import counts_from_matrix
from viewer.formulas import FORMULAS, Inputs, parse_spec
from viewer.statistics import posterior
from viewer.statistics.posterior import credible_band, drawn


def many(classes: int, samples: int, epochs: int, seed: int = 0) -> Inputs:
    """Matrices of a model that gets better; one epoch has no counts, one a class that never occurs."""
    rng = np.random.default_rng(seed)
    matrix = np.zeros((epochs, classes, classes), np.int64)
    for epoch in range(1, epochs):
        share = np.eye(classes) * (0.2 + 0.7 * epoch / epochs) + 0.3 * rng.dirichlet(np.full(classes, 0.1), classes)
        matrix[epoch] = rng.multinomial(samples, (share / share.sum()).ravel()).reshape(classes, classes)
    matrix[-1, 0], matrix[-1, :, 0] = 0, 0
    names = tuple(map(str, range(classes)))
    return Inputs(*counts_from_matrix(matrix), matrix, {}, KINDS["multiclass"], names, argmax=True)


@pytest.mark.parametrize(("classes", "samples"), [(5, 40), (20, 3000), (60, 500)])
def test_counts_of_classes_are_those_of_draws_of_all_cells(classes: int, samples: int) -> None:
    """Draw by draw, from the same noise: sums over rows and columns; none negative, all adding up."""
    inputs = many(classes, samples, 4)
    whole, few = drawn(inputs), drawn(inputs, whole=False)
    assert few.matrix is None
    for direct, fast in zip(whole.counts, few.counts, strict=True):
        np.testing.assert_allclose(fast, direct, rtol=1e-4, atol=2e-5 * samples)
        assert (fast >= 0).all()
    np.testing.assert_allclose(sum(few.counts), np.broadcast_to(sum(inputs.counts)[:, None], few.tp.shape), rtol=1e-9)


@pytest.mark.parametrize(
    "question", ["accuracy", "balanced_accuracy", "mcc", "kappa", "f1@macro", "f1@weighted", "f1@micro"]
)
def test_bands_are_those_of_draws_of_all_cells(question: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of built-in formulas and averages, which take no more than that."""
    inputs, spec = many(20, 2000, 5), parse_spec(question)
    fast = credible_band(spec, inputs)
    monkeypatch.setattr(posterior, "_takes_matrix", lambda _: True)
    direct = credible_band(spec, inputs)
    assert fast is not None
    assert direct is not None
    np.testing.assert_allclose(fast, direct, atol=1e-5)
    assert np.isnan(fast[0]).tolist() == [True, False, False, False, False]


def test_a_formula_of_the_matrix_is_given_the_matrix() -> None:
    """One of a user's own, and an expression of what argmax makes of it."""
    inputs = many(12, 800, 3)
    share = credible_band(
        parse_spec(lambda matrix: np.trace(matrix, axis1=-2, axis2=-1) / matrix.sum((-2, -1))), inputs
    )
    error, accuracy = credible_band(parse_spec("1 - accuracy"), inputs), credible_band(parse_spec("accuracy"), inputs)
    assert share is not None
    assert error is not None
    assert accuracy is not None
    np.testing.assert_allclose(share, accuracy, atol=1e-5)
    np.testing.assert_allclose(1 - error[0], accuracy[1], atol=1e-5)
    assert all(item.classes_function for item in FORMULAS.values() if item.matrix_function)
