"""What is kept from picture to picture."""

from __future__ import annotations

import numpy as np

from viewer.frame.memo import Memo


def test_a_value_is_computed_once_until_all_is_forgotten() -> None:
    """What is kept stays also then."""
    memo, made = Memo(), iter(range(10))
    assert [memo("a", lambda: next(made)), memo("a", lambda: next(made)), memo.keep("b", lambda: next(made))] == [
        0,
        0,
        1,
    ]
    memo.clear()
    assert [memo("a", lambda: next(made)), memo.keep("b", lambda: next(made))] == [2, 1]


def test_what_was_not_asked_for_longest_goes_first() -> None:
    """By number."""
    memo = Memo(size=2)
    for key in ("a", "b", "a", "c"):
        memo(key, lambda: 0)
    assert [memo(key, lambda: 1) for key in ("a", "c", "b")] == [0, 0, 1]


def test_arrays_take_no_more_bytes_than_allowed() -> None:
    """Also within tuples; the newest value is kept whatever it takes."""
    memo = Memo(most_bytes=1000)
    first = memo("a", lambda: (np.zeros(50), np.zeros(50)))
    assert memo("a", lambda: None) is first
    memo("b", lambda: np.zeros(100))
    assert memo("a", lambda: None) is None
    large = memo("c", lambda: np.zeros(1000))
    assert memo("c", lambda: None) is large
    assert memo("b", lambda: None) is None
