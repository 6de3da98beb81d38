"""What is said where there is not memory enough."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def enough_memory(what: str) -> Iterator[None]:
    """Makes a sentence of a lack of memory, as who asks for less may be answered.

    Raises:
        ValueError: There is not enough for `what`.
    """
    try:
        yield
    except MemoryError:
        raise ValueError(f"there is not enough memory for {what}") from None
