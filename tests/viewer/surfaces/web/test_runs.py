"""The table of all runs in a real browser, against the real server in another process."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest

import viewer
from recorder import RunWriter
from tests.conftest import later

from ..conftest import record
from .conftest import Server, until

MANY = 400
NAMES = "() => [...document.querySelectorAll('tr.run .name')].map((e) => e.textContent)"
FITS = """() => {
  const wide = document.documentElement.clientWidth;
  const over = (one, other) => one.left < other.right - 1 && other.left < one.right - 1 && one.top < other.bottom - 1 && other.top < one.bottom - 1;
  const boxes = [...document.querySelectorAll(".bar > *:not([hidden]), .runs > header > *, .runs-scroll")].map((e) => [e, e.getBoundingClientRect()]);
  const found = boxes.filter(([, box]) => box.left < -1 || box.right > wide + 1).map(([e]) => `cut: ${e.className}`);
  boxes.forEach(([one, box], at) => boxes.slice(at + 1).forEach(([other, its]) => box.width && its.width && over(box, its) && found.push(`${one.className} over ${other.className}`)));
  for (const e of document.querySelectorAll(".bar button, .bar input, .bar select, tr.run .name, tr.run .status, tr.run .of-epochs, tr.run .words")) {
    if (e.checkVisibility() && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline" && e.tagName !== "INPUT") found.push(`clipped: ${e.className} ${e.textContent}`);
  }
  const scroll = document.querySelector(".runs-scroll").getBoundingClientRect();
  if (scroll.bottom > innerHeight + 1 || scroll.height < 150) found.push(`table ${JSON.stringify(scroll)}`);
  if (document.documentElement.scrollWidth > wide || document.documentElement.scrollHeight > innerHeight) found.push("the page scrolls");
  return found;
}"""  # noqa: E501 - JavaScript

ALL_READ = "() => !document.querySelector('.facts').textContent.includes('to go')"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """400 runs that differ in their configuration, one that cannot be read, and one below another folder."""
    root = tmp_path_factory.mktemp("runs")
    with RunWriter(root, name="base", config={"lr": 0.1}, group="seeds") as writer:
        for epoch in range(6):
            record(writer, epoch)
    manifest = json.loads((writer.folder / "run.json").read_text())
    for number in range(MANY - 2):
        folder = root / f"20240101-{number:06d}-copy-{number:04x}"
        shutil.copytree(writer.folder, folder, ignore=shutil.ignore_patterns("samples", "pending"))
        own = {
            "name": f"copy {number}",
            "config": {"lr": 10.0 ** -(number % 3)},
            "group": "seeds" if number % 2 else "",
        }
        (folder / "run.json").write_text(json.dumps(manifest | own | {"run_id": folder.name}))
    shutil.move(root / "20240101-000005-copy-0005", root / "deeper" / "20240101-000005-copy-0005")
    (root / "20230101-000000-broken-0000").mkdir()
    (root / "20230101-000000-broken-0000" / "run.json").write_text("{")
    return root


@pytest.fixture(scope="module")
def server(root: Path) -> Iterator[Server]:
    """One server for all."""
    started = Server("watch", str(root), "--web")
    yield started
    started.stop()


@contextmanager
def table(browser: Any, server: Server, query: str = "", **options: Any) -> Iterator[Any]:
    """The table, once it shows runs with their curves; it must not have complained."""
    size = options.pop("size", (1366, 650))
    with browser.new_context(viewport={"width": size[0], "height": size[1]}, **options) as context:
        page = context.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{server.root}/?token={server.token}{query}")
        until(page, "() => document.querySelector('tr.run .words')?.textContent")
        yield page
        assert complaints == []


def params(page: Any) -> dict[str, list[str]]:
    return parse_qs(urlparse(page.evaluate("location.href")).query)


def names(page: Any) -> list[str]:
    found: list[str] = page.evaluate(NAMES)
    return found


def test_the_rows_in_sight_are_those_of_list_runs_and_no_others_are_in_the_document(
    root: Path, server: Server, browser: Any
) -> None:
    """The newest first; values as `viewer.list_runs` has them; a run that cannot be read says why, at the end."""
    listed = viewer.list_runs(root, ["mcc"])
    with table(browser, server) as page:
        assert names(page)[:2] == ["base", "copy 397"]
        assert page.locator("tbody tr").count() < 60
        assert page.locator("table").get_attribute("aria-rowcount") == str(MANY + 1)
        until(
            page,
            """() => [...document.querySelectorAll('tr.run')].slice(0, 5).every((e) =>
                e.querySelector('[data-name=mcc] .words').textContent !== '…')""",
        )
        for name, value in page.evaluate("""() => [...document.querySelectorAll('tr.run')].slice(0, 5).map((e) =>
                [e.querySelector('.name').title, e.querySelector('[data-name=mcc] .words').textContent])"""):
            assert value == f"{listed['mcc'][name.split('/')[-1]]:.4g}"
        page.evaluate("document.querySelector('.runs-scroll').scrollTop = 1e9")
        until(page, "() => document.querySelector('.is-unreadable .problem')?.textContent.includes('run.json must')")
        assert page.locator("tbody tr").count() < 60
        page.wait_for_url("**row=**")


@pytest.mark.campaign
def test_what_is_asked_stands_in_the_address_and_a_reload_brings_it_back(server: Server, browser: Any) -> None:
    """Filter, order, group, columns and ticks: set by hand, kept in the address without the token, restored."""
    with table(browser, server) as page:
        page.fill("#where", "config.lr < 0.05")
        until(page, "() => document.querySelector('.facts').textContent.startsWith('132 of 400')")
        page.click("thead button:text-is('mcc')")
        until(page, "() => document.querySelector('th[aria-sort=descending]')?.textContent === 'mcc'")
        page.select_option("#group", "group")
        until(page, "() => document.querySelectorAll('tr.group').length >= 1")
        page.click("summary:text-is('columns')")
        page.fill("#column", "best(val:mcc)")
        page.press("#column", "Enter")
        until(
            page, "() => document.querySelector('[data-name=\"best(val:mcc)\"] .words')?.textContent.startsWith('0.')"
        )
        page.keyboard.press("Escape")
        page.locator("tr.run .pick").nth(1).check()
        page.wait_for_url("**run=**")
        until(page, ALL_READ)  # else the order changes
        asked, shown = params(page), names(page)
        assert (asked["where"], asked["sort"], asked["group"]) == (["config.lr < 0.05"], ["mcc"], ["group"])
        assert asked["columns"][0].endswith("best(val:mcc)")
        assert "token" not in asked
        page.reload()
        until(page, f"(shown) => JSON.stringify(({NAMES})()) === JSON.stringify(shown)", shown)
        until(page, "() => document.querySelector('tr.group') && document.querySelector('tr.run .spark')")
        assert page.locator("tr.run .pick").nth(1).is_checked()
        assert page.input_value("#where") == "config.lr < 0.05"


@pytest.mark.campaign
def test_a_filter_that_is_wrong_says_why_beneath_and_leaves_the_rows(server: Server, browser: Any) -> None:
    """Malformed: the rows stay as they were. Of what no run has: the nearest name is said. A wrong column as well."""
    with table(browser, server, "&columns=los") as page:
        until(page, "() => document.querySelector('th.wrong')?.textContent === 'los'")
        assert "nearest: loss" in page.text_content("#column-fault")
        page.fill("#where", "config.lr <")
        until(page, "() => document.querySelector('#where-fault').textContent.includes('a filter must')")
        assert page.locator("tr.run").count() > 5
        page.fill("#where", "config.lrr < 1")
        until(page, "() => document.querySelector('#where-fault').textContent.includes('nearest: config.lr')")
        page.fill("#where", "")
        until(page, "() => document.querySelector('#where-fault').hidden && document.querySelectorAll('tr.run').length")


@pytest.mark.campaign
def test_a_table_that_one_leaves_writes_no_address_any_more(server: Server, browser: Any) -> None:
    """While the code of the dashboard is on its way the table scrolls; the address is the dashboard's, and stays it."""
    with table(browser, server) as page:
        held: list[Any] = []
        until(page, ALL_READ)  # else it does not come to rest
        page.route("**/dashboard.js*", lambda route: held.append(route))
        page.locator("tr.run .name").first.click()
        page.wait_for_url("**/run/*")
        page.evaluate("""() => new Promise((done) => {
            document.querySelector('.runs-scroll').scrollTop = 500;
            requestAnimationFrame(() => setTimeout(done, 400));  // the table writes once a hand has rested for 200 ms
        })""")
        assert urlparse(page.url).path.startswith("/run/")
        assert held
        for route in held:
            route.continue_()
        until(page, "() => document.querySelector('.dashboard h1')?.textContent === 'base'")
        assert urlparse(page.url).path.startswith("/run/")


@pytest.mark.campaign
def test_the_keyboard_opens_ticks_and_compares(server: Server, browser: Any) -> None:
    """Arrows move, Space ticks, Enter opens; overlay takes the ticked runs; the way back finds the table as it was."""
    with table(browser, server) as page:
        page.locator("tr.run").first.focus()
        for _ in range(30):  # beyond what is in the document at first
            page.keyboard.press("ArrowDown")
        page.keyboard.press("Space")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Space")
        until(page, "() => document.querySelector('.with .quiet').textContent === '2 chosen'")
        page.keyboard.press("Home")
        until(page, "() => document.activeElement.matches('tr.newest')")
        page.keyboard.press("Enter")
        until(page, "() => document.querySelector('.dashboard h1')?.textContent === 'base'")
        until(page, "() => location.pathname.startsWith('/run/')")
        page.click("text=‹ older")
        until(page, "() => document.querySelector('.dashboard h1')?.textContent === 'copy 397'")
        page.keyboard.press("r")
        until(page, "() => document.querySelector('.with .quiet')?.textContent === '2 chosen'")
        page.click("text=overlay")
        until(page, "() => document.querySelector('.dashboard h1')?.textContent.startsWith('2 runs')")
        page.go_back()
        until(page, "() => document.querySelectorAll('tr.run').length > 5")


@pytest.mark.campaign
def test_a_key_on_a_row_that_is_still_to_come_is_done_once_it_is_there(server: Server, browser: Any) -> None:
    """A hand is faster than a busy viewer: what Space asks for is not lost."""
    with table(browser, server) as page:
        page.locator("tr.run").first.focus()
        server.process.send_signal(signal.SIGSTOP)
        try:
            for _ in range(100):
                page.keyboard.press("ArrowDown")
            until(page, "() => document.activeElement.matches('tr.unknown')")
            page.keyboard.press("Space")
        finally:
            server.process.send_signal(signal.SIGCONT)
        until(page, "() => document.querySelector('.with .quiet').textContent === '1 chosen'")
        assert page.evaluate("document.activeElement.ariaSelected") == "true"


@pytest.mark.campaign
def test_a_run_that_starts_appears_and_the_latch_stays_with_it(root: Path, server: Server, browser: Any) -> None:
    """The newest is at the top while the latch holds; scrolling away releases it; pressed again it is back."""
    pressed = "document.querySelector('.live').ariaPressed"
    with table(browser, server) as page:
        assert page.evaluate(pressed) == "true"
        writer = RunWriter(root, name="fresh", config={"lr": 0.1}, epochs=5)
        try:
            record(writer, 0)
            until(page, "() => document.querySelector('tr.newest .name')?.textContent === 'fresh'")
            until(page, "() => document.querySelector('tr.newest .of-epochs').textContent === '1 / 5'")
            assert page.inner_text("tr.newest .status") == "running"
            record(writer, 1)
            until(page, "() => document.querySelector('tr.newest .of-epochs').textContent === '2 / 5'")
            page.mouse.move(600, 400)
            page.mouse.wheel(0, 4000)
            until(page, f"() => {pressed} === 'false'")
            page.click(".live")
            until(page, f"() => {pressed} === 'true' && document.querySelector('.runs-scroll').scrollTop === 0")
            page.click("text=open the newest")
            until(page, "() => document.querySelector('.dashboard h1')?.textContent === 'fresh'")
        finally:
            writer.close()
            shutil.rmtree(writer.folder)


@pytest.mark.campaign
@pytest.mark.parametrize("size", [(360, 640), (1366, 650), *later((768, 1024), (900, 600), (3840, 2160))], ids=str)
def test_nothing_is_cut_at_any_size(server: Server, browser: Any, size: tuple[int, int]) -> None:
    """Controls and values stand whole within the page, none over another, with touch on small screens."""
    with table(
        browser, server, size=size, has_touch=size[0] < 800, device_scale_factor=2 if size[0] < 800 else 1
    ) as page:
        assert page.evaluate(FITS) == []
        page.set_viewport_size(
            {"width": size[1] if size[1] < 3000 else 1200, "height": size[0] if size[0] < 3000 else 700}
        )
        until(page, f"() => ({FITS})().length === 0")
