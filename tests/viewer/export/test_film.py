"""Pictures, films and reports: as long and as large as they should be, whole or not there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import viewer
from recorder import RunWriter
from tests.conftest import later
from viewer.export.film import Cut, film, pictures
from viewer.export.look import Look
from viewer.export.report import report
from viewer.export.still import still
from viewer.export.writers import WRITERS
from viewer.frame import Framer

LOOK = Look(size=(641, 401), layout="curves scores / curves:loss matrix")


@pytest.fixture(scope="module")
def framer(tmp_path_factory: pytest.TempPathFactory) -> Framer:
    """Of a run of six epochs."""
    rng = np.random.default_rng(0)
    truth = rng.random(200) < 0.3
    with RunWriter(tmp_path_factory.mktemp("runs"), name="<b>film</b>", config={"lr": {"start": 0.1}}) as writer:
        for epoch in range(6):
            score = 1 / (1 + np.exp(1 - epoch * truth - rng.normal(size=200)))
            writer.epoch(epoch, logs={"loss": 1 / (1 + epoch)}, train=(truth, score), val=(truth, score))
    return Framer(viewer.open_run(writer.folder))


def frames_of(path: Path) -> tuple[int, tuple[int, int]]:
    """Number and size of the frames of a film, read by a program that did not write it."""
    if path.suffix in (".gif", ".apng"):
        with Image.open(path) as image:
            return image.n_frames, image.size
    import imageio_ffmpeg

    reader = imageio_ffmpeg.read_frames(str(path))
    size = next(reader)["size"]
    return sum(1 for _ in reader), tuple(size)


@pytest.mark.parametrize("suffix", [".mp4", *later(".webm", ".gif", ".apng")])
def test_a_film_has_a_frame_an_epoch_and_holds_the_last(framer: Framer, tmp_path: Path, suffix: str) -> None:
    """Read back, a film of five epochs held for two frames has seven frames (a gif joins equal ones), of even size."""
    path, seen = tmp_path / f"film{suffix}", []
    film(framer, path, cut=Cut(positions=range(5), fps=10, hold=0.2), look=LOOK, progress=seen.append)
    assert frames_of(path) == (5 if suffix == ".gif" else 7, (640, 400))
    assert sum(seen) == 5  # epochs: one that is held is one


@pytest.mark.campaign
def test_frames_drawn_by_halves_equal_frames_drawn_in_full(framer: Framer) -> None:
    """Each picture of a film, where only what changed was drawn, equals the same picture drawn anew, but for colours
    that are rounded where artists lie over one another."""
    for position, quick in enumerate(np.array(picture) for picture in pictures(framer, range(6), LOOK)):
        (whole,) = (np.array(picture) for picture in pictures(framer, [position], LOOK))
        different = (np.abs(quick.astype(int) - whole.astype(int)) > 40).any(axis=-1)
        assert different.mean() < 0.005


@pytest.mark.parametrize("suffix", list(WRITERS))
def test_an_interrupted_film_leaves_nothing_under_its_name(framer: Framer, tmp_path: Path, suffix: str) -> None:
    """A Ctrl-C in the middle leaves the folder as it was, also where there was a film of that name."""
    path = tmp_path / f"film{suffix}"
    path.write_bytes(b"earlier")

    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        film(framer, path, cut=Cut(positions=range(5)), look=LOOK, progress=interrupt)
    assert [(left.name, left.read_bytes()) for left in tmp_path.iterdir()] == [(path.name, b"earlier")]


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_stills_have_the_kind_of_their_name(framer: Framer, tmp_path: Path, suffix: str) -> None:
    """png, svg and pdf files begin as such files begin."""
    path = tmp_path / f"still{suffix}"
    still(framer, path, position=2, look=LOOK)
    start = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}[suffix]
    assert path.read_bytes().startswith(start)


def test_the_page_of_a_film_plays_and_scrubs(framer: Framer, tmp_path: Path, browser: Any) -> None:
    """In a real browser: play runs to the end, the scrubber and the keys go where they should, nothing is fetched."""
    film(framer, tmp_path / "film.html", cut=Cut(positions=range(1, 6), fps=20, hold=2), look=LOOK)
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"file://{tmp_path / 'film.html'}")
    assert page.title() == "<b>film</b> – epochreel"
    page.wait_for_selector("#picture[data-shown='0']")
    assert page.inner_text("#place") == "epoch 1 · 1 of 5"
    first = page.evaluate("picture.toDataURL()")
    page.click("#play")
    page.wait_for_function("document.getElementById('place').value === 'epoch 5 · 5 of 5'")
    page.wait_for_selector("#picture[data-shown='4']")
    assert page.evaluate("picture.toDataURL()") != first
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Home")
    assert page.input_value("#scrubber") == "0"
    page.keyboard.press("ArrowRight")
    assert page.input_value("#scrubber") == "1"
    page.close()
    assert all(url.startswith(("file:", "data:")) for url in asked)


def test_a_report_says_what_everything_is(framer: Framer, tmp_path: Path) -> None:
    """The page has figures inside, each formula with value, best epoch and definition, the configuration, and no text
    of a run unescaped."""
    path = tmp_path / "report.html"
    report(framer, path, look=LOOK)
    page = path.read_text()
    assert page.count("data:image/png;base64,") >= 1
    for words in ("tp / (tp + fp)", "Matthews correlation coefficient", "lr.start", "0.1", "credible interval"):
        assert words in page
    last = framer.run.values("f1")[-1]
    assert f"{last:.4f}" in page
    assert "<b>film" not in page
    assert not re.search(r"(?:src|href)=\"http", page)


def test_a_picture_is_written_through_no_link(framer: Framer, tmp_path: Path) -> None:
    """Where a folder of somebody has a link where a file is written before it is whole, what it leads to stays."""
    precious = tmp_path / "precious"
    precious.write_text("mine")
    (tmp_path / ".x.part.png").symlink_to(precious)
    still(framer, tmp_path / "x.png", position=2, look=LOOK)
    assert precious.read_text() == "mine"
    assert (tmp_path / "x.png").stat().st_size > 1_000
