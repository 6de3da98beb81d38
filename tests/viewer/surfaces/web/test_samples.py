"""The gallery of samples in a real browser, against the real server in another process."""

from __future__ import annotations

import os
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import viewer
from recorder import RunWriter
from tests.conftest import later
from viewer.run.sample_history import samples_so_far
from viewer.run.sample_pairs import paired
from viewer.statistics.sample_lists import LISTS, ONLY_A, ONLY_B
from viewer.surfaces.web.messages import MOST_ROWS, Look, understood

from ..conftest import PATIENCE
from .conftest import DRAWN, Server

CLASSES = ["cat", "<b>dog</b>", "a name that goes on and on and will not fit on any card of any gallery"]
SHOW = """
import numpy as np
def show(sample):
    picture = np.random.default_rng(sample).integers(0, 255, (9, 7, 3), np.uint8)
    return [picture, "<i>in words</i> " * 30, {"age": 3}, None, 1.5, picture.repeat(90, 1)][sample % 6]
"""
NAMES = "() => [...document.querySelectorAll('.block .card')].map((card) => card.querySelector('.name')?.textContent)"
LOOKED_AT = """() => {
  const cards = [...document.querySelectorAll(".block .card")];
  const filled = (card) => card.querySelector(".name") && card.querySelector(".look")?.children.length;
  return cards.length && cards.every(filled);
}"""
SHORTENED = """() => [...document.querySelectorAll(".card .score")].filter((each) =>
  each.getBoundingClientRect().right > each.closest(".card").getBoundingClientRect().right - 8
).map((each) => each.textContent)"""
SHOWN = f"(names) => JSON.stringify(({NAMES})().slice(0, names.length)) === JSON.stringify(names)"
CUT = """() => [...document.querySelectorAll(".card, .bar, .samples > header")].flatMap((outer) => {
  const room = outer.getBoundingClientRect();
  return [...outer.querySelectorAll("h1, h2, p, svg, .look, button, select, input")].filter((inner) => {
    const box = inner.getBoundingClientRect();
    if (inner.closest("details:not([open]) > :not(summary)")) return false;
    return box.width && (box.left < room.left - 1 || box.right > room.right + 1 || box.bottom > room.bottom + 1);
  }).map((inner) => inner.outerHTML.slice(0, 90));
})"""
LOOKED = "() => [...document.querySelectorAll('.block .look')].every((look) => look.children.length)"
LAST = "(name) => [...document.querySelectorAll('.name')].at(-1)?.textContent === name"
KEPT = """() => {
  const sample = new URL(document.querySelector("a.to-samples").href).searchParams.get("sample");
  return sample !== null && new URLSearchParams(location.search).get("sample") === sample;
}"""
LINK = "document.querySelector('a.to-samples')?.textContent"
OVER = """() => {
  const boxes = [...document.querySelectorAll(".block .card")].map((card) => card.getBoundingClientRect());
  const apart = (a, b) => a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
  return boxes.filter((a, at) => boxes.slice(0, at).some((b) => !apart(a, b)));
}"""


@dataclass
class Served:
    server: Server
    a: viewer.Run
    b: viewer.Run
    show: Path

    def url(self, words: str = "", run: str = "") -> str:
        return f"{self.server.root}/samples/{run or self.a.folder.name}?{words}&token={self.server.token}"


def record(root: Path, name: str, seed: int, samples: int = 300) -> viewer.Run:
    rng, truth = np.random.default_rng(seed), np.arange(samples) % 3
    with RunWriter(root, name=name, class_names=CLASSES, sample_ids=[f"img-{at}.png" for at in range(samples)]) as run:
        for epoch in range(5):
            odds = np.exp(rng.normal(size=(samples, 3)) + 0.3 * epoch * (truth[:, None] == np.arange(3)))
            run.epoch(epoch, val=(truth, (odds / odds.sum(axis=1, keepdims=True)).astype(np.float32)))
    return viewer.open_run(run.folder)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("runs")
    show = tmp_path_factory.mktemp("code") / "show.py"
    show.write_text(SHOW)
    a, b = record(folder, "one", 1), record(folder, "two", 2)
    with RunWriter(folder, name="logs") as logs:
        logs.epoch(0, logs={"loss": 1.0})
    server = Server("watch", str(folder), "--web", "--samples", str(show))
    yield Served(server, a, b, show)
    server.stop()


@contextmanager
def opened(browser: Any, url: str, size: tuple[int, int] = (1366, 650), **options: Any) -> Iterator[Any]:
    """A page, closed at the end, when it must not have complained."""
    with browser.new_context(viewport={"width": size[0], "height": size[1]}, **options) as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE * 1000)
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(url)
        yield page
        assert complaints == []


def faults(page: Any, check: str) -> Any:
    """What a check still finds after 300 frames: cards are laid out again a moment after the window has its size."""
    return page.evaluate(f"""async () => {{
        for (let frame = 0; frame < 300 && ({check})().length; frame++) await new Promise(requestAnimationFrame);
        return ({check})();
    }}""")


def names(run: viewer.Run, places: Any) -> list[str]:
    return run.called(samples_so_far(run, "val").tracks.sample[places[:12]], "val").tolist()


def choose(page: Any, name: str, value: str) -> None:
    page.locator(f'.bar select[aria-label="{name}"]').select_option(value)


@pytest.mark.campaign
def test_lists_classes_and_another_run_stand_in_the_address(served: Served, browser: Any) -> None:
    """Each list in its order, of a class, at an epoch, of two runs both ways; the same after a reload."""
    found = samples_so_far(served.a, "val")
    with opened(browser, served.url()) as page:
        for which in LISTS:
            choose(page, "list", which) if which != "hardest" else None
            page.wait_for_function(SHOWN, arg=names(served.a, found.listed(which)))
        choose(page, "list", "flipped")
        choose(page, "class", "1")
        places = found.listed("flipped")
        places = places[found.tracks.y_true[places] == 1]
        page.wait_for_function(SHOWN, arg=names(served.a, places))
        page.wait_for_function("() => location.search.includes('class=1') && !location.search.includes('token')")
        page.reload()
        page.wait_for_function(SHOWN, arg=names(served.a, places))
        choose(page, "class", "")
        page.locator('[aria-label="epoch"]').fill("2")
        page.locator('[aria-label="epoch"]').press("Enter")
        early = samples_so_far(served.a, "val", epoch=2).listed("flipped")
        page.wait_for_function(SHOWN, arg=names(served.a, early))
        page.goto(served.url())
        choose(page, "against", served.b.folder.name)
        pair = paired(found, samples_so_far(served.b, "val"))
        page.wait_for_function(SHOWN, arg=names(served.a, pair.listed(ONLY_B)[0]))
        choose(page, "list", ONLY_A)
        page.wait_for_function(SHOWN, arg=names(served.a, pair.listed(ONLY_A)[0]))
        assert page.locator(".block .card").first.locator("p", has_text="B: ✗").count() == 1
        page.go_back()
        page.wait_for_function(SHOWN, arg=names(served.a, found.listed("hardest")))


def test_keyboard_and_screen_reader(served: Served, browser: Any) -> None:
    """Arrows go from card to card, enter opens one with all that is known of it, escape closes it; each has a name."""
    found = samples_so_far(served.a, "val")
    hardest = found.listed("hardest")
    with opened(browser, served.url()) as page:
        page.wait_for_function(SHOWN, arg=names(served.a, hardest))
        page.locator(".block .name").first.focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowDown")
        columns = page.evaluate(
            "getComputedStyle(document.querySelector('.block')).gridTemplateColumns.split(' ').length"
        )
        name = served.a.called(found.tracks.sample[hardest[[1 + columns]]], "val")[0]
        assert page.evaluate("document.activeElement.textContent") == name
        label = page.evaluate("document.activeElement.ariaLabel")
        place = hardest[1 + columns]
        assert label.startswith(f"sample {name}: truth {CLASSES[found.tracks.y_true[place]]}; predicted ")
        assert label.endswith(f"score {found.tracks.confidence[-1][place]:.3f}")
        page.keyboard.press("Enter")
        page.wait_for_selector("dialog[open]")
        assert name in page.text_content("dialog h2")
        page.keyboard.press("Escape")
        page.wait_for_function("() => !document.querySelector('dialog[open]')")
        page.keyboard.press("End")
        last = served.a.called(found.tracks.sample[hardest[[-1]]], "val")[0]
        page.wait_for_function("(name) => document.activeElement.textContent === name", arg=last)
        assert page.locator(f'.block [role=listitem][aria-setsize="{len(hardest)}"]').count() > 0


def test_cards_show_what_the_file_says(served: Served, browser: Any) -> None:
    """A picture, words, rows, nothing, a fault; a saved file is asked again, and nothing of it is taken for HTML."""
    with opened(browser, served.url()) as page:
        page.wait_for_function(LOOKED_AT)
        kinds = {0: "canvas.small", 1: "pre", 2: "dl", 3: "p.note", 4: "p.wrong", 5: "canvas:not(.small)"}
        for name in page.evaluate(NAMES):
            number = int(name.removeprefix("img-").removesuffix(".png"))
            look = page.locator(".block .card", has=page.locator(f".name:text-is('{name}')")).locator(".look")
            assert look.locator(kinds[number % 6]).count() == 1, name
        assert page.locator(".look i, .card b").count() == 0
        served.show.write_text("def show(sample, id):\n    return f'now {id}'")
        page.wait_for_function("() => document.querySelector('.block .look')?.textContent.startsWith('now img-')")
        served.show.write_text(SHOW)
        page.wait_for_function("() => document.querySelector('.block canvas')")


SIZES = [((360, 640), "light"), ((1366, 650), "dark")]
OTHER_SIZES = [((640, 360), "dark"), ((768, 1024), "light"), ((3840, 2160), "dark")]


@pytest.mark.campaign
@pytest.mark.parametrize(
    ("size", "theme"), [*SIZES, *(pytest.param(*case, marks=pytest.mark.campaign) for case in OTHER_SIZES)]
)
def test_nothing_is_cut_and_nothing_overlaps(served: Served, browser: Any, size: tuple[int, int], theme: str) -> None:
    """With a sample that was clicked and two runs: the tallest page there is; resized both ways too."""
    words = f"run={served.b.folder.name}&list=only-b&sample=7&theme={theme}"
    with opened(browser, served.url(words), size, has_touch=size[0] < 800) as page:
        for width, height in (size, (1000, 700), size):
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_function("() => document.querySelectorAll('.block .card .name').length")
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
            assert faults(page, CUT) == []
            assert faults(page, SHORTENED) == []
            assert faults(page, OVER) == []
        assert page.evaluate("document.documentElement.dataset.theme") == theme
        page.locator(".downloads summary").click()
        boxes = [page.locator(".downloads .menu").bounding_box()]
        page.locator(".downloads summary").click()
        page.locator(".chosen .name").click()
        boxes.append(page.locator("dialog").bounding_box())
        assert all(box["x"] >= 0 and box["x"] + box["width"] <= size[0] for box in boxes)


@pytest.mark.parametrize("theme", ["light", *later("dark")])
def test_axe_finds_no_fault(served: Served, browser: Any, theme: str) -> None:
    """Names, contrasts and landmarks are as WCAG asks, of the gallery and of one sample large."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    words = f"run={served.b.folder.name}&list=only-b&sample=7&theme={theme}"
    with opened(browser, served.url(words), bypass_csp=True) as page:
        page.wait_for_selector(".block .name")
        found = axe.Axe().run(page).response["violations"]
        page.locator(".chosen .name").click()
        page.wait_for_selector("dialog[open]")
        found += axe.Axe().run(page).response["violations"]
    assert [(fault["id"], fault["nodes"][0]["html"]) for fault in found] == []


@pytest.mark.campaign
def test_ten_thousand_samples_are_few_elements(tmp_path: Path, browser: Any) -> None:
    """Only what is on screen is in the document, wherever one scrolls; the place stays when the window is resized."""
    rng, truth = np.random.default_rng(0), np.arange(10_000) % 2
    with RunWriter(tmp_path) as writer:
        for epoch in range(2):
            writer.epoch(epoch, val=(truth, rng.random(10_000)))
    run = viewer.open_run(writer.folder)
    hardest = samples_so_far(run, "val").listed("hardest")
    server = Server("replay", str(run.folder), "--web")
    try:
        with opened(browser, f"{server.root}/samples/{run.folder.name}?token={server.token}") as page:
            first = [f"#{sample}" for sample in hardest[:12]]
            page.wait_for_function(SHOWN, arg=first)
            page.evaluate("document.querySelector('.samples-scroll').scrollTop = 1e9")
            page.wait_for_function(LAST, arg=f"#{hardest[-1]}")
            assert page.locator(".card").count() < 150
            page.wait_for_function(r"() => Number(/row=(\d+)/.exec(location.search)?.[1]) > 9_900")
            page.reload()
            page.wait_for_function(LAST, arg=f"#{hardest[-1]}")
            page.set_viewport_size({"width": 700, "height": 650})
            page.wait_for_function("(name) => document.querySelector('.block').textContent.includes(name)", arg="#")
            page.wait_for_function(r"() => Number(/row=(\d+)/.exec(location.search)?.[1]) > 9_900")
    finally:
        server.stop()


@pytest.mark.campaign
def test_a_file_that_hangs_holds_nothing_up(tmp_path: Path, browser: Any) -> None:
    """While it says nothing, lists, truths and scores are shown; what it says comes when it does."""
    os.mkfifo(tmp_path / "pipe")
    show = tmp_path / "slow.py"
    show.write_text(f"WORDS = open({str(tmp_path / 'pipe')!r}).read()\ndef show(sample):\n    return WORDS")
    run = record(tmp_path / "runs", "one", 1, samples=40)
    server = Server("watch", str(tmp_path / "runs"), "--web", "--samples", str(show))
    try:
        with opened(browser, f"{server.root}/samples/latest?token={server.token}") as page:
            found = samples_so_far(run, "val")
            for which in ("hardest", "flipped"):
                choose(page, "list", which) if which != "hardest" else None
                page.wait_for_function(SHOWN, arg=names(run, found.listed(which)))
            assert page.locator(".look > *").count() == 0
            threading.Thread(target=(tmp_path / "pipe").write_text, args=("here",), daemon=True).start()
            page.wait_for_function("() => document.querySelector('.look pre')?.textContent === 'here'")
    finally:
        server.stop()


@pytest.mark.campaign
def test_what_is_on_screen_can_be_saved(served: Served, browser: Any, tmp_path: Path) -> None:
    """A gallery of both runs with what samples look like; a picture of a dashboard with the sample that was clicked."""
    with opened(browser, served.url(f"run={served.b.folder.name}&list=only-b&theme=dark")) as page:
        page.wait_for_selector(".block .name")
        page.locator(".downloads summary").click()
        with page.expect_download(timeout=PATIENCE * 1000) as coming:
            page.get_by_role("button", name="gallery (html)").click()
        coming.value.save_as(tmp_path / "saved.html")
        words = (tmp_path / "saved.html").read_text()
        assert coming.value.suggested_filename.endswith("-samples.html")
        for part in ('data-theme="dark"', "only B right", "in words&lt;/i&gt;", "data:image/png;base64,"):
            assert part in words, part
        url = f"{served.server.root}/download/dashboard?kind=png&run={served.a.folder.name}&layout=gallery&sample=7.0"
        answer = page.request.get(url, timeout=PATIENCE * 1000)
        assert (answer.status, answer.body()[:4]) == (200, b"\x89PNG")


@pytest.mark.campaign
def test_what_is_missing_is_said(served: Served, browser: Any) -> None:
    """A run of logs only, and one that is not there."""
    logs = next(path.name for path in served.a.folder.parent.iterdir() if "logs" in path.name)
    for run, words in ((logs, "the run must have counts for this; it has logs only"), ("gone", "gone")):
        with opened(browser, served.url(run=run)) as page:
            page.get_by_role("status").filter(has_text=words).wait_for()


def test_looks_are_for_who_knows_the_token(served: Served) -> None:
    """Without it, of a run that is not there and of no position there is nothing; with it a picture."""
    root, run, cookie = served.server.root, served.a.folder.name, served.server.cookie

    def status(path: str, cookie: str = cookie) -> tuple[int, str]:
        asked = urllib.request.Request(f"{root}/look/{path}", headers={"Cookie": cookie})
        try:
            with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:
                return answer.status, answer.headers["Content-Type"]
        except urllib.error.HTTPError as error:
            return error.code, ""

    assert status(f"{run}?sample=0") == (200, "image/png")
    assert status(f"{run}?sample=0", cookie="")[0] == 404
    assert status(f"{run}?sample=1") == (200, "application/json; charset=utf-8")
    refused = ("sample=-1", "", f"sample={10**30}", f"sample={5000 * chr(57)}", "sample=x")
    paths = [f"{name}?sample=0" for name in ("none", "..%2f..")]
    for path in (*paths, *(f"{run}?{words}" for words in refused)):
        assert status(path)[0] == 404, path


def test_what_a_gallery_is_asked_is_within_bounds() -> None:
    """Cards that are asked for are a bounded stretch; what is none of the lists, or below 0, is not understood."""
    look = understood('{"type": "look", "first": -5, "last": 1000000}')
    assert isinstance(look, Look)
    assert (look.first, look.last) == (0, MOST_ROWS)
    for words in ('"which": "all"', '"label": -1', '"sample": [-1, 0]', '"sample": [1]', '"epoch": 1e300', '"more": 1'):
        assert understood(f'{{"type": "look", {words}}}') is None, words


@pytest.mark.campaign
def test_a_click_in_the_data_map_names_the_sample_and_leads_to_the_gallery(served: Served, browser: Any) -> None:
    """By mouse and by finger: the link in the header says which; there the card stands first; the address keeps it."""
    found = samples_so_far(served.a, "val")
    url = served.url("layout=samples").replace("/samples/", "/run/")
    with opened(browser, url, has_touch=True) as page:
        page.wait_for_function(DRAWN)
        link = page.locator("a.to-samples")
        before = "samples"
        assert link.text_content() == before
        box = page.locator(".panel canvas").bounding_box()
        for press, share in ((page.mouse.click, 0.3), (page.touchscreen.tap, 0.6)):
            press(box["x"] + 0.2 * box["width"], box["y"] + share * box["height"])
            page.wait_for_function(f"(before) => {LINK} !== before", arg=before)
            before = link.text_content()
            page.wait_for_function(KEPT)
        page.reload()
        page.wait_for_function(f"(words) => {LINK} === words", arg=before)
        link.click()
        page.wait_for_selector(".chosen .name")
        name = page.text_content(".chosen .name")
        assert before == f"sample {name}"
        truth = CLASSES[found.tracks.y_true[int(name.removeprefix("img-").removesuffix(".png"))]]
        assert page.locator(".chosen p").first.text_content() == f"truth {truth}"
