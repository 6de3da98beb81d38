"""What a panel is, and the registry of panels."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Protocol, overload

from ..frames import Frame


class Panel(Protocol):
    """A part of the dashboard; made with the words that stand behind its name in a layout.

    Artists that move are made once, in `setup`, with `animated=True`; whatever of them changed in `update` is drawn
    again, and nothing else. What `update` does to axes themselves (limits, ticks) redraws the whole panel, which costs
    tens of milliseconds: do it seldom.

    A panel may also have `margins` (inches around its axes, by "left", "right", "top", "bottom"); `pick(x, y)`, which
    turns a click or drag at data coordinates into what it sets, such as `{"epoch": 12}` or `{"threshold": 0.4}`; and
    `read_out(x, y)`, the words shown while the mouse is there, or None.
    """

    def setup(self, ax: Any) -> None:
        """Makes its artists on empty axes, once."""
        ...

    def update(self, frame: Frame) -> Any:
        """Moves its artists to the numbers of a frame."""
        ...


class PanelError(ValueError):
    """A panel is unknown, or was given words it does not take."""


class Registry(Mapping[str, Callable[..., Panel]]):
    """Panels by name; an unknown name raises with the nearest known ones."""

    def __init__(self) -> None:
        self._makers: dict[str, Callable[..., Panel]] = {}

    def register(self, name: str, make: Callable[..., Panel]) -> None:
        """Adds a panel; a later one of the same name takes its place."""
        self._makers[name] = make

    def unregister(self, name: str) -> None:
        """Takes a panel out."""
        self._makers.pop(name, None)

    def __getitem__(self, name: str) -> Callable[..., Panel]:
        return self._makers[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)

    def make(self, name: str, *words: str) -> Panel:
        """A new panel of that name.

        Raises:
            PanelError: There is none, or it does not take these words.
        """
        if name not in self._makers:
            near = difflib.get_close_matches(name, self._makers, n=1)
            nearest = f"nearest: {near[0]}; " if near else ""
            raise PanelError(
                f"a panel must be one of {', '.join(self._makers)} ({nearest}name:words). Received: {name!r}"
            )
        try:
            return self._makers[name](*words)
        except TypeError as error:
            raise PanelError(
                f"the panel {name} must be given what it takes. Received: {list(words)} ({error})"
            ) from error


PANELS = Registry()


class FunctionPanel:
    """A panel written as one function of axes and frame, which draws anew each time.

    Args:
        draw: called with empty axes and the frame.
    """

    def __init__(self, draw: Callable[[Any, Frame], Any]) -> None:
        self._draw = draw

    def setup(self, ax: Any) -> None:
        """Remembers the axes."""
        self._ax = ax

    def update(self, frame: Frame) -> None:
        """Clears and draws."""
        self._ax.clear()
        self._draw(self._ax, frame)


@overload
def panel(item: Callable[..., Any], /) -> Callable[..., Any]: ...
@overload
def panel(item: str, /) -> Callable[[Callable[..., Any]], Callable[..., Any]]: ...
def panel(item: Any, /) -> Any:
    """Registers a panel: a class with `setup(ax)` and `update(frame)`, or a function of `(ax, frame)`.

        @viewer.panel
        def norms(ax, frame):
            ax.plot(frame.epochs, frame.logs["norm"])

    Its name in layouts is that of the class or function in lower case, or the one given: `@viewer.panel("my-norms")`.

    Args:
        item: the class or function, or the name.
    """
    if isinstance(item, str):
        return lambda function: _register(item, function)
    return _register(item.__name__.lower(), item)


def _register(name: str, item: Any) -> Callable[..., Any]:
    make: Callable[..., Panel] = item
    PANELS.register(name, make if inspect.isclass(item) else partial(FunctionPanel, item))
    return item
