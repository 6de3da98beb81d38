"""Frames to film files. A writer takes what is to come as an iterator, so that no film is held in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..needs import told

Pixels = npt.NDArray[np.uint8]  # [height, width, 4], RGBA, opaque
Writer = Callable[[Path, Iterator[Pixels], tuple[int, int], float], None]
COLOURS = 128  # of a palette; a dashboard has fewer


def video(
    path: Path,
    frames: Iterator[Pixels],
    size: tuple[int, int],
    fps: float,
    *,
    codec: str,
    options: Sequence[str],
    pixels: str = "yuv420p",
) -> None:
    """mp4, webm or apng, by an ffmpeg process that is fed raw frames."""
    with told():
        import imageio_ffmpeg

    writer = imageio_ffmpeg.write_frames(
        str(path), size, fps=fps, codec=codec, pix_fmt_in="rgba", pix_fmt_out=pixels, macro_block_size=2,
        quality=None, output_params=list(options),
    )  # fmt: skip
    writer.send(None)
    try:
        for frame in frames:
            writer.send(frame)
    finally:
        writer.close()


def gif(path: Path, frames: Iterator[Pixels], size: tuple[int, int], fps: float) -> None:
    """An endless gif; each frame has its own palette."""
    images = (_palette(frame) for frame in frames)
    first = next(images)
    first.save(path, format="GIF", save_all=True, append_images=images, duration=max(round(1000 / fps), 20), loop=0)


MP4 = ("-crf", "20", "-preset", "veryfast", "-movflags", "+faststart")
WEBM = ("-crf", "32", "-b:v", "0", "-deadline", "realtime", "-cpu-used", "8", "-row-mt", "1")
APNG = ("-f", "apng", "-plays", "0")
WRITERS: dict[str, Writer] = {
    ".mp4": partial(video, codec="libx264", options=MP4),
    ".webm": partial(video, codec="libvpx-vp9", options=WEBM),
    ".apng": partial(video, codec="apng", options=APNG, pixels="rgb24"),
    ".gif": gif,
}
PAGE = ".html"  # a film that is a page of its own
FILMS = (*WRITERS, PAGE)


def _palette(frame: Pixels) -> Any:
    with told():
        from PIL import Image

    image = Image.fromarray(np.ascontiguousarray(frame[..., :3]))
    return image.quantize(COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
