"""What draws faster than matplotlib's and Pillow's own ways: words, marks, dots, matrices, lines, bands, pictures.

`bench_viewer.py` has the layers of a whole dashboard, and films. python tests/benchmarks/bench_fast_drawing.py
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import count
from typing import Any

import numpy as np
from fast_paths import Pair, compare
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from viewer.drawing.dots import Dots
from viewer.drawing.grid import Grid, Number
from viewer.drawing.margins import width
from viewer.drawing.marks import Marks
from viewer.drawing.ribbon import Ribbon
from viewer.drawing.theme import text
from viewer.surfaces.web.sheet import png

RNG = np.random.default_rng(0)


def main() -> None:
    """Measures all of them."""
    compare(pair for some in (marks_and_words, curves, pictures) for pair in some())


def axes() -> tuple[Any, Any]:
    """An empty plot of 600 x 400 pixels, and its renderer."""
    figure = Figure(figsize=(6, 4), dpi=100)
    canvas = FigureCanvasAgg(figure)
    ax = figure.add_axes((0, 0, 1, 1))
    canvas.draw()
    return ax, canvas.get_renderer()


def marks_and_words() -> Iterator[Pair]:
    """A number that changes, a few stars, many dots, a matrix."""
    ax, renderer = axes()
    label, plain, turn = text(ax, 0.5, 0.5), ax.add_artist(Text(0.5, 0.5, "", fontsize=8, parse_math=False)), count()

    def write(artist: Any) -> None:
        for _ in range(20):
            artist.set_text(f"{next(turn) % 997 / 997:.3f}")
            artist.draw(renderer)

    yield Pair("20 numbers that change", "drawing/glyphs.py", "Text", lambda: write(label), lambda: write(plain))

    def measure() -> None:
        for _ in range(20):
            plain.set_text(f"{next(turn) % 997 / 997:.3f}")
            plain.get_window_extent(renderer)

    widths = lambda: [width(f"{next(turn) % 997 / 997:.3f}") for _ in range(20)]  # noqa: E731
    yield Pair("widths of 20 numbers", "drawing/margins.py", "Text", widths, measure)

    yield from marks(ax, renderer)
    dots, many = Dots(ax), RNG.random((10_000, 2))
    colours = RNG.integers(0, 256, (len(many), 3)).astype(np.uint8)
    dots.show(many, colours, 2.0)
    cloud = ax.scatter(*many.T, s=16, c=colours / 255, linewidths=0)
    yield Pair("10,000 dots", "drawing/dots.py", "scatter", lambda: dots.draw(renderer), lambda: cloud.draw(renderer))

    shades = RNG.integers(0, 256, (10, 10, 4)).astype(np.uint8)
    grid = Grid(ax)
    grid.show(shades, [Number(at // 10, at % 10, str(at * 37), "white") for at in range(100)])
    image = ax.imshow(shades, extent=(0, 1, 0, 1), aspect="auto")
    words = [Text(at % 10 / 10, at // 10 / 10, str(at * 37), fontsize=8) for at in range(100)]
    for word in words:
        ax.add_artist(word)
    yield Pair(
        "a matrix of 100 numbers", "drawing/grid.py", "imshow and Text", lambda: grid.draw(renderer),
        lambda: [artist.draw(renderer) for artist in (image, *words)],
    )  # fmt: skip


def marks(ax: Any, renderer: Any) -> Iterator[Pair]:
    """At the cursor, at the best values, where many values lie outside."""
    for number, colours, why in (
        (1, 1, ""),
        (5, 5, "as long as a scatter; one, and many of a colour, take a third"),
        (40, 3, ""),
    ):
        shades = sorted(f"C{at % colours}" for at in range(number))
        places, turn = RNG.random((2, number, 2)), count()
        mine, theirs = Marks(ax, "*", size=9, edge=0.5, zorder=3), ax.scatter(*places[0].T, marker="*", s=81, c=shades)
        lists = [[(x, y) for x, y in each.tolist()] for each in places]

        def ours(mine: Marks = mine, shades: Any = shades, lists: Any = lists, turn: Any = turn) -> None:
            mine.show(lists[next(turn) % 2], shades)
            mine.draw(renderer)

        def scattered(theirs: Any = theirs, shades: Any = shades, places: Any = places, turn: Any = turn) -> None:
            theirs.set_offsets(places[next(turn) % 2])
            theirs.set_facecolor(shades)
            theirs.draw(renderer)

        name = f"{number} stars of {colours} colours" if number > 1 else "a star"
        yield Pair(f"{name}, moved", "drawing/marks.py", "scatter", ours, scattered, why)


def curves() -> Iterator[Pair]:
    """A noisy line of many epochs on 600 pixels, and a band."""
    for epochs in (1_000, 10_000, 100_000):
        ax, renderer = axes()
        x, y = np.arange(epochs), RNG.normal(size=epochs)
        ax.set(xlim=(0, epochs), ylim=(-4, 4))
        (line,) = ax.plot(x, y, lw=1.7)
        ribbon = Ribbon(ax, facecolor="C0")

        def ours(ribbon: Ribbon = ribbon, x: Any = x, y: Any = y, renderer: Any = renderer) -> None:
            ribbon.fill_line(x, y.copy(), 600, 0.03)  # other values: they are looked through again
            ribbon.draw(renderer)

        def theirs(line: Any = line, x: Any = x, y: Any = y, renderer: Any = renderer) -> None:
            line.set_data(x, y)
            line.draw(renderer)

        yield Pair(f"a noisy line of {epochs:,} epochs", "drawing/ribbon.py", "Line2D", ours, theirs)
        band, polygons = Ribbon(ax, facecolor="C0", alpha=0.2), ax.fill_between(x, y - 1, y + 1, alpha=0.2, lw=0)
        low, high = y - 1, y + 1

        def filled(band: Ribbon = band, x: Any = x, low: Any = low, high: Any = high, renderer: Any = renderer) -> None:
            band.fill_band(x, (low.copy(), high), 600, 1.0)
            band.draw(renderer)

        def between(polygons: Any = polygons, x: Any = x, low: Any = low, high: Any = high, to: Any = renderer) -> None:
            polygons.set_data(x, low, high)
            polygons.draw(to)

        yield Pair(f"a band of {epochs:,} epochs", "drawing/ribbon.py", "fill_between", filled, between)


def pictures() -> Iterator[Pair]:
    """A picture of the page as a PNG."""
    figure = Figure(figsize=(6.8, 2.5), dpi=100)
    canvas = FigureCanvasAgg(figure)
    figure.add_subplot().plot(RNG.normal(size=300))
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba()).copy()

    def pillow() -> None:
        Image.fromarray(pixels[..., :3]).save(io.BytesIO(), format="PNG", compress_level=1)

    yield Pair("a picture as PNG", "surfaces/web/sheet.py", "Pillow at its quickest", lambda: png(pixels), pillow)


if __name__ == "__main__":
    main()
