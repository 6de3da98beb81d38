"""Arrays that grow by slots without being copied each time, and what is said where there is no memory for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


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


class GrowingArray:
    """Numbers of one shape for each slot, slots along the last axis; the room doubles when it runs out.

    Args:
        shape: of what a slot holds.
        dtype: of its numbers.
        fill: what a slot holds that was never put.
    """

    def __init__(self, shape: tuple[int, ...], dtype: npt.DTypeLike, fill: float = 0) -> None:
        self._fill = fill
        self._room: Array = np.zeros((*shape, 0), dtype)
        self._length = 0

    def __len__(self) -> int:
        return self._length

    @property
    def values(self) -> Array:
        """[*shape, slots], a view."""
        return self._room[..., : self._length]

    def put(self, slots: Sequence[int], values: Any) -> None:
        """Sets several slots: `values` is [*shape, slots]; slots between the last one and these hold the fill value."""
        self.reach(max(slots, default=-1) + 1)
        self._room[..., slice(slots.start, slots.stop) if isinstance(slots, range) else slots] = values

    def reach(self, length: int) -> Array:
        """Makes it at least so many slots long; the values."""
        room = self._room.shape[-1]
        if length > room:
            larger = _filled((*self._room.shape[:-1], max(length, 2 * room)), self._fill, self._room.dtype)
            larger[..., : self._length] = self.values
            self._room = larger
        self._length = max(self._length, length)
        return self.values

    def widen(self, dtype: npt.DTypeLike) -> None:
        """Goes on with numbers of a type that holds more."""
        self._room = self._room.astype(np.promote_types(self._room.dtype, dtype), copy=False)

    def extend(self, shape: tuple[int, ...]) -> None:
        """Goes on with a shape that holds more: what there is stays in its first places."""
        if shape != self._room.shape[:-1]:
            larger = np.full((*shape, self._room.shape[-1]), self._fill, self._room.dtype)
            larger[tuple(map(slice, self._room.shape))] = self._room
            self._room = larger


def _filled(shape: tuple[int, ...], fill: float, dtype: np.dtype[Any]) -> Array:
    """An array; of zeros no memory is taken before they are written to."""
    return np.full(shape, fill, dtype) if fill else np.zeros(shape, dtype)


class ScalarColumns:
    """Named float64 columns over slots; NaN where a slot has no such value."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}
        self._values = GrowingArray((0,), np.float64, np.nan)
        self._not_finite = GrowingArray((0,), np.bool_)

    def put(self, slots: Sequence[int], rows: Sequence[Mapping[str, Any]]) -> None:
        """Sets the values of several slots, numbers or "NaN" and its like.

        A name that is new gets a column, one that is missing becomes NaN.
        """
        for name in dict.fromkeys(chain.from_iterable(rows)):
            self._places.setdefault(name, len(self._places))
        stated = [row.get(name, np.nan) for name in self._places for row in rows]
        values = np.array(stated, np.float64).reshape(-1, len(rows))
        broken = ~np.isfinite(values)
        if broken.any():
            broken &= np.array([name in row for name in self._places for row in rows]).reshape(broken.shape)
        for column, found in ((self._values, values), (self._not_finite, broken)):
            column.extend((len(self._places),))
            column.put(slots, found)

    def names(self) -> list[str]:
        """Names in the order of their first appearance."""
        return list(self._places)

    def column(self, name: str) -> npt.NDArray[np.float64]:
        """float64 [slots]."""
        return self._values.values[self._places[name]]

    def not_finite(self, name: str) -> npt.NDArray[np.bool_]:
        """bool [slots]: where NaN or an infinity was recorded; where nothing was is none of them."""
        return self._not_finite.values[self._places[name]]
