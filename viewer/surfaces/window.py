"""The dashboard in a window of any interactive matplotlib backend."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..dashboard.session import Session
from ..drawing.theme import LIGHT, Theme
from ..reading.watch import Watcher
from .live import Live

BEAT = 16  # milliseconds
NO_DISPLAY = (
    "No display: a window needs one. Watch in a browser instead (--web), in the terminal (--text), from a notebook "
    "(viewer.watch), or draw to a file (epochreel export RUN --to picture.png)."
)


class NoDisplayError(RuntimeError):
    """There is nowhere to open a window."""


class Window(Live):
    """A session in a window.

    Args:
        session: what is shown.
        watcher: wakes it.
        layout: of the dashboard; None for the default.
        theme: light or dark.

    Raises:
        NoDisplayError: There is no display.
    """

    def __init__(self, session: Session, *, watcher: Watcher, layout: str | None = None, theme: Theme = LIGHT) -> None:
        self._pyplot = interactive_pyplot()
        with self._pyplot.rc_context({"toolbar": "None"}):
            figure = self._pyplot.figure(figsize=(12.8, 7.8), num="epochreel", clear=True)
        super().__init__(figure, session, watcher=watcher, layout=layout, theme=theme)

    def run(self, say: Callable[[str], Any] = str) -> None:
        """Shows the window until it is closed; the toolkit has the loop."""
        timer: Any = self.figure.canvas.new_timer(interval=BEAT)
        timer.add_callback(self._beat)
        timer.start()
        self._pyplot.show()
        timer.stop()

    def _beat(self) -> None:
        self.beat()  # its answer is kept back: matplotlib stops a timer whose callback returns False


def interactive_pyplot() -> Any:
    """pyplot with a backend that opens windows.

    Raises:
        NoDisplayError: No such backend works here.
    """
    import matplotlib
    from matplotlib import pyplot
    from matplotlib.backends.registry import BackendFilter, backend_registry

    name = matplotlib.get_backend().lower()
    interactive = {
        known.lower()
        for known in backend_registry.list_builtin(BackendFilter.INTERACTIVE)  # type: ignore[no-untyped-call]
    }
    if name not in interactive or name in {"webagg", "nbagg"}:
        raise NoDisplayError(NO_DISPLAY)
    return pyplot
