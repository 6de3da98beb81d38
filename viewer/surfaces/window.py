"""The dashboard in a window of any interactive matplotlib backend."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..dashboard.session import Session
from ..drawing.theme import LIGHT, Theme
from ..reading.watch import Watcher
from .live import Live

# Milliseconds from one beat to the next while something moves, and at rest: a timer of Tk that does nothing took 1.2%
# of a processor at 16, and 0.7% at 50.
BEAT, RESTING = 16, 50
STIRRED = 60  # beats without anything new until it rests
EVENTS = ("key_press_event", "button_press_event", "motion_notify_event", "resize_event")
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
        self._pyplot, self._still = interactive_pyplot(), 0
        with self._pyplot.rc_context({"toolbar": "None"}):
            figure = self._pyplot.figure(figsize=(12.8, 7.8), num="epochreel", clear=True, FigureClass=_figure_class())
        super().__init__(figure, session, watcher=watcher, layout=layout, theme=theme)

    def run(self, say: Callable[[str], Any] = str) -> None:
        """Shows the window until it is closed; the toolkit has the loop."""
        self._timer: Any = self.figure.canvas.new_timer(interval=BEAT)
        self._timer.add_callback(self._beat)
        for name in EVENTS:
            self.figure.canvas.mpl_connect(name, self._stir)  # type: ignore[call-overload] # one of the names it knows
        self._timer.start()
        self._pyplot.show()
        self._timer.stop()

    def _beat(self) -> None:  # without an answer: matplotlib stops a timer whose callback returns False
        drew = self.beat()
        self._still = 0 if drew or self.session.busy else self._still + 1
        self._keep_pace()

    def _stir(self, _: Any) -> None:
        self._still = 0
        self._keep_pace()

    def _keep_pace(self) -> None:
        """Beats seldom where nothing has happened for a second."""
        wanted = RESTING if self._still > STIRRED else BEAT
        if self._timer.interval != wanted:
            self._timer.interval = wanted


def _figure_class() -> Any:
    """A figure that says when its canvas is to be drawn, and leaves it to the dashboard, which draws all of it then.

    To draw it as matplotlib does would be painted over, and takes as long again.
    """
    from matplotlib.backend_bases import DrawEvent
    from matplotlib.figure import Figure

    class Told(Figure):
        def draw(self, renderer: Any) -> None:
            canvas: Any = self.canvas
            if renderer is not canvas.get_renderer():  # of a file
                super().draw(renderer)
                return
            self.stale = False
            canvas.callbacks.process("draw_event", DrawEvent("draw_event", canvas, canvas.renderer))

    return Told


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
