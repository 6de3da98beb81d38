"""A picture in a notebook cell, updated in place while other cells run; drawn in another process."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recorder.runfile.names import is_address

from ..needs import told
from .pipe import DrawingProcess

if TYPE_CHECKING:
    from .widget import InteractiveWatch

# What is live below each cell, or of each folder where cells have no name.
_LIVE: dict[str, NotebookWatch | InteractiveWatch] = {}


class NotebookWatch:
    """A live picture. `stop()` ends it; so does the end of the kernel. An interrupted cell does not.

    Args:
        command: of the process that draws.
    """

    def __init__(self, command: Sequence[str]) -> None:
        with told():
            from IPython.display import HTML, display

        self.pictures = 0
        self._handle = display(HTML("<i>epochreel waits for something to show …</i>"), display_id=True)
        self._process = DrawingProcess(command, self._show)

    @property
    def pid(self) -> int:
        """Of the process that draws."""
        return self._process.pid

    def stop(self) -> None:
        """Ends the drawing process; the last picture stays."""
        self._process.stop()

    def __repr__(self) -> str:
        return f"NotebookWatch({self.pictures} pictures, {'live' if self._process.lives else 'stopped'})"

    def _show(self, sent: Iterator[bytes]) -> None:
        from IPython.display import Image

        for data in filter(None, sent):  # what is empty is a sign of life
            self._handle.update(Image(data=data, format="png"))
            self.pictures += 1


def watch(
    folder: str | Path = "runs",
    metrics: str | Sequence[str] = (),
    *,
    output: str | None = None,
    fps: float = 2,
    layout: str | None = None,
    theme: str | None = None,
    interactive: bool = False,
    height: int = 640,
) -> Any:
    """Shows the newest run of a folder live below this cell, even while later cells train.

    As a picture, which any front end shows and the notebook keeps; or, with `interactive`, as the page of
    `epochreel watch --web` with all its controls, in Jupyter, Colab, VS Code and marimo (needs anywidget). A page whose
    kernel is busy goes on showing new epochs, and answers a hand once the kernel is free.

    Args:
        folder: a folder of runs, which need not exist yet, or a run by folder or name.
        metrics: formulas as on the command line; none for the defaults.
        output: of the model; None for its first.
        fps: at most this many pictures per second.
        layout: of the panels, as on the command line.
        theme: light or dark.
        interactive: with controls.
        height: of an interactive page, in pixels.

    Returns:
        A `NotebookWatch`, or an interactive widget; keep it to `stop()` it.

    Raises:
        ModuleNotFoundError: It is to be interactive, and there is no anywidget.
    """
    from ..formulas.spec import as_formulas
    from ..run import folder_meant

    folder = str(folder) if is_address(folder) else folder_meant(folder).absolute()
    options = [part for metric in as_formulas(metrics) for part in ("-m", metric)]
    named = {"--output": output, "--layout": layout, "--theme": theme}
    options += [f"{name}={value}" for name, value in named.items() if value is not None]
    # -P: a user's own viewer.py beside the notebook is not taken for ours.
    start = [sys.executable, "-P", "-m", "viewer"]
    key = _cell() or str(folder)
    if key in _LIVE:  # the cell is run again
        _LIVE.pop(key).stop()
    if interactive:
        _LIVE[key] = _interactive([*start, "cell", str(folder), *options], height)
    else:
        _LIVE[key] = NotebookWatch([*start, "frames", str(folder), "--fps", str(fps), *options])
    return _LIVE[key]


def _interactive(command: Sequence[str], height: int) -> InteractiveWatch:
    """The widget, shown below this cell."""
    with told():
        from IPython import get_ipython
        from IPython.display import display

        from .widget import InteractiveWatch
    made = InteractiveWatch(command, height=height)
    if (shell := get_ipython()) is not None:  # marimo has none, and shows what its cell gives
        display(made)
        made.shown_in = shell.execution_count
    return made


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
    parser.add_argument("-i", "--interactive", action="store_true")
    try:
        asked = parser.parse_args(shlex.split(line))
    except UsageError as error:
        raise ValueError(
            "%epochreel takes a folder, formulas and an output: %epochreel runs -m f1 --output NAME --interactive; "
            f"{error}. Received: {line!r}"
        ) from None
    return watch(asked.folder, asked.metric, output=asked.output, interactive=asked.interactive)


def _cell() -> str:
    """The name of the cell that is run, which JupyterLab and others send along; "" where there is none."""
    with told():
        from IPython import get_ipython

    parent: dict[str, Any] = getattr(get_ipython(), "get_parent", dict)() or {}
    return str(parent.get("metadata", {}).get("cellId", ""))
