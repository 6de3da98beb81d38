"""What else stands among the logs costs nobody a number."""

from __future__ import annotations

import enum
import math
import struct
import warnings
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.logged import scalars


class Raises:
    """A value that cannot be asked anything."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __getattr__(self, name: str) -> Any:
        raise self.error

    def __float__(self) -> float:
        raise self.error


@pytest.mark.parametrize("error", [ValueError, StopIteration, NameError, SystemError, struct.error, RecursionError])
def test_a_value_that_raises_is_left_out(error: type[Exception]) -> None:
    """Whatever it raises: the logs are everybody's."""
    assert scalars({"odd": Raises(error("no")), "loss": 0.5}) == {"loss": 0.5}


def test_ctrl_c_goes_through() -> None:
    """An interruption is no value."""
    with pytest.raises(KeyboardInterrupt):
        scalars({"odd": Raises(KeyboardInterrupt())})


def test_what_is_no_single_number_is_left_out() -> None:
    """Several numbers, two parts, more than a float holds, no number, and names that UTF-8 cannot write."""
    odd: list[Any] = [
        "x",
        b"y",
        10**400,
        np.ones(2),
        np.ones((1,)),
        1j,
        np.complex64(1),
        None,
        {},
        [1],
        Decimal("sNaN"),
    ]
    assert scalars({f"odd {at}": value for at, value in enumerate(odd)} | {"half \ud800": 1.0}) == {}


def test_numbers_of_any_making_are_taken() -> None:
    """Of Python and NumPy; a masked element is NaN; names that are no strings are written as they look."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # NumPy warns of a masked element
        found = scalars({"a": True, "b": np.float32(0.5), "c": np.array(2), 7: Decimal("1.5"), "masked": np.ma.masked})
    assert math.isnan(found.pop("masked"))
    assert found == {"a": 1.0, "b": 0.5, "c": 2.0, "7": 1.5}


def test_an_array_of_one_number_is_no_number() -> None:
    """Also one of a library that would let it be a float."""

    class Column:
        ndim = 1

        def __float__(self) -> float:
            return 0.5

    assert scalars({"column": Column(), "loss": 0.5}) == {"loss": 0.5}


def test_a_name_is_the_text_that_it_is() -> None:
    """Members of an enumeration are texts that print as something else."""

    class Key(str, enum.Enum):  # noqa: UP042 - a StrEnum prints as it is
        LOSS = "loss"

    assert scalars({Key.LOSS: 0.5}) == {"loss": 0.5}


@given(st.dictionaries(st.text(), st.floats() | st.text() | st.integers() | st.none() | st.lists(st.floats())))
def test_every_float_is_there(logs: dict[str, Any]) -> None:
    """Beside anything else, and exactly."""
    found = scalars(logs)
    for name, value in logs.items():
        if isinstance(value, float):
            assert found[name] == value or (math.isnan(value) and math.isnan(found[name]))
