"""What differs between configurations."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from viewer.comparison.config import differences, flat

values = st.one_of(st.integers(0, 2), st.booleans(), st.text(max_size=2), st.lists(st.integers(0, 1), max_size=2))
configs = st.recursive(
    st.dictionaries(st.sampled_from("abc"), values, max_size=3),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)


@given(config=configs, times=st.integers(1, 3))
def test_equal_configurations_differ_in_nothing(config: dict, times: int) -> None:
    """However deep, what is the same everywhere is no difference."""
    assert differences([config] * times) == {}


@given(one=configs, other=configs)
def test_every_key_is_either_the_same_or_among_the_differences(one: dict, other: dict) -> None:
    """No difference is lost, and none is made up; what a configuration lacks is None."""
    first, second, found = flat(one), flat(other), differences([one, other])
    for key in first.keys() | second.keys():
        same = first.get(key) == second.get(key) and type(first.get(key)) is type(second.get(key))
        assert (key not in found) if same else found[key] == [first.get(key), second.get(key)]


def test_nested_keys_are_joined_by_dots() -> None:
    """A person reads `optimizer.lr`; an empty mapping is a value."""
    config = {"optimizer": {"lr": 0.1, "name": "sgd"}, "extra": {}}
    assert flat(config) == {"optimizer.lr": 0.1, "optimizer.name": "sgd", "extra": {}}


def test_a_switch_is_not_a_number() -> None:
    """1 and 1.0 are one value, 1 and True are two."""
    assert differences([{"a": 1}, {"a": 1.0}]) == {}
    assert differences([{"a": 1}, {"a": True}]) == {"a": [1, True]}
