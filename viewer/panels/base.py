"""What a panel is, and the registry of panels."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, overload

from recorder.runfile import SentenceError

from ..formulas.layers import Layers
from ..needs import told

if TYPE_CHECKING:
    from ..frame import Frame


class Panel(Protocol):
    """A part of the dashboard; made with the words that stand behind its name in a layout.

    Artists that move are made once, in `setup`, with `animated=True`; whatever of them changed in `update` is drawn
    again, and nothing else. What `update` does to axes themselves (limits, ticks) redraws the whole panel, which costs
    tens of milliseconds: do it seldom. (`ax.get_position()` counts as such; `get_position(original=True)` does not.)

    A panel may also have `margins` (inches around its axes, by "left", "right", "top", "bottom"); `pick(x, y)`, which
    turns a click or drag at data coordinates into what it sets, such as `{"epoch": 12}` or `{"threshold": 0.4}`; and
    `read_out(x, y)`, the words shown while the mouse is there, or None; `describe()`, its main numbers in words, for
    those who do not see it; `zooms = False`, where a part of its axes alone makes no sense; `arrange(rect, inches)` in
    place of `margins`, to place its axes itself in its part of the figure (`Seat` does it); `toggle_log()`, for the key
    `l`; `formulas`, those among its words that are formulas or logs, so that a mistyped one is told before it is drawn;
    and, of a panel of several plots, `part(axes)`: which of them has `pick` and `read_out` there.
    """

    def setup(self, ax: Any) -> None:
        """Makes its artists on empty axes, once."""
        ...

    def update(self, frame: Frame) -> Any:
        """Moves its artists to the numbers of a frame."""
        ...


class PanelError(SentenceError):
    """A panel is unknown, or was given words it does not take."""


class Registry(Mapping[str, Callable[..., Any]]):
    """Panels by name, each a class or a function of axes and frame; an unknown name raises with the nearest known ones.

    What a file registers lies in a layer of its own, which is taken back whole when the file is loaded again.
    """

    def __init__(self) -> None:
        self._items: Layers[Callable[..., Any] | str] = Layers()
        self.layer = self._items.layer

    @property
    def version(self) -> int:
        """Another number whenever anything was registered or taken out."""
        return self._items.version

    def register(self, name: str, item: Callable[..., Any] | str) -> None:
        """Adds a panel, or where it is found (`module:attribute`); a later one of the same name takes its place."""
        self._items[name] = item

    def unregister(self, name: str) -> None:
        """Takes a panel out."""
        self._items.pop(name, None)

    def __getitem__(self, name: str) -> Callable[..., Any]:
        item = self._items[name]
        if isinstance(item, str):  # imported when it is asked for, as it loads matplotlib
            module, _, attribute = item.partition(":")
            with told():
                item = getattr(import_module(module), attribute)
        return item

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def find(self, name: str) -> Callable[..., Any]:
        """The class or function of that name.

        Raises:
            PanelError: There is none.
        """
        if name in self._items:
            return self[name]
        near = difflib.get_close_matches(name, self._items, n=1)
        nearest = f"nearest: {near[0]}; " if near else ""
        raise PanelError(f"a panel must be one of {', '.join(self._items)} ({nearest}name:words). Received: {name!r}")

    def make(self, name: str, *words: str) -> Panel:
        """A new panel of that name.

        Raises:
            PanelError: There is none, or it does not take these words.
        """
        make = item = self.find(name)
        if not inspect.isclass(item):
            from .function_panel import FunctionPanel

            make = partial(FunctionPanel, name, self.find)
        try:
            return make(*words)
        except TypeError as error:
            raise PanelError(
                f"the panel {name} must be given what it takes. Received: {list(words)} ({error})"
            ) from error


PANELS = Registry()


@overload
def panel(item: Callable[..., Any], /) -> Callable[..., Any]: ...
@overload
def panel(item: str, /) -> Callable[[Callable[..., Any]], Callable[..., Any]]: ...
def panel(item: Any, /) -> Any:
    """Registers a panel: a function of `(ax, frame)`, or a class with `setup(ax)` and `update(frame)`.

        @viewer.panel
        def norms(ax, frame):
            ax.plot(frame.epochs, frame.logs["norm"])

    A function gets cleared axes in the theme's colours each time, and draws with plain matplotlib. If it
    raises an error, the panel shows it with file and line, and keeps the last drawing. A class makes its artists once
    and moves them, which is many times faster (see `Panel`); its parameters are the words behind the colon in a layout.

    The frame hands out every number of the epoch: `frame.epochs`, `frame.epoch` (under the cursor), `frame.position`
    (of it, in `epochs`), `frame.logs`, `frame.values("f1@0.3")` (over all epochs), `frame.histogram()`,
    `frame.confusion()`, `frame.samples()` (a DataFrame), `frame.observed(name)` (what the recorder's `observe` saved),
    `frame.split`, `frame.threshold`, `frame.classes`, and `frame.remember(key, compute)` for what takes
    long to compute.

    Its name in layouts is that of the class or function in lower case, or the one given: `@viewer.panel("my-norms")`.

    Args:
        item: the class or function, or the name.
    """
    if isinstance(item, str):
        return partial(_register, item)
    return _register(item.__name__.lower(), item)


def _register(name: str, item: Callable[..., Any]) -> Callable[..., Any]:
    PANELS.register(name, item)
    return item
