"""One picture, drawn in a process of its own: it loads what draws while this one reads runs.

Python does one thing at a time, and to load matplotlib takes as long as to open a thousand runs. Nothing else of the
viewer is loaded here, so that the other process may start before anything is.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..frames import Frame
    from ..frames.overlay import Picture


class Apart:
    """The other process, which waits for a picture from now on; on leaving it ends, whatever it has done.

    Attributes:
        process: itself.
    """

    def __enter__(self) -> Apart:
        command = [sys.executable, "-m", __name__]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        return self

    def draw(self, picture: Frame | Picture, path: Path, *, size: tuple[int, int], dpi: int, theme: str) -> None:
        """Writes a picture as png, svg or pdf.

        Args:
            picture: what is drawn.
            path: of the file.
            size: pixels, width and height.
            dpi: pixels an inch; text grows with it.
            theme: name of a theme.

        Raises:
            Exception: What went wrong there.
        """
        told, _ = self.process.communicate(pickle.dumps((picture, path, size, dpi, theme)))
        if not told:
            raise RuntimeError(f"{path.name} could not be drawn: the process that draws ended before it was there")
        error = pickle.loads(told)
        if error is not None:
            raise error

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.communicate()


def main() -> None:
    """Draws what is handed to it, and hands back what went wrong."""
    from ..panels.style import THEMES
    from .film import write_still
    from .look import Look

    picture, path, size, dpi, theme = pickle.loads(sys.stdin.buffer.read())
    error = None
    try:
        write_still(picture, path, look=Look(size=size, dpi=dpi, theme=THEMES[theme]))
    except Exception as fault:  # noqa: BLE001 - whatever it is, who asked is told
        error = fault
    sys.stdout.buffer.write(pickle.dumps(error))
    sys.stdout.flush()
    os._exit(0)  # who asked has the answer, and need not wait until all that was loaded is taken down


if __name__ == "__main__":
    main()
