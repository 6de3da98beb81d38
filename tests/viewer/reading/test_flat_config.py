"""Nested configurations as one level."""

from __future__ import annotations

from functools import reduce
from typing import Any

from viewer.reading.flat_config import DEEPEST, flat


def test_a_configuration_that_is_nested_without_end_is_a_value_from_somewhere_on() -> None:
    """A run may come from anywhere; a list of runs does not stop at one of them."""
    deep: dict[str, Any] = reduce(lambda inner, _: {"a": inner}, range(5_000), {"a": 1})
    assert list(flat(deep)) == [".".join("a" * DEEPEST)]
