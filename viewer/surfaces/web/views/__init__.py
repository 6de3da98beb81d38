"""What a page can show: a class a view, which is opened with what stands in the address."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Protocol

from ..messages import Open
from ..sheet import Sheet
from ..store import Store

VIEWS = {  # by name: file and class; loaded when asked for
    "compare": ("compare", "CompareView"),
    "dashboard": ("dashboard", "DashboardView"),
    "runs": ("runs", "RunsView"),
    "samples": ("samples", "SamplesView"),
}


class View(Protocol):
    """A view of one tab.

    Args:
        store: the runs, shared with other tabs.
        asked: which runs, and what stands in the address.
    """

    def __init__(self, store: Store, asked: Open) -> None: ...

    def close(self) -> None:
        """Nobody looks any longer."""
        ...

    def receive(self, message: Any) -> None:
        """Takes a message of the page; one that is for other views is passed over."""
        ...

    def beat(self, *, room: bool) -> Sheet | None:
        """Takes news in and lets its clock run; what has changed since the last sheet, None for nothing.

        Args:
            room: whether a sheet may go out; without, what changed is for a later beat.
        """
        ...


def view(name: str) -> type[View]:
    """The class of a view.

    Raises:
        ValueError: There is none of that name.
    """
    if name not in VIEWS:
        raise ValueError(f"a view must be one of {', '.join(VIEWS)}. Received: {name!r}")
    file, kind = VIEWS[name]
    found: type[View] = getattr(import_module(f".{file}", __name__), kind)
    return found
