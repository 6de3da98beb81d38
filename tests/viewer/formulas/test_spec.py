"""What a user types: a formula, and behind an @ where and how it is taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewer.formulas import FORMULAS, FormulaError, Spec, parse_spec

Ask = Callable[..., Any]


@pytest.mark.parametrize(
    ("text", "name", "threshold", "average", "label"),
    [
        ("f1", "f1", None, None, "F1"),
        ("f1@0.3", "f1", 0.3, None, "F1@0.3"),
        ("ppv@.5", "precision", 0.5, None, "precision@.5"),
        ("f1@1e-3", "f1", 0.001, None, "F1@1e-3"),
        ("recall@macro", "recall", None, "macro", "recall@macro"),
        ("precision@cat", "precision", None, "cat", "precision@cat"),
        ("precision@not a cat", "precision", None, "not a cat", "precision@not a cat"),
        ("f1@0.3@micro", "f1", 0.3, "micro", "F1@0.3@micro"),
        ("f1@weighted@0.0", "f1", 0.0, "weighted", "F1@weighted@0.0"),
        ("precision@2", "precision", None, "2", "precision@2"),  # a class by number
        (" f1 @ 0.3 ", "f1", 0.3, None, "F1@0.3"),
        ("tn / (tn + fn)@0.3", "tn / (tn + fn)", 0.3, None, "tn / (tn + fn)@0.3"),
        ("`a@0.3`", "`a@0.3`", None, None, "`a@0.3`"),
        ("`a@b` - `c@d`@macro", "`a@b` - `c@d`", None, "macro", "`a@b` - `c@d`@macro"),
    ],
)
def test_a_question_is_read(text: str, name: str, threshold: float | None, average: str | None, label: str) -> None:
    """Name or expression, threshold, average or class, in any order behind it."""
    spec = parse_spec(text)
    assert (spec.formula.name, spec.threshold, spec.average, spec.label) == (name, threshold, average, label)


@pytest.mark.parametrize(
    ("text", "split", "name", "label"),
    [
        ("train:f1", "train", "f1", "train:F1"),
        (" a probe : f1 @0.3", "a probe", "f1", "a probe:F1@0.3"),
        ("val:tn / (tn + fn)", "val", "tn / (tn + fn)", "val:tn / (tn + fn)"),
        ("`a:b`", None, "`a:b`", "`a:b`"),
        ("precision@a:b", None, "precision", "precision@a:b"),
        ("val:`a:b`", "val", "`a:b`", "val:`a:b`"),
    ],
)
def test_a_question_may_name_its_split(text: str, split: str | None, name: str, label: str) -> None:
    """What stands before the first colon, outside of backticks and before an @."""
    spec = parse_spec(text)
    assert (spec.split, spec.formula.name, spec.label) == (split, name, label)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("f1@1.5", "threshold must be in [0, 1]"),
        ("f1@-0.1", "threshold must be in [0, 1]"),
        ("f1@nan", "threshold must be in [0, 1]"),
        ("", "a formula, and what stands behind an @, must not be empty"),
        ("@0.3", "a formula, and what stands behind an @, must not be empty"),
        ("f1@", "a formula, and what stands behind an @, must not be empty"),
        ("f1@ @0.3", "a formula, and what stands behind an @, must not be empty"),
        ("f1@0.3@0.5", "a formula takes one threshold and one average or class"),
        ("f1@macro@micro", "a formula takes one threshold and one average or class"),
    ],
)
def test_a_malformed_question_is_refused(text: str, rule: str) -> None:
    """The rule, then what came."""
    with pytest.raises(FormulaError) as error:
        parse_spec(text)
    assert str(error.value) == f"{rule}. Received: {text!r}"


@pytest.mark.parametrize("text", ["f1`", "`loss", "`loss` + `val_loss", "f1`@0.3"])
def test_a_backtick_alone_is_refused(text: str) -> None:
    """Nothing is dropped in silence."""
    with pytest.raises(FormulaError, match="must be arithmetic on names"):
        parse_spec(text)


@given(threshold=st.floats(0, 1), average=st.sampled_from(["macro", "micro", "weighted", "owl"]))
def test_any_threshold_is_read_as_it_is_written(threshold: float, average: str) -> None:
    """The shortest decimal of a threshold gives that threshold."""
    spec = parse_spec(f"recall@{threshold!r}@{average}")
    assert (spec.threshold, spec.average) == (threshold, average)


@given(text=st.text(max_size=30))
def test_any_text_is_a_question_or_one_clear_error(text: str) -> None:
    """Whatever a user types, nothing but FormulaError comes of it."""
    try:
        known = parse_spec(text)
    except FormulaError:
        return
    assert known.label


def test_questions_that_are_no_text_are_taken_as_they_are() -> None:
    """A spec, a registered formula, and a function of one's own."""

    def doubled(tp: Any) -> Any:
        return 2 * tp

    spec = Spec(FORMULAS["f1"], threshold=0.3)
    assert parse_spec(spec) is spec
    assert parse_spec(FORMULAS["f1"]).formula is FORMULAS["f1"]
    assert parse_spec(doubled).formula.function is doubled
    assert parse_spec(doubled).label == "doubled"


def test_what_the_question_says_goes_before_the_option(ask: Ask) -> None:
    """`recall@macro` is macro, whatever average all the others are given."""
    matrix = [[[5, 1, 0], [2, 7, 1], [0, 3, 9]]]
    several = {"matrix": matrix, "kind": "multiclass", "classes": ("a", "b", "c")}
    macro = ask("recall@macro", average="micro", **several)
    np.testing.assert_equal(macro, ask("recall", average="macro", **several))
    assert macro != ask("recall", average="micro", **several)
