"""Frames a second of the default dashboard with 1,000 epochs, against a full redraw of the same figure.

python tests/benchmarks/bench_viewer.py
"""

from __future__ import annotations

import resource
import tempfile
import time
import unittest.mock
from collections.abc import Callable
from pathlib import Path

import imageio_ffmpeg
import matplotlib
import numpy as np
from kept import QUICK, keep
from matplotlib.animation import FFMpegWriter
from matplotlib.text import Text

import viewer
from recorder import RunWriter
from viewer.drawing.glyphs import Label
from viewer.export.film import Cut, film, pictures
from viewer.export.look import Look, drawn
from viewer.export.page_film import changes
from viewer.export.writers import WRITERS
from viewer.frame import Framer

EPOCHS, SAMPLES, STEPS = (120, 2_000, 10) if QUICK else (1_000, 2_000, 60)


def recorded(root: Path, epochs: int = EPOCHS) -> RunWriter:
    """A run still open; of very many epochs the predictions are not kept."""
    rng = np.random.default_rng(0)
    truth = rng.random(SAMPLES) < 0.1
    noise = rng.normal(size=SAMPLES)
    kept = SAMPLES if epochs <= 1_000 else 0
    writer = RunWriter(root, name="thousand", epochs=epochs + 100, max_samples=kept)
    for epoch in range(epochs):
        append(writer, epoch, truth, noise)
    return writer


def append(writer: RunWriter, epoch: int, truth: np.ndarray, noise: np.ndarray) -> None:
    """One epoch of both splits."""
    rng = np.random.default_rng(epoch)
    sharp = 2 * (1 - np.exp(-epoch / 200))
    score = 1 / (1 + np.exp(2.5 - sharp * 2 * truth - noise - rng.normal(size=SAMPLES) / 3))
    loss = float(-np.log(np.where(truth, score, 1 - score)).mean())
    writer.epoch(
        epoch, logs={"loss": loss, "val_loss": loss}, seconds={"epoch": 0.4}, train=(truth, score), val=(truth, score)
    )


def timed(step: Callable[[int], None]) -> np.ndarray:
    """Seconds of each of many steps."""
    seconds = []
    for number in range(STEPS):
        began = time.perf_counter()
        step(number)
        seconds.append(time.perf_counter() - began)
    return np.array(seconds)


def say(name: str, seconds: np.ndarray, full: float) -> None:
    """One row."""
    keep(name, seconds)
    middle = float(np.median(seconds))
    print(f"{name:34} {middle * 1e3:8.1f} ms {1 / middle:8.1f} a second   {full / middle:6.1f} x a full redraw")


def main() -> None:
    """Measures."""
    with tempfile.TemporaryDirectory() as folder:
        writer = recorded(Path(folder))
        run = viewer.open_run(writer.folder)
        framer = Framer(run)
        framer.turn(band=0.0)
        dashboard = drawn(framer.frame(), Look(size=(1280, 780)))
        canvas = dashboard.figure.canvas

        def show(position: int) -> None:
            dashboard.update(framer.frame(position))
            dashboard.paint()

        show(0)
        full = float(np.median(timed(lambda _: canvas.draw())))
        dashboard.adopt()
        keep("full redraw of the figure", full)
        print(f"{'full redraw of the figure':34} {full * 1e3:8.1f} ms {1 / full:8.1f} a second")

        def move(number: int) -> None:
            framer.turn(threshold=0.2 + number / 100)
            show(EPOCHS - 1)

        say("threshold, every formula", timed(move), full)
        say("cursor, one epoch", timed(lambda number: show(number + EPOCHS // 3)), full)
        truth, noise = np.random.default_rng(0).random(SAMPLES) < 0.1, np.random.default_rng(1).normal(size=SAMPLES)

        def arrive(number: int) -> None:
            framer.refresh()
            show(-1)

        seconds = []
        for number in range(20):
            append(writer, EPOCHS + number, truth, noise)
            began = time.perf_counter()
            arrive(number)
            seconds.append(time.perf_counter() - began)
        say("a new epoch, from disk to picture", np.array(seconds), full)
        began = time.perf_counter()
        framer.turn(band=0.95)
        show(-1)
        print(f"{'all bands, computed once':34} {(time.perf_counter() - began) * 1e3:8.1f} ms")
        filmed(framer, Path(folder))
        writer.close()


def filmed(framer: Framer, folder: Path) -> None:
    """A film by ours and by matplotlib's own writer, frames a second, making the figure included.

    Theirs twice: with our labels, put together from cached glyphs, and with matplotlib's own text.
    """
    positions = range(0, 40 if QUICK else 300)
    began = time.perf_counter()
    film(framer, folder / "ours.mp4", cut=Cut(positions=positions, hold=0), look=Look())
    ours = len(positions) / (time.perf_counter() - began)
    keep("film, a frame", 1 / ours)
    least_of_a_film(framer, folder, positions[:100])
    a_page(framer, folder)
    print(f"{'film, ours':34} {ours:8.1f} frames a second")
    theirs = matplotlibs(framer, folder / "theirs.mp4", positions[:60])
    print(f"{'the same, FFMpegWriter':34} {theirs:8.1f}                 {ours / theirs:6.1f} x")
    with unittest.mock.patch.object(Label, "draw", Text.draw):
        theirs = matplotlibs(framer, folder / "theirs.mp4", positions[:60])
    keep("film by matplotlib's writer and text, a frame", 1 / theirs)
    print(f"{'the same, FFMpegWriter and Text':34} {theirs:8.1f}                 {ours / theirs:6.1f} x")


def least_of_a_film(framer: Framer, folder: Path, positions: range) -> None:
    """The floor: what all frames take to be drawn and to be encoded, shared by two processors without a gap."""
    began = time.process_time()
    frames = [pixels.copy() for pixels in pictures(framer, positions, Look())]
    drawing = (time.process_time() - began) / len(frames)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    WRITERS[".mp4"](folder / "encoded.mp4", iter(frames), (1280, 720), 10.0)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    encoding = (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / len(frames)
    keep("film, the floor of a frame", (drawing + encoding) / 2)
    print(f"{'film, drawing and encoding':34} {1e3 * drawing:8.1f} and {1e3 * encoding:.1f} ms of a processor a frame")


def a_page(framer: Framer, folder: Path) -> None:
    """A film of 200 epochs as a page, and the floor: its pictures as they stand in a page of text, in base64."""
    positions = range(0, 40 if QUICK else 200)
    film(framer, folder / "film.html", cut=Cut(positions=positions, hold=0))
    size = (folder / "film.html").stat().st_size
    least = sum(len(words) for *_, words in changes(pictures(framer, positions, Look())))
    keep("film of 200 epochs as a page", size, "byte")
    keep("film of 200 epochs as a page, its pictures alone", least, "byte")
    print(f"{'a page of ' + str(len(positions)) + ' epochs':34} {size / 1e6:8.2f} MB, its pictures {least / 1e6:.2f}")


def matplotlibs(framer: Framer, path: Path, positions: range) -> float:
    """Frames a second of `FFMpegWriter`."""
    if not FFMpegWriter.isAvailable():
        matplotlib.rcParams["animation.ffmpeg_path"] = imageio_ffmpeg.get_ffmpeg_exe()
    writer = FFMpegWriter(fps=10)
    began = time.perf_counter()
    dashboard = drawn(framer.frame(), Look())
    with writer.saving(dashboard.figure, str(path), 100):
        for position in positions:
            dashboard.update(framer.frame(position))
            writer.grab_frame()
    return len(positions) / (time.perf_counter() - began)


if __name__ == "__main__":
    main()
