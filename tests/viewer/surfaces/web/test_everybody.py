"""Whether everybody can use the page: axe-core finds no fault in any view, small or large, light or dark."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import later

from ..conftest import PATIENCE, recorded
from .conftest import Server, until

axe = pytest.importorskip("axe_playwright_python.sync_playwright")

SEEN = {  # the address of each view, and what is there once it is shown
    "runs": ("/", "tr.run .words"),
    "dashboard": ("/run/first", ".panel canvas:not(.empty)"),
    "large": ("/run/first?panel=1", ".panel canvas:not(.empty)"),
    "compare": ("/compare?run=first&run=second", ".sentences li"),
    "samples": ("/samples/first", ".card h2"),
    "one sample": ("/samples/first?sample=3", ".card h2"),
    "missing": ("/run/nothing", ".waiting:not([hidden])"),
}
SIZES = [(360, 640), (1366, 650)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of a folder with two runs."""
    folder = tmp_path_factory.mktemp("everybody")
    for name in ("first", "second"):
        recorded(folder, epochs=3, name=name)
    started = Server("watch", str(folder), "--web")
    yield started
    started.stop()


@pytest.mark.campaign
@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_view_has_a_fault(server: Server, browser: Any, size: tuple[int, int], theme: str) -> None:
    """None that axe-core knows: names, roles, contrast, headings, landmarks, what can be reached."""
    found: list[str] = []
    with browser.new_context(viewport={"width": size[0], "height": size[1]}) as context:
        page = context.new_page()
        page.goto(server.url)
        for name, (path, there) in SEEN.items():
            page.goto(f"{server.root}{path}{'&' if '?' in path else '?'}theme={theme}")
            until(page, f"() => document.querySelector('{there}') !== null")
            found += [f"{name}: {fault}" for fault in faults(page)]
        page.goto(f"{server.root}/run/first?theme={theme}")
        page.wait_for_selector(".panel canvas:not(.empty)", timeout=PATIENCE * 1000)
        page.keyboard.press("?")
        until(page, "() => document.querySelector('dialog[open]') !== null")
        found += [f"help: {fault}" for fault in faults(page)]
    assert found == []


@pytest.mark.campaign
@pytest.mark.parametrize("name", ["dashboard", *later("runs", "compare", "samples")])
def test_what_is_as_at_the_start_does_not_stand_in_the_address(server: Server, browser: Any, name: str) -> None:
    """The theme of the start and switches that are off leave it again; another theme stays."""
    path, there = SEEN[name]
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(server.url)
        for theme, kept in (("light", ""), ("dark", "theme=dark")):
            page.goto(f"{server.root}{path}{'&' if '?' in path else '?'}theme={theme}")
            until(page, f"() => document.querySelector('{there}') !== null")
            until(page, "(end) => location.href.endsWith(end) && !location.href.includes('light')", kept)
            assert "false" not in page.evaluate("location.href")
        if name == "dashboard":
            for key, ended in (("s", "split=train&"), ("s", ""), ("b", "band=0&"), ("b", "")):
                page.keyboard.press(key)
                until(page, "(words) => location.search === words", f"?{ended}theme=dark")


@pytest.mark.campaign
def test_no_picture_is_black_before_it_comes(server: Server, browser: Any) -> None:
    """A canvas that nothing was drawn on is clear, so that the paper shows."""
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(server.url)
        clear = "canvas.getContext('2d').getImageData(0, 0, 1, 1).data[3] === 0"
        assert page.evaluate(f"""async () => {{
            const {{ Panel }} = await import("/client/panel.js");
            const {{ canvas }} = new Panel(0, {{ name: "x" }}, {{}});
            return {clear};
        }}""")
        page.goto(f"{server.root}/compare?run=first")  # of which there can be no picture
        until(page, "() => document.querySelector('.trouble')?.textContent")
        assert page.evaluate(f"() => {{ const canvas = document.querySelector('canvas'); return {clear}; }}")


def faults(page: Any) -> list[str]:
    """What axe-core says of a page, a line a fault."""
    return [
        f"{each['id']} ({each['impact']}): {node['html'][:150]}: {node['failureSummary']}"
        for each in axe.Axe().run(page).response["violations"]
        for node in each["nodes"]
    ]
