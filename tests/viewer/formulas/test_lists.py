"""Lists of formulas are cut between formulas, never within one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewer.dashboard.layout import parse_layout
from viewer.formulas import split_formulas


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("f1,mcc", ["f1", "mcc"]),
        (" f1 , maximum(a, b) ", ["f1", "maximum(a, b)"]),
        ("maximum(a, minimum(b, c)), f1", ["maximum(a, minimum(b, c))", "f1"]),
        ("`dense, of two`,f1", ["`dense, of two`", "f1"]),
        ("recall@'a, b',\"c,d\"", ["recall@'a, b'", '"c,d"']),
        ("f1,,mcc", ["f1", "", "mcc"]),
        ("", [""]),
        ("maximum(a, b", ["maximum(a, b"]),
        ("a), b", ["a)", "b"]),
    ],
)
def test_a_list_is_cut_at_commas_outside_of_parentheses_and_quotes(text: str, parts: list[str]) -> None:
    """However deep the parentheses; what is never closed is one part, for the parser of formulas to refuse."""
    assert split_formulas(text) == parts


formulas = st.recursive(
    st.sampled_from(["f1", "recall@macro", "`a, b`", "'x,('"]),
    lambda inner: st.tuples(inner, inner).map(lambda pair: f"maximum({pair[0]}, {pair[1]})"),
    max_leaves=6,
)


@given(parts=st.lists(formulas, min_size=1, max_size=5))
def test_what_was_joined_comes_apart_again(parts: list[str]) -> None:
    """Any nesting of calls, any quotes."""
    assert split_formulas(", ".join(parts)) == parts


def test_words_of_a_layout_are_cut_by_the_same_rule() -> None:
    """A call within a call is one word."""
    (((place,), (other,))) = parse_layout("curves:'maximum(f1, minimum(mcc, recall))',f1 / matrix")
    assert place.words == ("maximum(f1, minimum(mcc, recall))", "f1")
    assert other.words == ()
