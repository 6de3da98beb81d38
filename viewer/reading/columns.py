"""Arrays that grow by slots without being copied each time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt


class GrowingArray:
    """Rows of one shape, appended or overwritten; the room doubles when it runs out.

    Args:
        shape: of a row.
        dtype: of its numbers.
        fill: what a row holds that was never put.
    """

    def __init__(self, shape: tuple[int, ...], dtype: npt.DTypeLike, fill: float = 0) -> None:
        self._fill = fill
        self._room: npt.NDArray[Any] = np.full((16, *shape), fill, dtype)
        self._length = 0

    @property
    def values(self) -> npt.NDArray[Any]:
        """[rows, *shape], a view."""
        return self._room[: self._length]

    def put(self, slot: int, row: Any) -> None:
        """Sets a row; rows between the last one and it hold the fill value."""
        self.reach(slot + 1)
        self._room[slot] = row

    def reach(self, length: int) -> None:
        """Makes it at least so many rows long."""
        if length > len(self._room):
            larger = np.full((max(length, 2 * len(self._room)), *self._room.shape[1:]), self._fill, self._room.dtype)
            larger[: self._length] = self.values
            self._room = larger
        self._length = max(self._length, length)


class ScalarColumns:
    """Named float64 columns over slots; NaN where a slot has no such value."""

    def __init__(self) -> None:
        self._columns: dict[str, GrowingArray] = {}
        self._length = 0

    def put(self, slot: int, values: Mapping[str, float]) -> None:
        """Sets the values of a slot; a name that is new gets a column, one that is missing becomes NaN."""
        self._length = max(self._length, slot + 1)
        for name in values:
            self._columns.setdefault(name, GrowingArray((), np.float64, np.nan))
        for name, column in self._columns.items():
            column.put(slot, values.get(name, np.nan))

    def names(self) -> list[str]:
        """Names in the order of their first appearance."""
        return list(self._columns)

    def column(self, name: str) -> npt.NDArray[np.float64]:
        """float64 [slots]."""
        self._columns[name].reach(self._length)
        values: npt.NDArray[np.float64] = self._columns[name].values
        return values
