"""The page in a real browser: Debian's Chromium, headless, against the real server in another process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from recorder import RunWriter

from ..conftest import PATIENCE, record, recorded
from .conftest import Server, drawn, field, shows, until, visited

EPOCH, THRESHOLD = "epoch, as a number", "threshold, as a number"
SAYS = """(words) => {
  const notice = document.querySelector("#connection");
  return notice.checkVisibility() && notice.innerText.includes(words);
}"""
SOCKETS = """
  window.sockets = [];
  window.WebSocket = class extends WebSocket { constructor(...words) { super(...words); window.sockets.push(this); } };
"""


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunWriter, Server]]:
    """A run that is being recorded, and its server."""
    folder = tmp_path_factory.mktemp("live")
    writer = recorded(folder, epochs=30, close=False)
    server = Server("watch", str(folder), "--web")
    yield writer, server
    server.stop()


def test_new_epochs_come_to_every_tab_and_each_has_a_clock_of_its_own(
    live: tuple[RunWriter, Server], browser: Any
) -> None:
    """What is recorded is shown by a tab that follows; one that has left the newest epoch stays where it is."""
    writer, server = live
    with visited(browser, server.url) as page, visited(browser, server.url) as other:
        shows(page, EPOCH, "29")
        other.keyboard.press("Home")
        shows(other, EPOCH, "0")
        record(writer, 30)
        shows(page, EPOCH, "30")
        until(other, "() => document.querySelector('input[type=range]').max === '30'")
        shows(other, EPOCH, "0")
        other.keyboard.press("End")
        shows(other, EPOCH, "30")
    assert f"ssh -L {server.port}:" in server.reach


@pytest.mark.campaign
def test_keys_of_the_window_work_in_the_page(live: tuple[RunWriter, Server], browser: Any) -> None:
    """Steps, jumps and switches, each seen in the controls."""
    _, server = live
    with visited(browser, server.url) as page:
        for key, value in {"Home": "0", "ArrowRight": "1", "Shift+ArrowRight": "11", "ArrowLeft": "10"}.items():
            page.keyboard.press(key)
            shows(page, EPOCH, value)


@pytest.mark.campaign
def test_a_drag_of_the_threshold_and_a_click_in_a_panel_move_it(live: tuple[RunWriter, Server], browser: Any) -> None:
    """The slider by mouse, the field by keyboard, the distribution by a click."""
    _, server = live
    with visited(browser, server.url) as page:
        box = field(page, "threshold").bounding_box()
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] / 4, box["y"] + box["height"] / 2, steps=5)
        page.mouse.up()
        until(page, f"() => Math.abs(document.querySelector('[aria-label=\"{THRESHOLD}\"]').value - 0.25) < 0.02")
        field(page, THRESHOLD).fill("0.31")
        field(page, THRESHOLD).press("Enter")
        shows(page, THRESHOLD, "0.31")
        panel = page.locator(".panel canvas").nth(1).bounding_box()
        page.mouse.click(panel["x"] + 0.7 * panel["width"], panel["y"] + panel["height"] / 2)
        until(page, f"() => document.querySelector('[aria-label=\"{THRESHOLD}\"]').value > 0.5")


@pytest.mark.campaign
def test_a_page_without_a_run_says_so_and_shows_the_first_one(tmp_path: Path, browser: Any) -> None:
    """The address is there before the folder, the folder before the run; each is said, then the run is shown."""
    server = Server("watch", str(tmp_path / "runs"), "--web")
    try:
        page = browser.new_page()
        page.goto(server.url)
        until(page, "() => document.body.innerText.includes('There is no folder')")
        (tmp_path / "runs").mkdir()
        until(page, "() => document.body.innerText.includes('is empty')")
        recorded(tmp_path / "runs", epochs=2)
        page.click("tr.run .name", timeout=PATIENCE * 1000)
        until(page, "() => document.querySelectorAll('.panel').length === 6")
        page.close()
    finally:
        server.stop()


def test_a_lost_connection_comes_back_with_all_that_was_set(live: tuple[RunWriter, Server], browser: Any) -> None:
    """The page opens another one by itself, and shows what it showed."""
    _, server = live
    with browser.new_context(viewport={"width": 1366, "height": 650}) as context:
        page = context.new_page()
        page.add_init_script(SOCKETS)
        page.goto(server.url.replace("/?", "/run/latest?"))
        drawn(page)
        field(page, EPOCH).fill("3")
        field(page, EPOCH).press("Enter")
        until(page, "() => location.search.includes('epoch=3')")
        page.evaluate("window.sockets.at(-1).close()")
        until(page, "() => window.sockets.length === 2 && window.sockets[1].readyState === 1")
        drawn(page)
        shows(page, EPOCH, "3")
        assert not page.locator("#connection").is_visible()


@pytest.mark.campaign
def test_the_end_is_said_when_it_is_one(tmp_path: Path, browser: Any, serve: Callable[..., Server]) -> None:
    """A viewer that was killed is tried again, ever more seldom; one that has ended says so; both pictures stay."""
    folder = recorded(tmp_path, epochs=3).folder
    killed, ended = serve("replay", str(folder), "--web"), serve("replay", str(folder), "--web")
    with visited(browser, killed.url) as page, visited(browser, ended.url) as other:
        killed.process.kill()
        until(page, SAYS, "trying again in 1 s")
        ended.process.terminate()
        until(other, SAYS, "The viewer has ended")
        until(page, SAYS, "trying again in 2 s")
        until(page, SAYS, "trying again in 4 s")
        assert "ended" not in page.locator("#connection").inner_text()
        assert page.locator(".panel canvas:not(.empty)").count() == 6
        assert other.locator(".panel canvas:not(.empty)").count() == 6
        assert "trying" not in other.locator("#connection").inner_text()


def test_nothing_is_loaded_from_elsewhere(live: tuple[RunWriter, Server], browser: Any) -> None:
    """Every request of the page goes to its own server."""
    _, server = live
    with browser.new_context() as context:
        page, asked = context.new_page(), []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(server.url.replace("/?", "/run/latest?"))
        drawn(page)
    assert len(asked) > 5
    assert [url for url in asked if not url.startswith(server.root)] == []


@pytest.mark.campaign
def test_nothing_is_drawn_for_a_tab_behind_others(live: tuple[RunWriter, Server], browser: Any) -> None:
    """While the page is hidden it is sent no picture, only where things stand; in sight again, it has the newest."""
    _, server = live
    with visited(browser, server.url) as page:
        page.evaluate("""() => {
          window.drawings = 0;
          const draw = CanvasRenderingContext2D.prototype.drawImage;
          CanvasRenderingContext2D.prototype.drawImage = function (...words) {
            window.drawings++;
            return draw.apply(this, words);
          };
          Object.defineProperty(document, "hidden", { value: true, configurable: true });
          document.dispatchEvent(new Event("visibilitychange"));
        }""")
        before = page.evaluate("window.drawings")
        for key, value in {"Home": "0", "ArrowRight": "1"}.items():
            page.keyboard.press(key)
            shows(page, EPOCH, value)
        assert page.evaluate("window.drawings") - before <= 6  # of what was on its way
        page.evaluate("""() => {
          window.drawings = 0;
          Object.defineProperty(document, "hidden", { value: false });
          document.dispatchEvent(new Event("visibilitychange"));
        }""")
        until(page, "() => window.drawings >= 6")
