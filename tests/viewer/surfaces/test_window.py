"""A real window on a real screen: keys, mouse, and epochs that arrive."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from recorder import RunWriter

from .conftest import TRUTH, Driven, record, recorded, scores


class Hand:
    """Presses keys and moves the mouse of a screen, as a person would.

    Args:
        screen: its name.
        driven: the window.
        idle: a key that changes nothing at the start; it is pressed until it has come, as keys and clicks are lost
            that a window gets before its canvas is on the screen.
    """

    def __init__(self, screen: str, driven: Driven, *, idle: str = "Home") -> None:
        self._screen, self._driven = screen, driven
        (self.window,) = self.do("search", "--sync", "--onlyvisible", "--name", "^epochreel$").split()[:1]
        for _ in range(30):
            self.do("windowfocus", self.window)
            self.press(idle)
            if driven.within(2.0, lambda shown: shown["keys"] > 0):
                return
        raise AssertionError(f"no key reaches the window; the last picture shows {driven.shown}")

    def do(self, *words: str) -> str:
        """Lets xdotool do something."""
        return subprocess.run(
            ["xdotool", *words], env={"DISPLAY": self._screen, "PATH": "/usr/bin:/bin"}, check=True,
            capture_output=True, text=True,
        ).stdout  # fmt: skip

    def press(self, *keys: str) -> None:
        """Presses keys, one after the other."""
        for key in keys:
            self.do("key", key)

    def place(self, name: str, share: float = 0.5, height: float = 0.5) -> tuple[str, str]:
        """A point in a panel or control, by shares of its width and height (from the top)."""
        left, top, right, bottom = self._driven.shown["places"][name]
        return str(round(left + share * (right - left))), str(round(top + height * (bottom - top)))

    def click(self, name: str, share: float = 0.5, height: float = 0.5) -> None:
        """Clicks there."""
        self.do("mousemove", "--window", self.window, *self.place(name, share, height), "click", "1")

    def drag(self, name: str, start: float, end: float) -> None:
        """Drags from one point to another, in steps."""
        self.do("mousemove", "--window", self.window, *self.place(name, start), "mousedown", "1")
        for step in range(1, 11):
            self.do("mousemove", "--window", self.window, *self.place(name, start + (end - start) * step / 10))
        self.do("mouseup", "1")


@pytest.fixture
def window(tmp_path: Path, screen: str, drive: Callable[..., Driven]) -> tuple[Driven, Hand]:
    """A window that replays a run of 30 epochs, and a hand on it."""
    driven = drive(str(recorded(tmp_path).folder), "replay")
    driven.until(lambda shown: shown["epoch"] == 0)
    return driven, Hand(screen, driven)


def test_every_key_does_what_the_list_of_keys_says(window: tuple[Driven, Hand]) -> None:
    """Arrows, shift, Home, End, space, speed, threshold, split, bands, scale and help, each seen in a picture."""
    driven, hand = window
    hand.press("Right")
    driven.until(lambda shown: shown["epoch"] == 1)
    hand.press("shift+Right")
    driven.until(lambda shown: shown["epoch"] == 11)
    hand.press("Left")
    assert driven.until(lambda shown: shown["epoch"] == 10)["live"] is False
    hand.press("End")
    driven.until(lambda shown: shown["epoch"] == 29 and shown["live"])
    hand.press("Home")
    driven.until(lambda shown: shown["epoch"] == 0 and not shown["live"])
    hand.press("plus")
    driven.until(lambda shown: shown["speed"] > 10)
    hand.press("space")
    driven.until(lambda shown: shown["playing"] and shown["epoch"] > 2)
    hand.press("space")
    driven.until(lambda shown: not shown["playing"])
    hand.press("t", "Left")
    driven.until(lambda shown: shown["threshold"] == pytest.approx(0.49, abs=1e-6))
    hand.press("t", "s")
    driven.until(lambda shown: shown["split"] == "train")
    hand.press("b")
    driven.until(lambda shown: shown["band"] == 0)
    before = driven.shown["scales"]
    hand.press("l")
    driven.until(lambda shown: shown["scales"] != before)
    hand.press("question")
    driven.until(lambda shown: "play or pause" in shown["words"])


def test_sliders_buttons_and_panels_take_the_mouse(window: tuple[Driven, Hand]) -> None:
    """Both sliders follow a drag, every button does its thing, a click in the curves is an epoch, one in the scores a
    threshold."""
    driven, hand = window
    hand.drag("epoch", 0.02, 0.5)
    driven.until(lambda shown: 13 <= shown["epoch"] <= 16)
    hand.drag("threshold", 0.5, 0.25)
    driven.until(lambda shown: abs(shown["threshold"] - 0.25) < 0.02)
    hand.click("split")
    driven.until(lambda shown: shown["split"] == "train")
    hand.click("live")
    driven.until(lambda shown: shown["live"] and shown["epoch"] == 29)
    hand.click("play")
    driven.until(lambda shown: shown["playing"])
    hand.click("play")
    driven.until(lambda shown: not shown["playing"])
    hand.click("Scores", 0.7)
    driven.until(lambda shown: abs(shown["threshold"] - 0.7) < 0.02)
    hand.click("Curves", 0.5)
    driven.until(lambda shown: 13 <= shown["epoch"] <= 16)


def test_hovering_reads_out_values(window: tuple[Driven, Hand]) -> None:
    """The mouse over the curves names the epoch under it."""
    driven, hand = window
    hand.do("mousemove", "--window", hand.window, *hand.place("Curves", 0.5))
    driven.until(lambda shown: "epoch 1" in shown["words"])


def test_another_size_is_filled(window: tuple[Driven, Hand]) -> None:
    """After the window has grown, the figure fills it and the keys still work."""
    driven, hand = window
    hand.do("windowsize", "--sync", hand.window, "1450", "900")
    driven.until(lambda shown: shown["size"] == [1450, 900])
    hand.press("Right")
    driven.until(lambda shown: shown["epoch"] == 1)


def test_a_live_window_follows_the_epochs_and_the_next_run(
    tmp_path: Path, screen: str, drive: Callable[..., Driven]
) -> None:
    """Each recorded epoch comes on screen; scrubbing releases the latch, End takes it up; a new run takes over."""
    writer = recorded(tmp_path, epochs=3, close=False)
    driven = drive(str(tmp_path))
    driven.until(lambda shown: shown["epoch"] == 2 and shown["live"])
    for epoch in (3, 4):
        record(writer, epoch)
        driven.until(lambda shown, epoch=epoch: shown["epoch"] == epoch)
    hand = Hand(screen, driven, idle="End")
    hand.press("Left")
    driven.until(lambda shown: shown["epoch"] == 3 and not shown["live"])
    record(writer, 5)
    driven.until(lambda shown: shown["epochs"] == 6 and shown["epoch"] == 3)
    hand.press("End")
    driven.until(lambda shown: shown["epoch"] == 5 and shown["live"])
    recorded(tmp_path, epochs=2, name="next")
    driven.until(lambda shown: shown["run"] == "next" and shown["epoch"] == 1)


@pytest.mark.campaign
def test_a_window_counts_in_steps_where_the_run_does(tmp_path: Path, screen: str, drive: Callable[..., Driven]) -> None:
    """Sliders, keys, clicks and what is under the mouse name the steps of the points; a new one comes on screen."""
    writer = RunWriter(tmp_path, name="steps", unit="step")
    for point in range(21):
        loss = {"loss": 1 / (point + 1)}
        writer.epoch(point // 4, step=250 * (point + 1), logs=loss, val=(TRUTH, scores(point)))
    driven = drive(str(tmp_path))
    driven.until(lambda shown: shown["epoch"] == 5250 and shown["live"])
    hand = Hand(screen, driven, idle="End")
    hand.press("Left")
    driven.until(lambda shown: shown["epoch"] == 5000 and not shown["live"])
    hand.press("shift+Left")
    driven.until(lambda shown: shown["epoch"] == 2500)
    hand.click("Curves", 0.55)
    driven.until(lambda shown: 2750 <= shown["epoch"] <= 3250)
    hand.do("mousemove", "--window", hand.window, *hand.place("Curves", 0.9))
    driven.until(lambda shown: "step 4,750" in shown["words"] or "step 5,000" in shown["words"])
    writer.epoch(5, step=5500, logs={"loss": 0.0}, val=(TRUTH, scores(21)))
    hand.press("End")
    driven.until(lambda shown: shown["epoch"] == 5500 and shown["live"])


def test_killing_the_viewer_changes_nothing_for_the_recorder(
    tmp_path: Path, screen: str, drive: Callable[..., Driven]
) -> None:
    """With the viewer killed in the middle, the run goes on, ends, and holds every epoch."""
    import viewer

    writer = recorded(tmp_path, epochs=2, close=False)
    driven = drive(str(tmp_path))
    driven.until(lambda shown: shown["epoch"] == 1)
    driven.process.kill()
    driven.process.wait()
    record(writer, 2)
    writer.close()
    run = viewer.open_run(writer.folder)
    assert (list(run.epoch_numbers), run.status) == ([0, 1, 2], "finished")


@pytest.mark.campaign
def test_a_click_on_a_dot_or_a_tile_chooses_its_sample(
    tmp_path: Path, screen: str, drive: Callable[..., Driven]
) -> None:
    """The gallery beside the map shows it first; a tile that is clicked takes its place."""
    (tmp_path / "show.py").write_text("def show(sample):\n    return f'this is {sample}'")
    driven = drive(str(recorded(tmp_path / "runs").folder), "replay", str(tmp_path / "show.py"))
    driven.until(lambda shown: shown["said"][0].startswith("Hardest"))
    hand = Hand(screen, driven)
    hand.click("Samples", 0.3, 0.6)
    first = driven.until(lambda shown: shown["said"][0].startswith("Sample #"))["said"][0]
    hand.click("GalleryPanel", 0.5, 0.05)
    second = driven.until(lambda shown: shown["said"][0] != first)["said"][0]
    assert second.startswith("Sample #")


@pytest.mark.campaign
def test_r_lists_all_runs_and_opens_one(tmp_path: Path, screen: str, drive: Callable[..., Driven]) -> None:
    """Arrows choose, Enter opens; an older run stays in view, and with the newest those are followed that start."""
    for number, name in enumerate(["oldest", "middle", "newest"]):
        folder = recorded(tmp_path, epochs=3 + number, name=name).folder
        folder.rename(folder.with_name(f"20250101-00000{number}-{name}-0000"))
    driven = drive(str(tmp_path))
    driven.until(lambda shown: shown["run"] == "newest")
    hand = Hand(screen, driven)
    hand.press("r")
    driven.until(lambda shown: shown["words"].startswith("3 runs · ") and "RunsList" in shown["places"])
    hand.press("Down", "Return")
    driven.until(lambda shown: shown["run"] == "middle" and "RunsList" not in shown["places"])
    writer = recorded(tmp_path, epochs=2, name="later", close=False)
    hand.press("r")
    driven.until(lambda shown: shown["words"].startswith("4 runs · "))
    hand.press("End", "Return")
    driven.until(lambda shown: shown["run"] == "oldest" and shown["epochs"] == 3)
    hand.press("r")
    driven.until(lambda shown: shown["words"].startswith("4 runs · "))
    hand.press("Home", "Return")
    driven.until(lambda shown: shown["run"] == "later" and shown["epochs"] == 2)
    record(writer, 2)
    driven.until(lambda shown: shown["epochs"] == 3)
    hand.press("r")
    driven.until(lambda shown: "RunsList" in shown["places"])
    hand.press("r")
    driven.until(lambda shown: shown["run"] == "later" and "RunsList" not in shown["places"])
    writer.close()
