"""What is written by hand for speed, beside the library's own way: each earns its place here, or goes.

Minima of processor time over interleaved rounds. What is slower than the library, and why it is there all the same, is
said in its row. Other benchmarks have more: `bench_viewer.py` layers, films and glyphs of a whole dashboard,
`bench_reading.py` thresholds and lists, `bench_recorder_step.py` and `bench_torch_step.py` the tallies.

python tests/benchmarks/bench_fast_paths.py
"""

from __future__ import annotations

import io
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import scipy.special
from kept import QUICK, keep
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from recorder import RunWriter
from recorder.counters import _add as add
from recorder.runfile.codec import decode_parts
from recorder.runfile.parquet_footer import read_footer
from recorder.runfile.part_files import read_part
from recorder.runfile.schema import Numbers
from viewer.drawing.dots import Dots
from viewer.drawing.grid import Grid, Number
from viewer.drawing.margins import width
from viewer.drawing.marks import Marks
from viewer.drawing.ribbon import Ribbon
from viewer.drawing.theme import text
from viewer.statistics.gammas import gammas
from viewer.statistics.percentiles import interval
from viewer.surfaces.web.sheet import png

ROUNDS = 3 if QUICK else 40
RNG = np.random.default_rng(0)


@dataclass(frozen=True)
class Pair:
    """Two ways to the same.

    Args:
        name: what is done.
        place: file of ours.
        library: whose way the other one is.
        ours: does it.
        theirs: does it.
        why: why it is there although it is slower; empty where it must not be.
    """

    name: str
    place: str
    library: str
    ours: Callable[[], Any]
    theirs: Callable[[], Any]
    why: str = ""


def main() -> None:
    """Measures, and ends with 1 where something by hand has no gain and no reason."""
    print(f"{'':44}{'ours':>12}{'library':>12}{'gain':>9}")
    without = [pair.name for pair in pairs() if not measured(pair)]
    if without and not QUICK:
        raise SystemExit(f"slower than the library's own way: {', '.join(without)}")


def measured(pair: Pair) -> bool:
    """Prints a row; False where there is neither a gain nor a reason."""
    seconds: dict[str, list[float]] = {"ours": [], pair.library: []}
    for _ in range(ROUNDS):
        for name, way in (("ours", pair.ours), (pair.library, pair.theirs)):
            began = time.process_time()
            way()
            seconds[name].append(time.process_time() - began)
    ours, theirs = (min(taken) for taken in seconds.values())
    keep(f"{pair.name}, ours", ours)
    keep(f"{pair.name}, {pair.library}", theirs)
    times = f"{1e6 * ours:9.0f} us{1e6 * theirs:9.0f} us{theirs / ours:8.1f}x"
    print(f"{pair.name:44}{times}  {pair.place} beside {pair.library}")
    if pair.why and theirs < ours:
        print(f"{'':8}{pair.why}")
    return theirs >= ours or bool(pair.why)


def pairs() -> Iterator[Pair]:
    """All of them, drawing first."""
    yield from marks_and_words()
    yield from curves()
    yield from numbers()
    yield from files()
    yield from pictures()


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


def numbers() -> Iterator[Pair]:
    """Draws of a posterior and their percentiles, for a hundred epochs."""
    counts = RNG.integers(0, 200, (4, 100))
    uniform = RNG.random((4, 100, 1_000))
    shape = (counts + 0.5)[..., None]
    yield Pair(
        "draws that do not tremble", "statistics/gammas.py", "SciPy's gammaincinv",
        lambda: gammas(counts, 0.5, 1_000), lambda: scipy.special.gammaincinv(shape, uniform),
    )  # fmt: skip
    histogram, place = np.zeros((2, 1_123), np.int64), (RNG.integers(0, 2, 32), RNG.integers(0, 1_123, 32))

    def by_bincount() -> None:
        histogram.reshape(-1)[:] += np.bincount(np.ravel_multi_index(place, histogram.shape), minlength=histogram.size)

    yield Pair(
        "a batch of 32 in 2,246 counters",
        "recorder/counters.py",
        "bincount",
        lambda: add(histogram, place),
        by_bincount,
    )
    drawn = RNG.random((100, 1_000))
    drawn[:, :7] = np.nan
    yield Pair(
        "percentiles of 100 x 1,000 draws", "statistics/percentiles.py", "nanquantile", lambda: interval(drawn, 0.95),
        lambda: np.nanquantile(drawn, [0.025, 0.975], axis=1),
    )  # fmt: skip


def files() -> Iterator[Pair]:
    """Lines, footers and parts of a run of 64 epochs."""
    with tempfile.TemporaryDirectory() as place:
        truth = RNG.random(2_000) < 0.1
        with RunWriter(place) as run:
            for epoch in range(64):
                score = RNG.random(2_000)
                run.epoch(epoch, logs={"loss": 0.5}, train=(truth, score), val=(truth, score))
        lines = b"".join((run.folder / "epochs.jsonl").read_bytes().splitlines(keepends=True)[1:-1])
        yield Pair(
            "64 lines, logs and counts", "runfile/codec.py", "json", lambda: decode_parts(lines, Numbers),
            lambda: [json.loads(line) for line in lines.splitlines()],
        )  # fmt: skip
        for kind in ("tallies", "samples"):
            path = max((run.folder / kind).glob("*.parquet"), key=lambda path: path.stat().st_size)
            data = path.read_bytes()
            footer = int.from_bytes(data[-8:-4], "little")
            fresh = count()

            def ours(data: bytes = data, footer: int = footer, fresh: Any = fresh) -> None:
                at = len(data) - footer - 8 - 1
                read_footer(data[:at] + bytes([next(fresh) % 256]) * (1 + next(fresh) % 9) + data[at:])  # not cached

            yield Pair(
                f"the footer of {kind}, not seen before", "runfile/parquet_footer.py", "Arrow", ours,
                lambda data=data: [
                    group.column(column).statistics
                    for file in [pq.ParquetFile(pa.BufferReader(data)).metadata]
                    for group in map(file.row_group, range(file.num_row_groups))
                    for column in range(file.num_columns)
                ],
                "Arrow ends the process on some footers (`thrift.py`): a damaged run must not",
            )  # fmt: skip
            yield Pair(
                f"64 epochs of {kind}", "runfile/part_files.py", "Arrow",
                lambda path=path, kind=kind: read_part(path, kind), lambda path=path: pq.read_table(path),
                "read by Arrow too; what is on top checks footer and pages of files of strangers before",
            )  # fmt: skip


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
