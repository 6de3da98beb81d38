"""One picture, drawn in a process of its own: it loads what draws while this one reads runs.

Python does one thing at a time, and to load matplotlib takes as long as to open a thousand runs. Nothing else of the
viewer is loaded here, so that the other process may start before anything is.

Why no `ProcessPoolExecutor` with spawn: until the picture of two runs was written by `compare --to x.png`, 3.3 s passed
with it and 2.4 s with this (medians of fifteen, taken in turn, two busy cores): the pool's child loads the command line
again before it loads what draws, and is waited for while it is taken down.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..panels.comparison.numbers import Picture

STILLS = (".png", ".svg", ".pdf")


class Apart:
    """The other process, which waits for a picture from now on; on leaving it ends, whatever it has done.

    Attributes:
        process: itself; None where there can be none.
    """

    process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Apart:
        with suppress(OSError):
            command = [sys.executable, "-P", "-m", __name__]  # -P: nothing of the current folder
            pipe = subprocess.PIPE
            self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, start_new_session=True)  # no Ctrl-C
        return self

    def draw(self, picture: Picture, path: Path, *, size: tuple[int, int], dpi: int, theme: str) -> None:
        """Writes the picture of a comparison as png, svg or pdf; here, where the other process has ended.

        Args:
            picture: what is drawn.
            path: of the file.
            size: pixels, width and height.
            dpi: pixels an inch; text grows with it.
            theme: name of a theme.

        Raises:
            Exception: What went wrong there.
        """
        from ..panels.comparison.numbers import standing_still

        asked = standing_still(picture), path, size, dpi, theme
        told = b"" if self.process is None else self.process.communicate(pickle.dumps(asked))[0]
        error = pickle.loads(told) if told else _draw(*asked)
        if error is not None:
            raise error

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.communicate()


def main() -> None:
    """Draws what is handed to it, and hands back what went wrong."""
    from . import still  # noqa: F401 - loads what draws, while there is nothing to draw yet

    asked = sys.stdin.buffer.read()
    if asked:  # nothing comes where who started it has gone
        sys.stdout.buffer.write(pickle.dumps(_draw(*pickle.loads(asked))))
        sys.stdout.flush()
    os._exit(0)  # who asked has the answer, and need not wait until all that was loaded is taken down


def _draw(picture: Picture, path: Path, size: tuple[int, int], dpi: int, theme: str) -> Any:
    """What went wrong; None if nothing did."""
    from ..drawing.theme import THEMES
    from .look import Look
    from .still import write_still

    try:
        write_still(picture, path, look=Look(size=size, dpi=dpi, theme=THEMES[theme]))
    except Exception as error:  # noqa: BLE001 - whatever it is, who asked is told
        return error
    return None


if __name__ == "__main__":
    main()
