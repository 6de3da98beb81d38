"""A picture in a notebook cell, updated in place while other cells run; drawn in another process."""

from __future__ import annotations

import shlex
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ..needs import told
from .pipe import receive

_LIVE: dict[str, NotebookWatch] = {}  # the live picture of each cell, or of each folder where cells have no name


class NotebookWatch:
    """A live picture. `stop()` ends it; so does the end of the kernel. An interrupted cell does not.

    Args:
        command: of the process that draws.
    """

    def __init__(self, command: Sequence[str]) -> None:
        with told():
            from IPython.display import HTML, display

        self.pictures = 0
        self._handle = display(HTML("<i>epochreel waits for the first epoch …</i>"), display_id=True)
        self._process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
            start_new_session=True,  # what interrupts a cell is sent to the kernel and all that belong to it
        )  # fmt: skip
        self._thread = threading.Thread(target=self._show, daemon=True, name="epochreel")
        self._thread.start()

    @property
    def pid(self) -> int:
        """Of the process that draws."""
        return self._process.pid

    def stop(self) -> None:
        """Ends the drawing process; the last picture stays."""
        self._process.terminate()
        self._process.wait()
        self._thread.join(timeout=5)

    def __repr__(self) -> str:
        return f"NotebookWatch({self.pictures} pictures, {'live' if self._process.poll() is None else 'stopped'})"

    def _show(self) -> None:
        from IPython.display import Image

        assert self._process.stdout is not None
        while (data := receive(self._process.stdout)) is not None:
            if data:
                self._handle.update(Image(data=data, format="png"))
                self.pictures += 1


def watch(
    folder: str | Path = "runs",
    metrics: Sequence[str] = (),
    *,
    output: str | None = None,
    fps: float = 2,
    layout: str | None = None,
    theme: str | None = None,
) -> Any:
    """Shows the newest run of a folder live below this cell, even while later cells train.

    Where `%matplotlib widget` (ipympl) is on, the dashboard with its sliders is shown instead; it lives in the kernel
    and so stands still while a cell runs.

    Args:
        folder: a folder of runs, which need not exist yet, or a run by folder or name.
        metrics: formulas as on the command line; none for the defaults.
        output: of the model; None for its first.
        fps: at most this many pictures per second.
        layout: of the panels, as on the command line.
        theme: light or dark.

    Returns:
        A `NotebookWatch`; keep it to `stop()` it. With ipympl, the live figure.
    """
    from ..run import folder_meant

    folder = folder_meant(folder)
    if _widgets():
        return _interactive(folder, list(metrics), output, layout, theme)
    options = [part for metric in metrics for part in ("-m", metric)]
    named = {"--output": output, "--layout": layout, "--theme": theme}
    options += [f"{name}={value}" for name, value in named.items() if value is not None]
    # -P: a user's own viewer.py beside the notebook is not taken for ours.
    start = [sys.executable, "-P", "-m", "viewer", "frames", str(folder.absolute()), "--fps", str(fps)]
    key = _cell() or str(folder.absolute())
    if key in _LIVE:  # the cell is run again
        _LIVE.pop(key).stop()
    _LIVE[key] = NotebookWatch([*start, *options])
    return _LIVE[key]


def magic(line: str) -> Any:
    """`%epochreel runs -m f1 -m recall@macro`: `watch` as a line magic; `%load_ext viewer` brings it.

    Raises:
        ValueError: The line is none that it takes.
    """
    with told():
        from IPython.core.error import UsageError
        from IPython.core.magic_arguments import MagicArgumentParser

    parser = MagicArgumentParser("%epochreel")
    parser.add_argument("folder", nargs="?", default="runs")
    parser.add_argument("-m", "--metric", action="append", default=[])
    parser.add_argument("--output")
    try:
        asked = parser.parse_args(shlex.split(line))
    except UsageError as error:
        raise ValueError(
            f"%epochreel takes a folder, formulas and an output: %epochreel runs -m f1 --output NAME; {error}. "
            f"Received: {line!r}"
        ) from None
    return watch(asked.folder, asked.metric, output=asked.output)


def _cell() -> str:
    """The name of the cell that is run, which JupyterLab and others send along; "" where there is none."""
    with told():
        from IPython import get_ipython

    parent: dict[str, Any] = getattr(get_ipython(), "get_parent", dict)() or {}
    return str(parent.get("metadata", {}).get("cellId", ""))


def _widgets() -> bool:
    matplotlib = sys.modules.get("matplotlib")
    name = "" if matplotlib is None else str(matplotlib.rcParams._get("backend")).lower()
    return name == "widget" or "ipympl" in name  # what `%matplotlib widget` sets, by matplotlib's version


def _interactive(folder: Path, metrics: list[str], output: str | None, layout: str | None, theme: str | None) -> Any:
    from matplotlib import pyplot

    from ..dashboard.following import Follow
    from ..dashboard.session import Session
    from ..drawing.theme import THEMES
    from ..formulas import parse_spec
    from ..frame import Knobs
    from ..reading.watch import Watcher
    from .live import Live

    with pyplot.ioff():
        figure = pyplot.figure(figsize=(11, 6.8), num="epochreel", clear=True)
    figure.text(0.5, 0.5, f"waiting for a run in {folder} …", ha="center")
    follow, watcher = Follow(folder, Knobs(metrics=tuple(map(parse_spec, metrics)), output=output)), Watcher(folder)

    def make() -> Live | None:
        if follow.find() is None:
            return None
        return Live(figure, Session(follow), watcher=watcher, layout=layout, theme=THEMES[theme or "light"])

    shown = InteractiveWatch(figure, make)
    pyplot.show()
    return shown


class InteractiveWatch:
    """The dashboard with its sliders in a cell, once there is a run.

    Args:
        figure: that it is drawn on.
        make: gives the live figure; None while there is no run.

    Attributes:
        live: the live figure; None while there is no run.
    """

    def __init__(self, figure: Any, make: Callable[[], Any]) -> None:
        self.live: Any = None
        self.figure, self._make = figure, make
        self.beat()
        self._timer: Any = figure.canvas.new_timer(interval=50)
        self._timer.add_callback(self.beat)
        self._timer.start()

    def beat(self) -> bool:
        """Draws what is new; always True, as matplotlib stops a timer whose callback is not."""
        if self.live is None and (live := self._make()) is not None:
            self.live = live
            self.figure.canvas.draw_idle()
        if self.live is not None:
            self.live.beat()
        return True

    def stop(self) -> None:
        """Stands still from now on."""
        self._timer.stop()

    def __repr__(self) -> str:
        return f"InteractiveWatch({'waiting for a run' if self.live is None else self.live.session.framer.run.name})"
