"""In which order runs stand."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

T = TypeVar("T")


def ranked(items: Iterable[T], value: Callable[[T], Any], *, down: bool) -> list[T]:
    """Sorted by a value each, stable, so that sorts can follow one another; those without a value come last.

    Numbers stand before everything else, which goes by its text.

    >>> ranked([3, None, "a", 1], lambda item: item, down=False)
    [1, 3, 'a', None]
    """
    valued = [(item, value(item)) for item in items]
    known = [(item, at) for item, at in valued if at is not None]
    known.sort(key=lambda pair: _rank(pair[1]), reverse=down)
    return [item for item, _ in known] + [item for item, at in valued if at is None]


def _rank(value: Any) -> tuple[bool, Any]:
    number = isinstance(value, int | float)
    return (not number, value if number else str(value))
