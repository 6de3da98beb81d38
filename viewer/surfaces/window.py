"""The dashboard in a window of any interactive matplotlib backend."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..frames import Framer
from ..panels.dashboard import Dashboard
from ..playback.player import Player
from ..reading.watch import Watcher

NO_DISPLAY = (
    "No display: a window needs one. Draw to a file instead (epochreel export RUN --to picture.png), read the numbers "
    "(epochreel metrics RUN), watch from a notebook (viewer.watch), or log in with ssh -X."
)
KEYS = "space play · ← → step · shift ten · home · end newest · + - speed · l log scale · ? keys"
TICK = 0.05  # seconds between looks
RESCAN = 2.0  # seconds after which the files are read although nothing woke the viewer


class NoDisplayError(RuntimeError):
    """There is nowhere to open a window."""


class Window:
    """A figure with sliders and keys, which follows the newest epoch until somebody scrubs.

    Args:
        framer: of the run.
        watched: folder whose changes wake the window.
        following: start at the newest epoch and stay with it.
        every: redraw live at every n-th new epoch.
        newer: asked at each change for the framer of a newer run; None to stay.

    Raises:
        NoDisplayError: There is no display.
    """

    def __init__(
        self,
        framer: Framer,
        *,
        watched: Path,
        following: bool = True,
        every: int = 1,
        newer: Callable[[], Framer | None] | None = None,
    ) -> None:
        self._pyplot = _interactive_pyplot()
        self._framer, self._watched, self._newer, self._every = framer, watched, newer, every
        self.player = Player(len(framer), following=following)
        self._drawn = self._last_tick = self._last_look = 0.0
        self._begin()

    def show(self) -> None:
        """Shows the window until it is closed."""
        with Watcher(self._watched) as watcher:
            self._watcher = watcher
            timer = self.figure.canvas.new_timer(interval=int(TICK * 1000))
            timer.add_callback(self._tick)
            timer.start()
            self._pyplot.show()
            timer.stop()

    def press(self, key: str) -> None:
        """What a key does."""
        player = self.player
        actions: dict[str, Callable[[], Any]] = {
            " ": player.toggle,
            "right": lambda: player.step(1),
            "left": lambda: player.step(-1),
            "shift+right": lambda: player.step(10),
            "shift+left": lambda: player.step(-10),
            "home": player.home,
            "end": player.end,
            "+": lambda: player.faster(1.5),
            "-": lambda: player.faster(1 / 1.5),
            "l": self._dashboard.scores.toggle_log,
            "?": lambda: self._help.set_visible(not self._help.get_visible()),
        }
        if key in actions:
            actions[key]()
            self.draw()

    def draw(self) -> None:
        """Puts the epoch under the cursor on screen."""
        self._dashboard.update(self._framer.frame(self.player.position))
        self._sync_sliders()
        self.figure.canvas.draw_idle()

    def _begin(self) -> None:
        from matplotlib.widgets import Slider

        with self._pyplot.rc_context({"toolbar": "None", "keymap.home": [], "keymap.back": [], "keymap.forward": []}):
            self.figure = self._pyplot.figure(figsize=(12.8, 7.6), num="epochreel", clear=True)
        manager = getattr(self.figure.canvas, "manager", None)
        if manager is not None and getattr(manager, "key_press_handler_id", None):
            self.figure.canvas.mpl_disconnect(manager.key_press_handler_id)
        self._dashboard = Dashboard(self.figure, controls=True)
        self._epoch = Slider(self.figure.add_axes((0.09, 0.045, 0.33, 0.03)), "epoch", 0, 1, valinit=0, valstep=1)
        threshold = self._framer.frame().threshold
        self._threshold = Slider(
            self.figure.add_axes((0.58, 0.045, 0.33, 0.03)),
            "threshold",
            0,
            1,
            valinit=threshold or 0.5,
            valfmt="%.3f",
        )
        self._epoch.on_changed(self._scrubbed)
        self._threshold.on_changed(self._moved)
        self._help = self.figure.text(0.5, 0.012, KEYS, fontsize=8, ha="center", color="#6b7280")
        self.figure.canvas.mpl_connect("key_press_event", lambda event: self.press(str(getattr(event, "key", ""))))
        self.draw()

    def _sync_sliders(self) -> None:
        slider, player = self._epoch, self.player
        last = max(player.length - 1, 1)
        slider.valmax = last
        slider.ax.set_xlim(0, last)
        slider.eventson = False
        slider.set_val(player.position)
        numbers = self._framer.run.epoch_numbers
        if len(numbers):
            slider.valtext.set_text(str(numbers[player.position]))
        slider.eventson = True

    def _scrubbed(self, value: float) -> None:
        self.player.seek(round(value))
        self.draw()

    def _moved(self, value: float) -> None:
        self._framer.set_threshold(float(value))
        self.draw()

    def _tick(self) -> None:
        now = time.monotonic()
        if self._watcher.changed.is_set() or now - self._last_look > RESCAN:
            self._watcher.changed.clear()
            self._last_look = now
            self._look()
        steps = int((now - self._last_tick) * self.player.speed)
        if steps:
            self._last_tick = now
            if self.player.tick(min(steps, 5)):
                self.draw()

    def _look(self) -> None:
        newer = self._newer() if self._newer is not None else None
        if newer is not None:
            self._framer = newer
            self.player = Player(len(newer))
            self.draw()
            return
        state = self._framer.run.status
        if self._framer.refresh() or state != self._framer.run.status:
            length = len(self._framer)
            if length - self._drawn >= self._every or state != "running" or self._framer.run.status != "running":
                self._drawn = length
                self.player.grow(length)
                self.draw()


def _interactive_pyplot() -> Any:
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
