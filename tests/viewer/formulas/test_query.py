"""One question: what a formula, a split and keyword arguments come to, the same for whoever asks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from viewer.formulas import FormulaError, parse_spec
from viewer.formulas.class_names import class_index
from viewer.formulas.query import Query, query_of


def test_what_the_formula_says_goes_before_what_is_said_for_all() -> None:
    """Split, threshold and average that are typed with a formula stand; those it leaves open come from the keywords."""
    query = query_of("train:f1@0.3@macro", "val", threshold=0.7, average="micro", level=0.9)
    assert (query.split, query.threshold, query.spec.average, query.level) == ("train", 0.3, "macro", 0.9)
    left_open = query_of("f1", "val", threshold=0.7, average="micro", output="tags")
    assert (left_open.split, left_open.threshold, left_open.spec.average) == ("val", 0.7, "micro")
    assert left_open.output == "tags"


def test_a_query_is_handed_on_whole() -> None:
    """Nothing may stand beside one, so that no two callers read it differently."""
    query = query_of("f1", threshold=0.3)
    assert query_of(query) is query
    with pytest.raises(
        TypeError, match=r"^a Query must stand alone, it says all\. Received: \['threshold'\] beside it$"
    ):
        query_of(query, threshold=0.5)


def test_a_keyword_that_is_none_is_refused() -> None:
    """A slip of the keyboard is no question."""
    with pytest.raises(TypeError, match="treshold"):
        query_of("f1", treshold=0.3)  # type: ignore[call-arg] # what is tested


def test_the_same_question_of_another_formula() -> None:
    """What was set for all stays, unless the other formula says it otherwise."""
    for_all = query_of("f1", "train", threshold=0.7, prevalence=0.1)
    assert for_all.of("mcc") == replace(for_all, spec=parse_spec("mcc"))
    assert for_all.of("val:mcc@0.2") == Query(
        spec=parse_spec("val:mcc@0.2"), split="val", threshold=0.2, prevalence=0.1
    )


def test_two_functions_of_one_name_are_two_questions() -> None:
    """Two lambdas in `metrics` are both called `<lambda>`; they are equal to themselves alone."""
    one, other = query_of(lambda tp: tp), query_of(lambda tp: 2 * tp)
    assert one != other
    assert len({one, other, replace(one)}) == 2


@pytest.mark.parametrize("given", ["owl", 2, "2"])
def test_a_class_is_named_one_way(given: int | str) -> None:
    """By name, number, or a number that was typed."""
    assert class_index(given, ["cat", "dog", "owl"]) == 2


def test_a_class_whose_name_is_a_number_goes_by_its_name() -> None:
    """Digits in another order: the text is the name, the number is the place."""
    assert (class_index("2", ["2", "1", "0"]), class_index(2, ["2", "1", "0"])) == (0, 2)


@pytest.mark.parametrize("given", ["cow", 3, -1, "3", ""])
def test_a_class_that_is_none_is_refused(given: int | str) -> None:
    """With the classes there are."""
    with pytest.raises(FormulaError) as error:
        class_index(given, ["cat", "dog", "owl"])
    assert str(error.value) == f"label must be one of ['cat', 'dog', 'owl'], or its number. Received: {given!r}"
