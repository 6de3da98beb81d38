"""The page at every size: nothing cut, nothing over another, measured from the document and from the pictures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.conftest import later

from ..conftest import recorded
from .conftest import Server, until, visited

SIZES = [(360, 640), (768, 1024), (900, 600), (1366, 650), (1920, 1080), (3840, 2160)]
MEASURE = (Path(__file__).parent / "measure.js").read_text(encoding="utf-8").split("\n", 1)[1]
LAYOUTS = {
    "default": "",
    "one": "curves",
    "twelve": "curves scores / curves:loss pr roc matrix threshold / surface calibration classes samples status",
    "a row of six": "curves scores pr roc matrix threshold",
}
# Every panel that is in sight has a picture as large as its room, or at a lower ratio where all would be too large.
FITTED = """(most) => {
  const grid = document.querySelector(".grid")?.getBoundingClientRect();
  const shown = [...document.querySelectorAll(".panel")].filter((panel) => {
    const { top, bottom } = panel.getBoundingClientRect();
    return grid && bottom > grid.top && top < grid.bottom;
  }).map((panel) => [panel.querySelector(".picture").getBoundingClientRect(), panel.querySelector("canvas")]);
  const pixels = shown.reduce((sum, [room]) => sum + room.width * room.height, 0) * devicePixelRatio ** 2;
  const ratio = devicePixelRatio * Math.min(1, Math.sqrt(most / pixels));
  const near = (one, other) => Math.abs(one - other) < 0.02 * one + 2;
  return shown.length > 0 && shown.every(([room, canvas]) =>
    near(canvas.width, room.width * ratio) && near(canvas.height, room.height * ratio));
}"""
MOST_PIXELS = 16_000_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of a finished run, for all tests of this file."""
    folder = recorded(tmp_path_factory.mktemp("sizes"), epochs=30).folder
    started = Server("watch", str(folder), "--web")
    yield started
    started.stop()


def measured(page: Any) -> dict[str, Any]:
    """What is wrong with the page, once its pictures have the size of their rooms."""
    until(page, FITTED, MOST_PIXELS)
    found: dict[str, Any] = page.evaluate(MEASURE)
    return found


@pytest.mark.parametrize("layout", ["default", *later("one", "twelve", "a row of six")])
@pytest.mark.parametrize("ratio", [1, *later(2)])
def test_nothing_is_cut_and_nothing_lies_over_another(server: Server, browser: Any, ratio: int, layout: str) -> None:
    """From the smallest window to the largest and back again, with one panel to twelve."""
    url = f"{server.url}&layout={quote(LAYOUTS[layout])}"
    faults: dict[tuple[int, int], list[str]] = {}
    with visited(browser, url, size=SIZES[0], device_scale_factor=ratio) as page:
        for wide, tall in SIZES if ratio == 2 and layout != "default" else [*SIZES, *reversed(SIZES)]:
            page.set_viewport_size({"width": wide, "height": tall})
            found = measured(page)
            faults[wide, tall] = found["faults"]
            if layout == "default" and (wide, tall) == (1366, 650):
                assert (found["scrolls"], found["rows"]) == (False, 2)
            if wide < 700:
                assert found["rows"] == found["panels"]
    assert {size: found for size, found in faults.items() if found} == {}


@pytest.mark.campaign
def test_a_panel_is_made_large_and_small_again(server: Server, browser: Any) -> None:
    """It takes the room of all, its picture follows, a reload keeps it, and the others come back."""
    with visited(browser, server.url) as page:
        page.get_by_label("enlarge scores").click()
        found = measured(page)
        assert (found["panels"], found["faults"]) == (1, [])
        until(page, "() => location.search.includes('panel=1')")
        page.reload()
        until(page, FITTED, MOST_PIXELS)
        assert measured(page)["panels"] == 1
        page.get_by_label("shrink scores").press("Enter")
        found = measured(page)
        assert (found["panels"], found["faults"]) == (6, [])


@pytest.mark.campaign
def test_a_thumb_has_room(server: Server, browser: Any) -> None:
    """Where fingers point, what is pressed is 44 pixels high at least."""
    with visited(browser, server.url, size=(390, 800), has_touch=True, is_mobile=True) as page:
        page.get_by_role("button", name="settings").tap()
        heights = page.evaluate(
            """() => [...document.querySelectorAll(".controls :is(button, select, input), .panel button")]
                .filter((e) => e.checkVisibility())
                .map((e) => [e.getAttribute("aria-label") ?? e.textContent, e.getBoundingClientRect().height])"""
        )
        assert {name: height for name, height in heights if height < 44} == {}
        assert len(heights) > 8
