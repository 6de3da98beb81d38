"""The page of `epochreel watch --web` in a notebook's cell: a widget, and the process that draws for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import anywidget
import traitlets

from .pipe import DrawingProcess
from .web.in_cell import WIDGET, page

NAME = 8  # letters of the name of a view, as `Piped` has them
NOBODY = "--------"  # the name of one that has not spoken
LONGEST = 64 * 1024  # characters of what a page says at once


class InteractiveWatch(anywidget.AnyWidget):
    """A dashboard to work with. `stop()` ends it; so does the end of the kernel. An interrupted cell does not.

    What is drawn comes from another process, also while the kernel is busy; what its page says is handed on once the
    kernel is free.

    Args:
        command: of the process that draws.
        height: pixels of the page.

    Attributes:
        shown_in: number of the execution that has displayed it, which need not do so again for the value of its cell.
    """

    _esm = WIDGET.read_text(encoding="utf-8")
    first = traitlets.Bytes().tag(sync=True)  # what is shown to a page that the kernel has not heard yet
    page = traitlets.Unicode().tag(sync=True)
    height = traitlets.Int().tag(sync=True)

    def __init__(self, command: Sequence[str], *, height: int) -> None:
        super().__init__(page=page(), height=height)
        self.shown_in: int | None = None
        self._process = DrawingProcess(command, self._hear)
        self.on_msg(self._said)

    @property
    def pid(self) -> int:
        """Of the process that draws."""
        return self._process.pid

    def stop(self) -> None:
        """Ends the drawing process; the last pictures stay."""
        self._process.stop()

    def __repr__(self) -> str:
        return f"InteractiveWatch({'live' if self._process.lives else 'stopped'})"

    def _repr_mimebundle_(self, **options: Any) -> Any:
        from IPython import get_ipython

        shell = get_ipython()
        if shell is not None and shell.execution_count == self.shown_in:
            return {"text/plain": repr(self)}
        return super()._repr_mimebundle_(**options)

    def _said(self, _: Any, content: Any, buffers: Any) -> None:
        """A page has said something."""
        name, words = str(content.get("id", "")), str(content.get("say", ""))
        if len(name) == NAME and name.isalnum() and name.isascii() and len(words) <= LONGEST:
            self._process.say((name + words).encode())
            self.send({"id": name, "heard": True})

    def _hear(self, sent: Iterator[bytes]) -> None:
        """Hands sheets on, each to the page that it is for; at the end one that is empty, to all."""
        for data in sent:
            name, sheet = data[:NAME].decode(), data[NAME:]
            if name == NOBODY:
                self.first = sheet
            else:
                self.send({"id": name}, [sheet])
        self.send({"id": ""}, [b""])
