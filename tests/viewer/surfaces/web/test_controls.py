"""Every control of the page, by mouse, finger and keyboard, in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import viewer
from recorder import RunWriter
from tests.conftest import later
from viewer.dashboard.session import KEYS

from ..conftest import record
from .conftest import Server, field, shows, until, visited

EPOCH, THRESHOLD = "epoch, as a number", "threshold, as a number"
NEAR = """([name, value, by]) =>
    Math.abs(document.querySelector(`.controls input[aria-label="${name}"]`).value - value) < by"""
PRESSED = """([name, value]) => [...document.querySelectorAll(".controls button")].find((e) => e.textContent === name)
    ?.getAttribute("aria-pressed") === value"""
IN_ADDRESS = "(words) => decodeURIComponent(location.search).includes(words)"
NOT_IN_ADDRESS = "(words) => !decodeURIComponent(location.search).includes(words)"
READ_OUT = """(words) =>
    [...document.querySelectorAll(".said")].some((e) => e.checkVisibility() && e.textContent.includes(words))"""
ZOOMED = "(zoomed) => document.querySelectorAll('.panel button[title=\"show all again\"]').length === zoomed"


def three_classes(folder: Path, epochs: int) -> Any:
    """A run of a softmax of three classes."""
    rng = np.random.default_rng(0)
    with RunWriter(folder, name="which", epochs=epochs) as writer:
        for epoch in range(epochs):
            truth = np.arange(120) % 3
            scores = np.exp(rng.normal(size=(120, 3)) + epoch * np.eye(3)[truth] / 4)
            scores = (scores / scores.sum(axis=1, keepdims=True)).astype(np.float32)
            writer.epoch(epoch, logs={"loss": 1.0}, train=(truth, scores), val=(truth, scores))
    return viewer.open_run(writer.folder)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, join_outputs: Callable[..., Path]) -> Iterator[Server]:
    """A server of a run with a binary output and one of three classes."""
    folder = tmp_path_factory.mktemp("controls")
    with RunWriter(folder, name="sick", epochs=30) as writer:
        for epoch in range(30):
            record(writer, epoch)
    parts = {"sick": viewer.open_run(writer.folder), "which": three_classes(folder, 30)}
    started = Server("watch", str(join_outputs(tmp_path_factory.mktemp("joined"), parts)), "--web")
    yield started
    started.stop()


@pytest.fixture
def page(server: Server, browser: Any) -> Iterator[Any]:
    """A page of it, whose words to the viewer are kept in `said`."""
    with visited(browser, server.url) as page:
        yield page


def said(page: Any) -> list[str]:
    """Keeps what the page says from now on."""
    found: list[str] = []
    page.evaluate("""() => {
      window.heard = [];
      const send = WebSocket.prototype.send;
      WebSocket.prototype.send = function (data) {
        if (!data.includes('"ack"') && !data.includes('"sizes"')) window.heard.push(data);
        return send.call(this, data);
      };
    }""")
    return found


def heard(page: Any) -> list[str]:
    """What the page has said since `said`."""
    found: list[str] = page.evaluate("window.heard")
    return found


def test_tab_reaches_every_control(page: Any) -> None:
    """And every one has a name."""
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate("document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent")
        )
    wanted = page.evaluate(
        """() => [...document.querySelectorAll("button, input, select, canvas")].filter((e) => e.checkVisibility())
            .map((e) => e.getAttribute("aria-label") ?? e.textContent)"""
    )
    assert set(wanted) - reached == set()
    assert all(name.strip() for name in wanted)


def test_the_keys_of_the_window_and_no_others(page: Any) -> None:
    """Each of `KEYS` does here what it does there; matplotlib's own, and letters that nobody has, say nothing."""
    for key, condition, argument in [
        ("Home", '([n, v]) => document.querySelector(`[aria-label="${n}"]`).value === v', [EPOCH, "0"]),
        ("ArrowRight", '([n, v]) => document.querySelector(`[aria-label="${n}"]`).value === v', [EPOCH, "1"]),
        ("Shift+ArrowRight", '([n, v]) => document.querySelector(`[aria-label="${n}"]`).value === v', [EPOCH, "11"]),
        ("ArrowLeft", '([n, v]) => document.querySelector(`[aria-label="${n}"]`).value === v', [EPOCH, "10"]),
        ("+", IN_ADDRESS, "speed=15"),
        ("-", NOT_IN_ADDRESS, "speed"),
        ("t", "() => document.querySelector('.controls').classList.contains('by-threshold')", None),
        ("ArrowRight", NEAR, [THRESHOLD, 0.51, 0.002]),
        ("t", "() => !document.querySelector('.controls').classList.contains('by-threshold')", None),
        ("s", IN_ADDRESS, "split=train"),
        ("b", IN_ADDRESS, "band=0"),
        ("l", PRESSED, ["log scale", "true"]),
        ("o", IN_ADDRESS, "output=which"),
        ("c", IN_ADDRESS, "label=0"),
        (" ", "() => document.querySelector('.first button').textContent === 'pause'", None),
        ("End", PRESSED, ["live", "true"]),
        ("?", "() => document.querySelector('dialog').open", None),
    ]:
        page.keyboard.press(key)
        until(page, condition, argument)
    listed = page.evaluate("[...document.querySelectorAll('dialog dt')].map((e) => e.textContent)")
    assert list(KEYS) == listed[: len(KEYS)]
    page.keyboard.press("Escape")
    until(page, "() => !document.querySelector('dialog').open")
    said(page)
    for key in [*"kgpqfvrxjaGLS", "Control+s", "Alt+b", "Backspace", "Escape", "F2", "PageUp"]:
        page.keyboard.press(key)
    assert heard(page) == []


@pytest.mark.campaign
def test_keys_do_nothing_while_somebody_types(page: Any) -> None:
    """In the line of formulas `s`, `b`, space and the arrows are what they are."""
    field(page, "formulas").click()
    said(page)
    page.keyboard.type("s b l t ? ")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    assert heard(page) == []
    assert "s b l t ?" in field(page, "formulas").input_value()


@pytest.mark.campaign
@pytest.mark.parametrize("way", ["mouse", *later("keyboard")])
def test_every_choice(page: Any, way: str) -> None:
    """What is chosen is set, and stands in the address; a reload keeps it all."""
    for name, value, words in [
        ("output", "which", "output=which"), ("split", "train", "split=train"), ("class", "1", "label=1"),
        ("band", "0.5", "band=0.5"), ("speed", "50", "speed=50"), ("theme", "dark", "theme=dark"),
    ]:  # fmt: skip
        select = field(page, name)
        select.wait_for()
        if way == "mouse":
            select.select_option(value)
        else:
            select.focus()
            options = select.evaluate("(e) => [...e.options].map((option) => option.value)")
            steps = options.index(value) - options.index(select.input_value())
            for _ in range(abs(steps)):
                page.keyboard.press("ArrowDown" if steps > 0 else "ArrowUp")
        until(page, IN_ADDRESS, words)
    assert "token" not in page.url
    page.reload()
    for name, value in {"output": "which", "split": "train", "class": "1", "band": "0.5", "speed": "50"}.items():
        shows(page, name, value)
    until(page, "() => document.documentElement.dataset.theme === 'dark'")


@pytest.mark.campaign
@pytest.mark.parametrize("way", ["finger", *later("mouse", "keyboard")])
def test_play_live_and_the_sliders(server: Server, browser: Any, way: str) -> None:
    """Buttons are pressed, sliders moved, numbers typed."""
    finger = {"has_touch": True} if way == "finger" else {}
    with visited(browser, server.url, **finger) as page:

        def press(name: str) -> None:
            button = page.locator(".controls").get_by_role("button", name=name, exact=True)
            {"mouse": button.click, "finger": button.tap, "keyboard": lambda: button.press("Enter")}[way]()

        press("play")
        until(page, "() => document.querySelector('.first button').textContent === 'pause'")
        press("pause")
        press("live")
        shows(page, EPOCH, "29")
        for name, number, key in (("epoch", EPOCH, "Home"), ("threshold", THRESHOLD, "Home")):
            slider = page.locator(f'.controls input[type=range][aria-label="{name}"]')
            box = slider.bounding_box()
            if way == "keyboard":
                slider.focus()
                page.keyboard.press(key)
            elif way == "mouse":
                page.mouse.click(box["x"] + 3, box["y"] + box["height"] / 2)
            else:
                page.touchscreen.tap(box["x"] + 3, box["y"] + box["height"] / 2)
            until(page, NEAR, [number, 0, 0.05])
        field(page, EPOCH).fill("7")
        field(page, EPOCH).press("Enter")
        until(page, IN_ADDRESS, "epoch=7")


def test_formulas_are_completed_and_what_is_wrong_stands_beneath(page: Any) -> None:
    """A name is taken from the list; an unknown one is said beneath, and the curves stay; then all is well again."""
    line = field(page, "formulas")
    line.fill("")
    line.press_sequentially("bal")
    page.locator("#names-formulas [role=option]").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert line.input_value() == "balanced_accuracy"
    line.press("Enter")
    until(page, IN_ADDRESS, "metrics=balanced_accuracy")
    for wrong, words in (
        ("f1, nonsense(", "arithmetic"),
        ("f1@nobody", "average must be"),
        ("gone:f1", "split must be"),
    ):
        line.fill(wrong)
        line.press("Enter")
        until(page, "(words) => document.querySelector('#wrong-formulas').textContent.includes(words)", words)
    assert page.locator("#wrong-formulas").is_visible()
    line.fill("")
    line.press_sequentially("f1@nob, rec")  # the list is open, and nothing of it taken
    page.locator("#names-formulas [role=option]").first.wait_for()
    line.press("Enter")
    until(page, "() => document.querySelector('#wrong-formulas').textContent.includes('nob')")
    assert page.locator("#names-formulas").is_hidden()
    assert line.get_attribute("aria-invalid") == "true"
    line.fill("f1@0.3, tn / (tn + fn)")
    line.press("Enter")
    until(page, "() => !document.querySelector('#wrong-formulas').checkVisibility()")
    until(page, "() => document.querySelector('canvas').getAttribute('aria-label').includes('tn / (tn + fn)')")
    until(page, IN_ADDRESS, "metrics=f1@0.3")
    page.reload()
    shows(page, "formulas", "f1@0.3, tn / (tn + fn)")


@pytest.mark.campaign
def test_a_layout_is_typed(page: Any) -> None:
    """The panels are others; a word that is no panel is said beneath, and the panels stay."""
    line = field(page, "layout")
    line.fill("curves / roc status")
    line.press("Enter")
    until(page, "() => document.querySelectorAll('.panel').length === 3")
    line.fill("curves nonsense")
    line.press("Enter")
    until(page, "() => document.querySelector('#wrong-layout').textContent.includes('a panel must be one of')")
    line.fill("curves:nonsense")
    line.press("Enter")
    until(page, "() => document.querySelector('#wrong-layout').textContent.includes('formula, a count or a log')")
    assert page.locator(".panel").count() == 3


@pytest.mark.campaign
def test_what_names_the_best_epoch_is_typed(page: Any) -> None:
    """Words and the address follow it; what has no good end is said beneath, and what was taken stays; back again."""
    line = field(page, "best by")
    line.fill("recall")
    line.press("Enter")
    until(page, IN_ADDRESS, "best=recall")
    line.fill("tp + fp")
    line.press("Enter")
    until(page, "() => document.querySelector('#wrong-best-by').textContent.includes('say max(tp + fp) or min(')")
    page.reload()
    shows(page, "best by", "recall")
    line.fill("")
    line.press("Enter")
    until(page, "() => !location.search.includes('best')")


def corner(page: Any, panel: int, x: float, y: float) -> tuple[float, float]:
    """A place in a picture."""
    box = page.locator(".panel canvas").nth(panel).bounding_box()
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


@pytest.mark.campaign
def test_hands_in_pictures(page: Any) -> None:
    """A click moves the epoch, a drag the threshold, words follow the mouse; with shift a box zooms, a double click
    takes it back."""
    page.mouse.click(*corner(page, 0, 0.3, 0.5))
    until(page, NEAR, [EPOCH, 9, 5])
    page.mouse.move(*corner(page, 1, 0.5, 0.5))
    page.mouse.down()
    page.mouse.move(*corner(page, 1, 0.3, 0.5), steps=4)
    page.mouse.up()
    until(page, NEAR, [THRESHOLD, 0.23, 0.06])
    page.mouse.move(*corner(page, 1, 0.6, 0.5))
    until(page, READ_OUT, "probability")
    until(page, IN_ADDRESS, "threshold=0.2")
    before = page.evaluate("location.search")
    page.keyboard.down("Shift")
    page.mouse.move(*corner(page, 1, 0.4, 0.3))
    page.mouse.down()
    page.mouse.move(*corner(page, 1, 0.7, 0.7), steps=4)
    page.mouse.up()
    page.keyboard.up("Shift")
    until(page, ZOOMED, 1)
    assert page.evaluate("location.search") == before
    page.mouse.dblclick(*corner(page, 1, 0.5, 0.5))
    until(page, ZOOMED, 0)


@pytest.mark.campaign
def test_the_zoom_button_works_by_mouse_and_by_keyboard(page: Any) -> None:
    """Pressed by mouse, the next drag draws a box; by keyboard, it shows the half around the middle; again, all."""
    zoom = page.get_by_label("zoom curves", exact=True)
    zoom.click()
    page.mouse.move(*corner(page, 0, 0.3, 0.3))
    page.mouse.down()
    page.mouse.move(*corner(page, 0, 0.5, 0.6), steps=3)
    page.mouse.up()
    until(page, ZOOMED, 1)
    zoom.click()
    until(page, ZOOMED, 0)
    zoom.press("Enter")
    until(page, ZOOMED, 1)
    zoom.press("Enter")
    until(page, ZOOMED, 0)


@pytest.mark.campaign
def test_a_finger_moves_the_threshold_in_a_picture(server: Server, browser: Any) -> None:
    """A tap in the distribution is a click there."""
    with visited(browser, server.url, has_touch=True) as page:
        page.touchscreen.tap(*corner(page, 1, 0.3, 0.5))
        until(page, NEAR, [THRESHOLD, 0.23, 0.06])
