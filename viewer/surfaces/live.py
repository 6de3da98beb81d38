"""A figure that lives: panels, controls, mouse and keys, on any Agg canvas that shows it."""

from __future__ import annotations

import time
from typing import Any

from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from ..dashboard.figure import Dashboard, default_layout
from ..dashboard.session import Session, keys
from ..drawing.theme import LIGHT, Theme
from ..panels import PanelError
from ..reading.watch import Watcher
from .loop import Surface
from .runs_list import RunsList
from .strip import Strip

HINT = "space play · ← → step · end live · t threshold · r runs · ? keys"


class Live(Surface):
    """Draws a session on a figure and takes its mouse and keys.

    Events only set what is wanted; `beat`, called by a timer, draws at most once a call. So a fast drag
    is followed, not replayed.

    Args:
        figure: empty, with an Agg canvas.
        session: what is shown.
        watcher: wakes it when something on disk changes.
        layout: of the dashboard; None for the default of the run's kind.
        theme: light or dark.
    """

    def __init__(
        self,
        figure: Figure,
        session: Session,
        *,
        watcher: Watcher,
        layout: str | None = None,
        theme: Theme = LIGHT,
    ) -> None:
        super().__init__(session, watcher=watcher, layout=layout, theme=theme)
        self.figure = figure
        self.painted = 0  # pictures so far
        self._list: RunsList | None = None  # of all runs, while it is open
        self._under_mouse = ""
        self._dragging: Any = None
        self._ready = self._pending = False
        handler = getattr(getattr(figure.canvas, "manager", None), "key_press_handler_id", None)
        if handler is not None:  # matplotlib's own keys, such as o for its zoom
            figure.canvas.mpl_disconnect(handler)
        self.build()
        for name, react in {
            "draw_event": self._drawn,
            "resize_event": self._resized,
            "key_press_event": self._pressed,
            "button_press_event": self._clicked,
            "motion_notify_event": self._moved,
            "button_release_event": self._released,
        }.items():
            figure.canvas.mpl_connect(name, react)  # type: ignore[call-overload] # one of the names it knows

    def build(self) -> None:
        """Makes all panels anew: for another run, or another layout."""
        self.figure.clear()
        self._made = layout, _ = self._wanted()
        self.strip = Strip(self._actions(), self._words)
        own = {} if self._list is None else {"runs": self._list}
        self.dashboard = Dashboard(self.figure, layout, theme=self._theme, strip=self.strip, own=own)
        self._ready = False
        self._update()

    @property
    def paper(self) -> str:
        """The colour behind everything."""
        return self._theme.paper

    def show(self) -> bool:
        """Draws what is wanted, once the canvas has been drawn in full."""
        before = self.painted
        if self._list is not None:
            self.session.dirty |= self._list.stirred()
        if self.session.dirty:
            if self._wanted() != self._made:
                self._rebuild()
            self._update()
        if self._pending:
            self._paint()
        return self.painted > before

    def _wanted(self) -> tuple[str, int]:
        layout = self._layout or default_layout(self.session.wanted) if self._list is None else "runs"
        return layout, self.session.version

    def _rebuild(self) -> None:
        try:
            self.build()
        except PanelError as error:  # a user's file has lost a panel: the others stay until it is back
            self.dashboard.fault = str(error)
            self._made = self._wanted()
        self.figure.canvas.draw_idle()

    def _update(self) -> None:
        """Moves the panels to what is wanted now; what comes while they are, is wanted of the next beat."""
        self.session.dirty, self._pending = False, True
        player = self.session.player
        self.strip.playing, self.strip.live = player.playing, player.following
        self.dashboard.fault = self.fault
        self.dashboard.update(self.session.frame())

    def _paint(self) -> bool:
        if not self._ready:
            return False  # the canvas has not been drawn in full yet
        self._pending = False
        boxes = self.dashboard.paint()
        if boxes:
            self.figure.canvas.blit(Bbox.union(boxes))  # once: some canvases send a picture for each blit
        self.painted += 1
        return True

    def _drawn(self, _: Any) -> None:
        self.dashboard.adopt()
        self._ready = True
        self._paint()

    def _resized(self, _: Any) -> None:
        self._ready = False
        self.dashboard.fit()
        self._update()

    def _pressed(self, event: Any) -> None:
        key = str(event.key or "")
        if key == "r" or (key == "escape" and self._list is not None):
            self._toggle_list()
            return
        if self._list is not None and self._choose(self._list, key):
            self.session.dirty = True
            return
        if key == "l":
            self.dashboard.toggle_log()
            self.session.dirty = True
        self.session.press(key, time.monotonic())

    def _toggle_list(self) -> None:
        """Opens the list of all runs, or closes it."""
        if self._list is None:
            metrics = [spec.text for spec in self.session.wanted.knobs.metrics if spec.text]
            self._list = RunsList(self.session.folder, metrics)
        else:
            self._list.close()
            self._list = None
        self.session.dirty = True

    def _choose(self, runs: RunsList, key: str) -> bool:
        """What a key does in the list; False if it does nothing there."""
        if key == "enter":
            self._open(runs, None)
            return True
        return runs.step(key)

    def _open(self, runs: RunsList, entry: int | None) -> None:
        """Opens a run of the list, the chosen one if None; with the newest, those are followed that start after it."""
        row = runs.run(entry)
        if row is None:
            return
        try:
            self.session.open(None if runs.is_newest(row) else row.path)
        except (OSError, ValueError) as error:
            self.report(error)
            return
        self._toggle_list()

    def _clicked(self, event: Any) -> None:
        self._dragging = event.inaxes
        self._pick(event)

    def _moved(self, event: Any) -> None:
        if self._dragging is not None and event.inaxes is self._dragging:
            self._pick(event)
        panel = self._panel_at(event.inaxes)
        read_out = getattr(panel, "read_out", None)
        words = (read_out(event.xdata, event.ydata) if read_out is not None else None) or ""
        if words != self._under_mouse:
            self._under_mouse = words
            self.session.dirty = True

    def _released(self, _: Any) -> None:
        self._dragging = None

    def _pick(self, event: Any) -> None:
        pick = getattr(self._panel_at(event.inaxes), "pick", None)
        if pick is not None and event.button == 1:
            picked = pick(event.xdata, event.ydata) or {}
            if "row" in picked and self._list is not None:
                self._open(self._list, int(picked["row"]))
            else:
                self.session.pick(picked, time.monotonic())

    def _panel_at(self, axes: Any) -> Any:
        if axes is None:
            return None
        return next((cell.panel_at(axes) for cell in self.dashboard.cells if axes in cell.axes), None)

    def _words(self) -> str:
        if self.session.help:
            told = [f"{key}: {what}" for key, what in keys(self.session.framer.run.unit, of_folders=True).items()]
            return "   ".join(told[: len(told) // 2]) + "\n" + "   ".join(told[len(told) // 2 :])
        if self._list is not None:
            return self._list.words
        if self.session.by_threshold:
            return f"arrows move the threshold (t: back to {self.session.framer.run.unit}s)"
        return self._under_mouse or HINT

    def _actions(self) -> dict[str, Any]:
        session = self.session

        def done(action: Any) -> Any:
            def act() -> None:
                action()
                session.dirty = True

            return act

        return {
            "epoch": lambda value: self._seek(round(value)),
            "threshold": lambda value: session.set_threshold(float(value), time.monotonic()),
            "play": done(lambda: session.player.toggle()),
            "live": done(lambda: session.player.end()),
            "split": session.next_split,
        }

    def _seek(self, position: int) -> None:
        self.session.player.seek(position)
        self.session.dirty = True
