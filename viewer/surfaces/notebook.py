"""A picture in a notebook cell, updated in place while other cells run; drawn in another process."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from .stream import HEADER


class NotebookWatch:
    """A live picture. `stop()` ends it; so does the end of the kernel.

    Args:
        command: of the process that draws.
    """

    def __init__(self, command: Sequence[str]) -> None:
        from IPython.display import HTML, display

        self.pictures = 0
        self._handle = display(HTML("<i>epochreel waits for the first epoch …</i>"), display_id=True)
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
        self._thread = threading.Thread(target=self._show, daemon=True, name="epochreel")
        self._thread.start()

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
        while (data := _next(self._process.stdout)) is not None:
            if data:
                self._handle.update(Image(data=data, format="png"))
                self.pictures += 1


def watch(folder: str | Path = "runs", metrics: Sequence[str] = (), *, fps: float = 2) -> Any:
    """Shows the newest run of a folder below this cell, live, also while later cells train.

    Args:
        folder: of runs, or a run; it may not exist yet.
        metrics: formulas as on the command line; none for the defaults.
        fps: pictures a second at most.

    Returns:
        A `NotebookWatch`; keep it to `stop()` it.
    """
    options = [part for metric in metrics for part in ("-m", metric)]
    # -P: a user's own viewer.py beside the notebook is not taken for ours.
    return NotebookWatch(
        [
            sys.executable,
            "-P",
            "-m",
            "viewer",
            "frames",
            str(Path(folder).absolute()),
            "--fps",
            str(fps),
            *options,
        ]
    )


def _next(stream: IO[bytes]) -> bytes | None:
    header = stream.read(HEADER.size)
    if len(header) < HEADER.size:
        return None
    (length,) = HEADER.unpack(header)
    data = stream.read(length)
    return data if len(data) == length else None
