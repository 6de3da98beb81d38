"""A panel written as one function of axes and frame."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from ..drawing.theme import prepare, put

if TYPE_CHECKING:
    from ..frame import Frame

Draw = Callable[[Any, "Frame"], Any]


class FunctionPanel:
    """A panel written as one function of axes and frame, which draws anew each time.

    Where it fails, what it drew last stays. A function that is registered anew under the name takes over.

    Args:
        name: under which the function is registered.
        find: gives the function of a name, each time anew.
    """

    margins: ClassVar = {"right": 0.45}  # a twin has its ticks there

    def __init__(self, name: str, find: Callable[[str], Draw]) -> None:
        self._name, self._find = name, find
        self._good: tuple[Draw, Frame] | None = None
        self._others: list[Any] = []

    def setup(self, ax: Any) -> None:
        """Remembers the axes."""
        self._ax = ax

    def update(self, frame: Frame) -> None:
        """Clears and draws."""
        try:
            draw = self._find(self._name)
            self._draw(draw, frame)
        except Exception:
            if self._good is not None:
                self._draw(*self._good)
            raise
        self._good = draw, frame

    def _draw(self, draw: Draw, frame: Frame) -> None:
        for axes in self._others:
            axes.remove()
        self._ax.clear()
        title = prepare(self._ax, self._name)
        before = set(self._ax.figure.axes)
        try:
            draw(self._ax, frame)
        finally:
            self._others = [axes for axes in self._ax.figure.axes if axes not in before]  # of `twinx`, or a colour bar
        put(title, visible=not any(self._ax.get_title(place) for place in ("left", "center", "right")))
