"""What was computed for the last picture, for the next one."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any


class Memo:
    """Values by key; the one not asked for longest goes first.

    Not `cachetools.LRUCache`: it has one bound, not values and bytes, and refuses a value that is larger than that.

    Args:
        size: values kept.
        most_bytes: of the arrays among them; one value is kept however large it is.
    """

    def __init__(self, size: int = 256, most_bytes: int = 128 * 2**20) -> None:
        self._size, self._most_bytes = size, most_bytes
        self._values: OrderedDict[Hashable, Any] = OrderedDict()
        self._lasting: dict[Hashable, Any] = {}
        self._bytes = 0
        self._version: int | None = None

    def __call__(self, key: Hashable, compute: Callable[[], Any]) -> Any:
        """The value of `key`, computed where it is not known."""
        return self.whole(key, lambda: (compute(), True))

    def whole(self, key: Hashable, compute: Callable[[], tuple[Any, bool]]) -> Any:
        """The same where the value may not be whole yet, as `compute` says: then it is computed again the next time."""
        if key in self._values:
            self._values.move_to_end(key)
            return self._values[key]
        value, whole = compute()
        if not whole:
            return value
        self._values[key] = value
        self._bytes += _bytes(value)
        while len(self._values) > self._size or (self._bytes > self._most_bytes and len(self._values) > 1):
            _, gone = self._values.popitem(last=False)
            self._bytes -= _bytes(gone)
        return value

    def keep(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """The value of `key`, made once and never forgotten: it keeps itself up to date."""
        if key not in self._lasting:
            self._lasting[key] = make()
        return self._lasting[key]

    def hold(self, version: int) -> None:
        """Forgets what was computed of another version of the runs."""
        if version != self._version:
            self._version = version
            self.clear()

    def clear(self) -> None:
        """Forgets everything but what is kept."""
        self._values.clear()
        self._bytes = 0


def _bytes(value: Any) -> int:
    if isinstance(value, tuple):
        return sum(map(_bytes, value))
    return int(getattr(value, "nbytes", 0))
