"""A part of a picture shown larger: axes that keep their limits, whatever their panel would set."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

SMALLEST = 1e-9  # of the length of an axis that is shown


class Zoom:
    """Holds axes at a part of what their panel shows, and lets them go.

    The panel goes on setting the limits it wants, which are taken note of, and gets those that hold when it asks.

    Args:
        axes: of the panel.
    """

    def __init__(self, axes: Any) -> None:
        self._axes, self.held = axes, False
        self._set = {"x": axes.set_xlim, "y": axes.set_ylim}
        self._wanted: dict[str, tuple[Any, Any]] = {}

    def hold(self, x: Sequence[float], y: Sequence[float]) -> None:
        """Shows what lies between two places of each axis, and keeps the directions of the axes."""
        for side, ends in (("x", x), ("y", y)):
            now = getattr(self._axes, f"get_{side}lim")()
            if not self.held:
                self._wanted[side] = ((now,), {})
            low, high = sorted(ends)
            if high - low > SMALLEST * abs(now[1] - now[0]):
                self._set[side]((low, high) if now[0] <= now[1] else (high, low))
            setattr(self._axes, f"set_{side}lim", partial(self._note, side))
        self.held = True

    def release(self) -> None:
        """Shows all again."""
        if not self.held:
            return
        self.held = False
        for side, (places, words) in self._wanted.items():
            delattr(self._axes, f"set_{side}lim")
            self._set[side](*places, **words)

    def _note(self, side: str, *places: Any, **words: Any) -> Any:
        self._wanted[side] = (places, words)
        return getattr(self._axes, f"get_{side}lim")()
