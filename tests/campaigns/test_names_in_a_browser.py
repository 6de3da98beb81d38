"""Names that are HTML, script and marks that act, in a real browser: in every view they are text that is shown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import numpy as np
import pytest

from recorder import RunWriter

from ..viewer.conftest import browser
from ..viewer.surfaces.conftest import PATIENCE
from ..viewer.surfaces.web.conftest import Server
from .conftest import Figures
from .test_texts import ACTS

__all__ = ["browser"]
WOUNDS = [
    '<img src=x onerror="window.ran=1">', "<script>window.ran=1</script>", '"><svg onload=window.ran=1>',
    "javascript:window.ran=1", "'-window.ran++-'", "{{7*7}}${window.ran=1}", "' onmouseover='window.ran=1",
    "&lt;b&gt;&#x202e;", "a,b@0.5:c/..", "<!--",
]  # fmt: skip
MARKS = ["\u202e", "\x1b[2J", "\x00", "\u2066", "\x9b31m", "\r\b", "\u200f", "\ufeff", "\u2028", "\x07"]
# What people may read or hear: text, and what stands aside of it.
READ = """() => {
  const texts = [document.title], walk = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) texts.push(walk.currentNode.data);
  for (const element of document.querySelectorAll("*")) {
    for (const { name, value } of element.attributes) {
      if (["title", "alt", "placeholder"].includes(name) || name.startsWith("aria-")) texts.push(value);
      if (name.startsWith("on")) texts.push("\\x00 " + element.outerHTML.slice(0, 200));
      if (["href", "src"].includes(name) && !["http:", "blob:"].includes(element[name].split(/(?<=:)/)[0])) {
        texts.push("\\x00 " + element[name]);
      }
    }
    if (element.matches("img, script:not([src]), iframe, object, b, i")) texts.push("\\x00 " + element.outerHTML);
  }
  return texts;
}"""


def name(number: int) -> str:
    """One that is HTML or script and has a mark that acts; all are different."""
    return f"{WOUNDS[number % len(WOUNDS)]}{MARKS[number % len(MARKS)]}{number}"


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Two runs on the same samples, in a folder with such a name, and one that cannot be read."""
    rng, truth = np.random.default_rng(0), np.arange(12) % 3
    folder, ids = tmp_path / "runs", [name(50 + at) for at in range(12)]
    for number in range(2):
        config = {name(2): {name(3): name(4 + number)}, name(6): number}
        logs = {"loss": 1.0, name(7): 2.0, name(8): float("nan")}
        with RunWriter(
            folder / f"\u202e{WOUNDS[0]}\x1b[2J", name=name(10 + number), group=name(20 + number), config=config,
            class_names=[name(30), name(31), name(32)], sample_ids={name(40): ids, "val": ids},
        ) as run:  # fmt: skip
            for epoch in range(3):
                given = {split: (truth, rng.dirichlet(np.ones(3), 12)) for split in ("val", name(40))}
                run.epoch(epoch, logs=logs, **given)
    broken = folder / f"20990101-000000-{name(41).replace('/', '')}-abcd".replace("\x00", "")
    broken.mkdir()
    (broken / "run.json").write_text(json.dumps({"format": name(42)}))
    return folder


@pytest.mark.campaign
def test_in_every_view_names_are_text(runs: Path, tmp_path: Path, browser: Any, figures: Figures) -> None:
    """Table, dashboard, comparison, samples, faults and downloads: no script runs, and nothing acts in what is read."""
    show = tmp_path / "show.py"
    show.write_text("def show(sample, id):\n    return {str(id): str(id)} if sample % 2 else str(id)\n")
    server = Server("watch", str(runs), "--web", "--samples", str(show))
    looks = 0
    try:
        with opened(browser, server) as (page, look):
            for address, there, more in views(runs):
                page.goto(server.root + address)
                page.wait_for_selector(there)
                for act in more:
                    act(page)
                look()
                looks += 1
    finally:
        server.stop()
    figures(views=looks, scripts_run=0)


def views(runs: Path) -> list[tuple[str, str, list[Any]]]:
    """Addresses, what is there once they are drawn, and what is done there."""
    one, two = sorted(quote(str(path.parent.relative_to(runs))) for path in runs.glob("*/*/run.json"))
    columns = [("column", f"config.{name(6)}"), ("column", name(7)), ("column", name(1)), ("group", "group")]
    layout = "curves:f1,loss scores / matrix classes samples / status logs pr / gallery calibration"
    wrong = {word: name(3) for word in ("metrics", "layout", "best", "split", "output")}
    drawn = ".panel canvas:not(.empty)"
    return [
        ("/", "tr.run .of-run", [until_text("unreadable")]),
        (f"/?{urlencode(columns)}", "tr.group", []),
        (f"/?{urlencode({'where': name(3), 'group': name(2)})}", "tr.run", []),
        (f"/run/{one}", drawn, [hover_all, download("numbers (csv)"), press("?")]),
        (f"/run/{one}?{urlencode({'layout': layout, 'run': ''})}", drawn, [hover_all, hover_controls]),
        (f"/run/{one}?run={two}", drawn, [hover_all]),
        (f"/run/{one}?{urlencode(wrong)}", drawn, []),
        (f"/run/{quote(name(3), safe='')}", "main.waiting:not([hidden])", []),
        (f"/compare?run={one}&run={two}", ".sentences li", [download("all numbers (json)")]),
        (f"/compare?run={one}&run={two}&{urlencode({'metrics': name(3)})}", ".trouble:not([hidden])", []),
        (f"/samples/{one}", ".card .look > *", [open_card]),
        (f"/samples/{one}?run={two}&split={quote(name(40))}", ".card", []),
        (f"/samples/{one}?{urlencode({'split': name(3)})}", "main.waiting:not([hidden])", []),
    ]  # fmt: skip


@contextmanager
def opened(browser: Any, server: Server) -> Iterator[tuple[Any, Any]]:
    """A page whose token is taken, and a look at all that can be read in it."""
    with browser.new_context(viewport={"width": 1366, "height": 900}, accept_downloads=True) as context:
        page = context.new_page()
        page.set_default_timeout(1000 * PATIENCE)
        complaints: list[str] = []
        page.add_init_script(
            "addEventListener('securitypolicyviolation', (event) => console.error('refused: ' + event.blockedURI))"
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.text.startswith("refused: ") else None)
        page.on("dialog", lambda dialog: complaints.append(dialog.message) or dialog.dismiss())
        page.on(
            "request",
            lambda asked: (
                None if asked.url.startswith((server.root, "blob:", "data:")) else complaints.append(asked.url)
            ),
        )
        page.goto(server.url)

        def look() -> None:
            for text in page.evaluate(READ):
                acts = ACTS.search(text.replace("\t", " "))
                assert acts is None, (page.url, ascii(text[max(acts.start() - 60, 0) : acts.start() + 60]))
            assert page.evaluate("window.ran") is None
            assert complaints == []

        yield page, look


def until_text(words: str) -> Any:
    return lambda page: page.wait_for_function("(words) => document.body.textContent.includes(words)", arg=words)


def press(key: str) -> Any:
    return lambda page: page.keyboard.press(key)


def hover_all(page: Any) -> None:
    """The mouse over the middle of every picture, whose words come beside it."""
    for panel in page.locator(".panel canvas").all():
        if panel.is_visible():
            panel.hover()


def hover_controls(page: Any) -> None:
    """Names that are offered while a formula is typed, and all settings."""
    formulas = page.locator('.controls input[aria-label="formulas"]')
    if not formulas.is_visible():
        page.locator(".controls button", has_text="settings").click()
    formulas.fill("f")


def open_card(page: Any) -> None:
    page.locator(".card .name").first.click()
    page.wait_for_selector("dialog[open] .look > *")


def download(words: str) -> Any:
    def save(page: Any) -> None:
        page.locator(".downloads > summary").click()
        with page.expect_download() as coming:
            page.locator(".downloads button", has_text=words).click()
        named = coming.value.suggested_filename
        assert named.isascii()
        assert named.isprintable()
        assert not set(named) & set("<>\"'/\\:;%& ")

    return save
