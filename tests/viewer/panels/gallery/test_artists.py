"""The panel `gallery`: its tiles are the cards of a list, what they look like comes from the user's file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from viewer.dashboard.following import Fixed
from viewer.dashboard.session import Session
from viewer.frame import Framer
from viewer.gallery.show_file import ShowFile
from viewer.panels import PanelError
from viewer.panels.gallery.numbers import gallery
from viewer.panels.samples.numbers import NONE_RECORDED, so_far
from viewer.statistics.sample_lists import LISTS, ONLY_B

Show, Runs = Callable[..., Any], dict[str, Framer]
LOOKS = """
import numpy as np
def show(sample):
    return [np.full((4, 2), sample % 256, np.uint8), "in words", {"age": 3}, None, 1.5][sample % 5]
"""


@pytest.fixture
def file(tmp_path: Path) -> Iterator[ShowFile]:
    (tmp_path / "show.py").write_text(LOOKS)
    found = ShowFile(tmp_path / "show.py")
    yield found
    found.close()


def names(shown: Any) -> list[str]:
    """What the tiles are called, in their order."""
    found = {key[0]: label.get_text() for key, label in shown.panel._words.items() if key[1] == "name"}
    return [found[number].split(":")[0].split(",")[0] for number in sorted(found) if found[number]]


@pytest.mark.parametrize("which", LISTS)
@pytest.mark.parametrize("name", ["binary", "multiclass", "multilabel", "hundred", "one"])
def test_tiles_are_the_first_of_the_list_at_the_cursor(runs: Runs, show: Show, name: str, which: str) -> None:
    """In its order, as many as there is room for, at any epoch; fewer epochs, other tiles."""
    framer = runs[name]
    shown = show("gallery", which, size=(700, 500))
    for position in (len(framer) - 1, 0):
        frame = framer.frame(position)
        shown.update(frame)
        found = so_far(frame)
        assert found is not None
        expected = [f"#{found.tracks.sample[place]}" for place in found.listed(which)[: shown.panel._plan.tiles]]
        assert names(shown) == expected


def test_the_sample_that_was_clicked_comes_first(runs: Runs, show: Show) -> None:
    """A click on a dot of the map, or on a tile, chooses it in both; the map names it with truth and score."""
    framer = Framer(runs["multiclass"].run)
    session = Session(Fixed([framer.run]))
    dots, tiles = show("samples", size=(700, 400)).update(framer.frame()), show("gallery").update(framer.frame())
    found = so_far(framer.frame())
    assert found is not None
    place = int(found.listed("hardest")[40])
    session.pick(dots.panel.pick(found.told.variability[place], found.told.confidence[place]), 0.0)
    frame = session.frame()
    number = frame.knobs.sample[0]
    assert number == found.tracks.sample[place]
    assert names(tiles.update(frame))[0] == f"#{number}"
    truth, score = frame.classes[found.tracks.y_true[place]], found.tracks.confidence[-1][place]
    name = dots.update(frame).panel._name
    assert name.get_visible()
    assert all(words in name.get_text() for words in (f"#{number}", truth, f"{score:.3f}"))
    second = names(tiles)[1]
    x, y = tiles.panel._plan.corner(1)
    session.pick(tiles.panel.pick(x + 0.1, y + 0.1), 0.0)
    assert names(tiles.update(session.frame()))[0] == second
    assert tiles.panel.read_out(x + 0.1, y + 0.1).startswith(f"sample {names(tiles)[1]}: truth ")


def test_a_label_of_many_is_chosen_by_its_dot(runs: Runs, show: Show) -> None:
    """Of a multi-label output a tile is a sample and a label."""
    session = Session(Fixed([runs["multilabel"].run]))
    tiles = show("gallery", size=(700, 500)).update(session.frame())
    x, y = tiles.panel._plan.corner(3)
    before = tiles.panel._shown.cards[3]
    session.pick(tiles.panel.pick(x, y), 0.0)
    card = tiles.update(session.frame()).panel._shown.cards[0]
    assert (card.sample, card.label) == (before.sample, before.label)


def test_pictures_are_those_of_the_file(runs: Runs, show: Show, file: ShowFile) -> None:
    """A picture in its shape, words and rows as words, a fault on its own tile; without a file no room for them."""
    framer = Framer(runs["binary"].run)
    plain = show("gallery", size=(900, 600)).update(framer.frame())
    framer.turn(show=file)
    shown = show("gallery", size=(900, 600)).update(framer.frame())
    assert plain.panel._plan.picture == 0 < shown.panel._plan.picture
    cards = shown.panel._shown.cards
    images = [image for image in shown.panel._images if image.get_visible()]
    assert [int(image.get_array()[0, 0, 0]) for image in images] == [
        card.sample for card in cards if card.sample % 5 == 0
    ]
    left, right, low, high = images[0].get_extent()
    assert (low - high) / (right - left) == pytest.approx(2)
    words = " ".join(shown.words())
    for card in cards:
        assert {1: "in words", 2: "age: 3", 3: "nothing to show", 4: "ValueError"}.get(card.sample % 5, "") in words


def test_what_comes_late_is_drawn_when_it_comes(runs: Runs, show: Show, tmp_path: Path) -> None:
    """A slow file holds no picture up; once it has answered, the session is drawn again."""
    os.mkfifo(tmp_path / "pipe")
    path = tmp_path / "slow.py"
    path.write_text(f"TEXT = open({str(tmp_path / 'pipe')!r}).read()\ndef show(sample):\n    return TEXT")
    file = ShowFile(path)
    framer = Framer(runs["binary"].run)
    follow = Fixed([framer.run])
    found = follow.find()
    found.turn(show=file)
    session = Session(follow)
    shown = show("gallery").update(session.frame())
    assert "…" in shown.words()
    session.tick(0.0)
    session.dirty = False
    asked = [shown.panel._shown.found.asked(card) for card in shown.panel._shown.cards]
    (tmp_path / "pipe").write_text("here")
    for one in asked:
        file.ask(one).result(60)
    session.tick(0.0)
    assert session.dirty
    assert "here" in shown.update(session.frame()).words()
    path.write_text("def show(sample):\n    return 'saved'")
    session.dirty = False
    session.look()
    session.tick(0.0)
    assert session.dirty
    file.patience = 60.0
    assert "saved" in shown.update(session.frame()).words()
    file.close()


def test_two_runs_show_what_one_alone_gets_right(runs: Runs, show: Show) -> None:
    """With both predictions and both curves on each tile; what cannot be held against each other is said."""
    framer = Framer(runs["binary"].run, others=(runs["short"].run,))
    found = gallery(framer.frame(), ONLY_B, 5)
    assert not isinstance(found, str)
    assert [[one.right for one in card.standings] for card in found.cards] == [[False, True]] * found.total
    shown = show("gallery", ONLY_B).update(framer.frame())
    assert sum(words.startswith("A ✗") for words in shown.words()) == found.total
    assert sum(len(line.get_xdata()) > 0 for line in shown.panel._curves.values()) == 2 * found.total
    other = Framer(runs["binary"].run, others=(runs["multiclass"].run,))
    assert str(gallery(other.frame(), ONLY_B, 5)).startswith("two runs must decide between the same classes")
    assert "epochreel replay RUN RUN" in str(gallery(Framer(runs["binary"].run).frame(), ONLY_B, 5))


@pytest.mark.parametrize(
    ("name", "words"),
    [("empty", "no epoch yet"), ("logs", "no counts were recorded, only logs"), ("counts", NONE_RECORDED)],
)
def test_what_is_missing_is_said(runs: Runs, show: Show, name: str, words: str) -> None:
    """In a sentence, broken into lines."""
    shown = show("gallery").update(runs[name].frame())
    assert words in [text.replace("\n", " ") for text in shown.words()]
    assert shown.panel.describe() == words
    assert shown.panel.pick(0.5, 0.5) == {}


def test_nothing_new_draws_nothing(runs: Runs, show: Show, file: ShowFile) -> None:
    """A step of the threshold leaves the tiles as they are."""
    framer = Framer(runs["binary"].run)
    framer.turn(show=file)
    shown = show("gallery").update(framer.frame())
    framer.turn(threshold=0.2)
    shown.panel.update(framer.frame())
    assert shown.stale() == set()
    assert not shown.axes.stale


def test_a_list_must_be_known(show: Show) -> None:
    """The rule names those there are."""
    with pytest.raises(PanelError, match=r"^the list of a gallery must be one of hardest, .* Received: 'easy'$"):
        show("gallery", "easy")


@pytest.mark.parametrize("size", [(180, 150), (300, 200), (600, 120), (1900, 1000)])
def test_tiles_stay_in_the_panel(runs: Runs, show: Show, file: ShowFile, size: tuple[int, int]) -> None:
    """Whatever the room: no picture, curve or word outside of it."""
    framer = Framer(runs["multiclass"].run)
    framer.turn(show=file)
    shown = show("gallery", size=size).update(framer.frame())
    renderer = shown.canvas.get_renderer()
    for text in shown.texts():
        box = text.get_window_extent(renderer)
        assert box.x0 >= -2
        assert box.x1 <= size[0] + 2
        assert box.y0 >= -2
    for image in shown.panel._images:
        left, right, low, high = image.get_extent()
        assert 0 <= left < right <= shown.axes.get_xlim()[1] + 1e-6
        assert 0 <= high < low <= shown.axes.get_ylim()[0] + 1e-6
    assert np.isfinite(shown.panel._plan.tall)
