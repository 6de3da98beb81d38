"""Arrays that grow by slots without being copied each time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


class GrowingArray:
    """Numbers of one shape for each slot, slots along the last axis; the room doubles when it runs out.

    Args:
        shape: of what a slot holds.
        dtype: of its numbers.
        fill: what a slot holds that was never put.
    """

    def __init__(self, shape: tuple[int, ...], dtype: npt.DTypeLike, fill: float = 0) -> None:
        self._fill = fill
        self._room: Array = np.full((*shape, 0), fill, dtype)
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
        self._room[..., slots] = values

    def reach(self, length: int) -> Array:
        """Makes it at least so many slots long; the values."""
        room = self._room.shape[-1]
        if length > room:
            larger = np.full((*self._room.shape[:-1], max(length, 2 * room)), self._fill, self._room.dtype)
            larger[..., : self._length] = self.values
            self._room = larger
        self._length = max(self._length, length)
        return self.values

    def widen(self, dtype: npt.DTypeLike) -> None:
        """Goes on with numbers of a type that holds more."""
        self._room = self._room.astype(np.promote_types(self._room.dtype, dtype), copy=False)


class ScalarColumns:
    """Named float64 columns over slots; NaN where a slot has no such value."""

    def __init__(self) -> None:
        self._columns: dict[str, GrowingArray] = {}
        self._length = 0

    def put(self, slots: Sequence[int], rows: Sequence[Mapping[str, Any]]) -> None:
        """Sets the values of several slots, numbers or "NaN" and its like.

        A name that is new gets a column, one that is missing becomes NaN.
        """
        self._length = max(self._length, max(slots, default=-1) + 1)
        for name in dict.fromkeys(chain.from_iterable(rows)):
            if name not in self._columns:
                self._columns[name] = GrowingArray((), np.float64, np.nan)
        for name, column in self._columns.items():
            column.put(slots, np.array([row.get(name, np.nan) for row in rows], np.float64))

    def names(self) -> list[str]:
        """Names in the order of their first appearance."""
        return list(self._columns)

    def column(self, name: str) -> npt.NDArray[np.float64]:
        """float64 [slots]."""
        return self._columns[name].reach(self._length)
