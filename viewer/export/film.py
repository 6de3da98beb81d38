"""Films of a run."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from ..frame import Frame, Framer
from ..needs import told
from .look import Look, drawn
from .page_film import page
from .threshold_slider import sliding
from .whole import whole
from .writers import PAGE, WRITERS, Pixels

Progress = Callable[[int], None]
ALONE = 12  # epochs that are read together in the time that one takes by itself


class Reel(Protocol):
    """What a film is made of: the framer of a run, or the pictures of a comparison."""

    @property
    def title(self) -> str:
        """Of the film."""
        ...

    def name(self, position: int) -> str:
        """What the picture at a position is of, such as `epoch 12`."""
        ...

    def frame(self, position: int) -> Any:
        """What is drawn at a position."""
        ...

    def __len__(self) -> int:
        """How many positions there are."""
        ...

    def read_ahead(self) -> None:
        """Reads at once what the frames of most positions need."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Which epochs a film shows, and how fast.

    Args:
        positions: of the epochs, in the order of the film; at least one.
        fps: epochs a second.
        hold: seconds that the last epoch stays.
    """

    positions: Sequence[int]
    fps: float = 10.0
    hold: float = 1.0

    @property
    def frames(self) -> list[int]:
        """Positions with the last one repeated while it holds; a page holds it by itself."""
        return [*self.positions, *[self.positions[-1]] * round(self.hold * self.fps)]


def film(framer: Reel, path: Path, *, cut: Cut, look: Look | None = None, progress: Progress | None = None) -> None:
    """Writes a film; drawing only what changes from epoch to epoch, and nothing under its name until it is whole.

    Args:
        framer: of the run, or the reel of a comparison.
        path: ends in one of `writers.FILMS`.
        cut: which epochs, how fast.
        look: size (made even, as encoders ask), layout and theme.
        progress: called with 1 after each epoch; one that is held is one.
    """
    look = look or Look()
    look = replace(look, size=(look.size[0] // 2 * 2, look.size[1] // 2 * 2))
    if path.suffix.lower() == PAGE:
        _page(framer, path, cut, look, progress)
        return
    with whole(path) as temporary:
        WRITERS[path.suffix.lower()](temporary, pictures(framer, cut.frames, look, progress), look.size, cut.fps)


def _page(framer: Reel, path: Path, cut: Cut, look: Look, progress: Progress | None) -> None:
    frame = framer.frame(cut.positions[0])
    names = [framer.name(position) for position in cut.positions]
    slider = sliding(frame, cut.positions) if isinstance(frame, Frame) else None
    with whole(path) as temporary:
        shown = pictures(framer, cut.positions, look, progress)
        page(temporary, shown, look.size, cut.fps, title=framer.title, names=names, sliding=slider)


def pictures(framer: Reel, positions: Sequence[int], look: Look, progress: Progress | None = None) -> Iterator[Pixels]:
    """uint8 [height, width, 4] of each position; the array is used again for the next one."""
    dashboard = drawn(framer.frame(positions[0]), look)
    canvas = dashboard.figure.canvas
    if ALONE * len(positions) >= len(framer):
        framer.read_ahead()
    before: int | None = None
    for position in positions:
        dashboard.update(framer.frame(position))
        dashboard.paint()
        yield np.asarray(canvas.buffer_rgba())
        if progress is not None and position != before:
            progress(1)
        before = position


def pngs(framer: Framer, positions: Sequence[int], look: Look | None = None) -> Iterator[bytes]:
    """The pictures of the epochs at `positions` as PNG files, one after the other."""
    with told():
        from PIL import Image

    for pixels in pictures(framer, positions, look or Look()):
        buffer = io.BytesIO()
        Image.fromarray(np.ascontiguousarray(pixels[..., :3])).save(buffer, format="PNG", compress_level=1)
        yield buffer.getvalue()
