"""Arrow's arrays made of buffers, against those that Arrow makes itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from recorder.runfile import arrow_arrays
from recorder.runfile.arrow_arrays import lists_as, numbers_as, repeated, texts_of

KINDS = {np.int32: pa.int32(), np.int64: pa.int64(), np.float32: pa.float32(), np.float64: pa.float64()}


@given(data=st.data(), kind=st.sampled_from(list(KINDS)), shape=arrays.array_shapes(min_dims=2, max_dims=2, min_side=0))
def test_numbers_and_lists_are_those_that_arrow_makes(data: Any, kind: Any, shape: tuple[int, int]) -> None:
    """Of any number of rows and any length, none among them, also where every second row is taken."""
    matrix = data.draw(arrays.arrays(kind, shape))[::2]
    lists = lists_as(pa.list_(KINDS[kind]), matrix)
    lists.validate(full=True)
    assert len(lists) == len(matrix)
    np.testing.assert_array_equal(np.asarray(lists.to_pylist(), kind).reshape(matrix.shape), matrix)
    column = matrix[:, 0] if matrix.shape[1] else matrix.ravel()
    numbers = numbers_as(KINDS[kind], column)
    numbers.validate(full=True)
    np.testing.assert_array_equal(numbers.to_numpy(), column)


@given(st.lists(st.text()))
def test_texts_are_those_that_arrow_makes(texts: list[str]) -> None:
    """Whatever letters they have; empty ones, and none, as well."""
    found = texts_of(texts)
    found.validate(full=True)
    assert found.equals(pa.array(texts, pa.string()))


@given(st.text(), st.integers(0, 5))
def test_a_text_is_repeated_as_arrow_does_it(text: str, rows: int) -> None:
    """In each row, of which there may be none."""
    found = repeated(text, rows)
    found.validate(full=True)
    assert found.equals(pa.repeat(pa.scalar(text, pa.string()), rows))


def test_what_does_not_fit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """No number is cut, and no column of texts is longer than its offsets can say."""
    with pytest.raises(TypeError, match="same_kind"):
        numbers_as(pa.int64(), np.array([0.5]))
    for kind, numbers in ((pa.int32(), np.array([5, 2**31 + 5])), (pa.int64(), np.array([2**63], np.uint64))):
        with pytest.raises(ValueError, match=f"must fit into {kind}. Received: {numbers[-1]}"):
            numbers_as(kind, numbers)
    with pytest.raises(ValueError, match=r"one dimension. Received: the shape \(2, 3\)"):
        numbers_as(pa.int64(), np.zeros((2, 3), int))
    monkeypatch.setattr(arrow_arrays, "LONGEST", 20)
    assert len(repeated("validation", 2)) == 2
    with pytest.raises(ValueError, match=r"must have at most 20 items\. Received: 3 rows of 10"):
        repeated("validation", 3)
