"""Formulas of one's own: registered by name, called with what their parameters name, and never in the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import pytest

import viewer
from viewer.formulas import FORMULAS, FormulaError

Ask = Callable[..., Any]
COUNTS = np.reshape([6, 2, 3, 1], (4, 1, 1))


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """The registry is that of the process: what a test registers goes when it ends."""
    with FORMULAS.layer("test"):
        yield
    FORMULAS.drop("test")


def test_a_function_is_registered_and_stays_a_function(ask: Ask) -> None:
    """By its name, with counts, logs and constants by the names of its parameters."""

    @viewer.formula
    def cost(fp: Any, fn: Any, loss: Any, per_miss: float = 10.0) -> Any:
        return fp + per_miss * fn + loss

    assert cost(1, 2, 3, per_miss=0) == 4
    assert FORMULAS["cost"].needs == ("fp", "fn", "loss")
    assert FORMULAS["cost"].constants == {"per_miss": 10.0}
    assert ask("cost", counts=COUNTS, logs={"loss": [0.5]}).tolist() == [12.5]
    assert ask("cost(per_miss=-1) / 2", counts=COUNTS, logs={"loss": [0.5]}).tolist() == [0.75]


def test_metadata_and_other_names_are_kept() -> None:
    """What a panel must know travels with the formula."""

    @viewer.formula("hits", low=0.0, high=1.0, higher_is_better=True, label="Hits", source="me")
    def caught(tp: Any, fn: Any) -> Any:
        return tp / (tp + fn)

    item = FORMULAS["hits"]
    assert (item.name, item.low, item.high, item.higher_is_better) == ("caught", 0.0, 1.0, True)
    assert (item.label, item.source, item.function) == ("Hits", "me", caught)


@pytest.mark.parametrize("name", ["f1", "phi", "iou"])
def test_ones_own_formula_takes_the_place_of_a_built_in_one(ask: Ask, name: str) -> None:
    """Whether the name was a formula's or only another name of it."""

    def constant(tp: Any) -> Any:
        return 0 * tp + 42

    constant.__name__ = name
    viewer.formula(constant)
    assert ask(name, counts=COUNTS).tolist() == [42.0]
    assert ask(f"{name} + 1", counts=COUNTS).tolist() == [43.0]


def test_a_formula_of_a_formula_in_an_expression_is_evaluated_once_registered(ask: Ask) -> None:
    """Expressions hold formulas by name."""

    @viewer.formula
    def error_rate(fp: Any, fn: Any, tp: Any, tn: Any) -> Any:
        return (fp + fn) / (tp + tn + fp + fn)

    np.testing.assert_allclose(ask("error_rate + accuracy", counts=COUNTS), 1)


def fails_by_assertion(tp: Any) -> Any:
    """Raises what no library raises."""
    raise AssertionError("not today")


def fails_by_shape(tp: Any) -> Any:
    """Gives an array that fits nothing."""
    return np.ones(7)


def fails_by_type(tp: Any) -> Any:
    """Gives no number."""
    return "many"


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (fails_by_assertion, "fails_by_assertion failed: AssertionError: not today"),
        (fails_by_shape, "fails_by_shape failed: ValueError: "),
        (fails_by_type, "fails_by_type failed: ValueError: could not convert string to float"),
    ],
)
def test_a_formula_that_fails_says_so_and_nothing_else_stops(ask: Ask, function: Any, message: str) -> None:
    """Whatever a user's function raises or returns becomes the one error that panels know."""
    with pytest.raises(FormulaError) as error:
        ask(function, counts=np.ones((4, 1, 3)))
    assert str(error.value).startswith(message)


def test_a_single_number_holds_for_every_epoch(ask: Ask) -> None:
    """A function of counts may return a scalar."""
    assert ask(lambda tp: 3.0, counts=np.ones((4, 1, 2))).tolist() == [3.0, 3.0]


def test_parameters_without_names_are_refused() -> None:
    """The rule, then what came."""

    def anything(*counts: Any, **more: Any) -> Any:
        return counts, more

    with pytest.raises(FormulaError) as error:
        viewer.formula(anything)
    assert str(error.value) == (
        "a formula's parameters must have names that say what they take. Received: ['counts', 'more']"
    )


def test_what_can_be_called_but_has_no_name_is_a_formula_too(ask: Ask) -> None:
    """A partial has that of what it calls, an object that of its class."""

    def weighed(tp: Any, fp: Any, weight: float) -> Any:
        return tp - weight * fp

    class Gain:
        def __call__(self, tp: Any, fp: Any) -> Any:
            return tp - fp

    for question, value in ((partial(weighed, weight=0.5), 5), (Gain(), 4)):
        assert ask(question, counts=COUNTS).tolist() == [value]
    assert viewer.formulas.registry.formula_of(partial(weighed, weight=0.5)).name == "weighed"
    assert viewer.formulas.registry.formula_of(Gain()).name == "Gain"


def test_the_registry_is_a_mapping_of_names() -> None:
    """Iteration gives each formula once, whatever other names it has; an unknown name is a KeyError."""
    assert len(list(FORMULAS)) == len(FORMULAS) == len(set(FORMULAS))
    assert "tpr" in FORMULAS
    assert "tpr" not in list(FORMULAS)
    with pytest.raises(KeyError):
        FORMULAS["no such formula"]


def test_alike_in_every_epoch_and_none(ask: Ask) -> None:
    """A run without an epoch yet gives no values, and no error."""
    for question in ("f1", "f1@macro", "tp + fp"):
        assert ask(question, counts=np.zeros((4, 1, 0), np.int64)).shape == (0,)
    empty = np.zeros((0, 3, 3), np.int64)
    for question in ("mcc", "f1", "f1@micro", "1 - accuracy"):
        assert ask(question, matrix=empty, kind="multiclass", classes=("a", "b", "c")).shape == (0,)
