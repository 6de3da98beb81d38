"""Pictures and films of a run, written whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ..frames import Frame, Framer
from ..panels.dashboard import Dashboard, default_layout
from ..panels.style import LIGHT, Theme

Progress = Callable[[int], None]
STILLS, FILMS = (".png", ".svg"), (".gif", ".mp4")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a picture is drawn.

    Args:
        size: pixels, width and height.
        dpi: pixels an inch; text grows with it.
        layout: as `parse_layout` takes it; None for the default of the run.
        theme: light or dark.
    """

    size: tuple[int, int] = (1280, 720)
    dpi: int = 100
    layout: str | None = None
    theme: Theme = LIGHT


def still(framer: Framer, path: Path, *, position: int = -1, look: Look | None = None) -> None:
    """Writes the picture of one epoch as png or svg.

    Args:
        framer: of the run.
        path: ends in .png or .svg.
        position: of the epoch; -1 is the newest.
        look: size, layout and theme.
    """
    look = look or Look()
    frame = framer.frame(position)
    dashboard = drawn(frame, look)
    dashboard.update(frame)
    with whole(path) as temporary:
        dashboard.figure.savefig(temporary, dpi=look.dpi, format=path.suffix[1:])


def film(
    framer: Framer,
    path: Path,
    *,
    positions: Sequence[int],
    fps: float = 10,
    look: Look | None = None,
    progress: Progress | None = None,
) -> None:
    """Writes a film of the epochs at `positions` as gif or mp4.

    Args:
        framer: of the run.
        path: ends in .gif or .mp4.
        positions: of the epochs, in the order of the film; at least one.
        fps: epochs a second.
        look: size (made even, as encoders ask), layout and theme.
        progress: called with 1 after each frame.
    """
    look = look or Look()
    look = replace(look, size=(look.size[0] // 2 * 2, look.size[1] // 2 * 2))
    dashboard = drawn(framer.frame(positions[0]), look)
    with whole(path) as temporary:
        frames = _pixels(dashboard, framer, positions, progress)
        (_write_gif if path.suffix == ".gif" else _write_mp4)(temporary, frames, look.size, fps)


def drawn(frame: Frame, look: Look) -> Dashboard:
    """A dashboard on a canvas in memory, for the kind of run that the frame is of."""
    figure = Figure(figsize=(look.size[0] / look.dpi, look.size[1] / look.dpi), dpi=look.dpi)
    FigureCanvasAgg(figure)
    return Dashboard(figure, look.layout or default_layout(frame), theme=look.theme)


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A hidden name to write to, which becomes `path` if all goes well and vanishes if not."""
    temporary = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _pixels(
    dashboard: Dashboard, framer: Framer, positions: Sequence[int], progress: Progress | None
) -> Iterator[npt.NDArray[np.uint8]]:
    canvas = dashboard.figure.canvas
    for position in positions:
        dashboard.update(framer.frame(position))
        dashboard.paint()
        yield np.ascontiguousarray(np.asarray(canvas.buffer_rgba())[..., :3])  # type: ignore[attr-defined] # Agg has it
        if progress is not None:
            progress(1)


def _write_mp4(path: Path, frames: Iterator[npt.NDArray[np.uint8]], size: tuple[int, int], fps: float) -> None:
    import imageio_ffmpeg

    writer = imageio_ffmpeg.write_frames(str(path), size, fps=fps, codec="libx264", macro_block_size=2, quality=8)
    writer.send(None)
    try:
        for frame in frames:
            writer.send(frame)
    finally:
        writer.close()


def _write_gif(path: Path, frames: Iterator[npt.NDArray[np.uint8]], size: tuple[int, int], fps: float) -> None:
    from PIL import Image

    images = (Image.fromarray(frame).quantize(128, dither=Image.Dither.NONE) for frame in frames)
    first = next(images)
    first.save(path, save_all=True, append_images=images, duration=max(round(1000 / fps), 20), loop=0)
