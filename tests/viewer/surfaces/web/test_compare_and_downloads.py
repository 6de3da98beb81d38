"""The comparison on the page and what can be downloaded, in a real browser against the real server."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qs, quote, urlencode, urlparse
from urllib.request import HTTPCookieProcessor, build_opener, urlopen

import numpy as np
import pandas as pd
import pytest

import viewer
from recorder import RunWriter
from recorder.runfile.names import shown_lines
from tests.conftest import later

from ..conftest import PATIENCE, TRUTH, scores
from .conftest import Server, until

PAINTED = """() => { const c = document.querySelector('.comparison canvas'), seen = new Set();
    const data = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
    for (let i = 0; i < data.length; i += 28) seen.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
    return seen.size > 8; }"""
CUT = """() => { const wide = document.documentElement.clientWidth;
    return [...document.querySelectorAll('.bar > *, .epochs .one, .comparison, .sentences li, .compare header > *')]
        .filter((e) => { const { width, left, right } = e.getBoundingClientRect();
            return width && (left < -1 || right > wide + 1); })
        .map((e) => e.className || e.textContent); }"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three runs on the same samples, the third of which gets better faster; and one of logs only."""
    root = tmp_path_factory.mktemp("compared")
    for number, name in enumerate(["slow", "same", "fast / ünd \u202egefährlich"]):
        with RunWriter(root, name=name, config={"lr": 0.1 * number}) as writer:
            for epoch in range(8):
                score = scores(epoch + (8 if number == 2 else 0)) + np.float32(number * 1e-4)
                writer.epoch(epoch, logs={"loss": 1.0, "val_loss": 1 / (1 + epoch)}, val=(TRUTH, np.clip(score, 0, 1)))
    return root


@pytest.fixture(scope="module")
def names(root: Path) -> list[str]:
    return sorted(path.name for path in root.iterdir())


@pytest.fixture(scope="module")
def server(root: Path) -> Iterator[Server]:
    started = Server("watch", str(root), "--web")
    yield started
    started.stop()


def address(names: list[str], **more: Any) -> str:
    return urlencode([*(("run", name) for name in names), *more.items()])


@contextmanager
def compared(browser: Any, server: Server, query: str, size: tuple[int, int] = (1366, 768)) -> Iterator[Any]:
    """The comparison, once its picture is drawn; it must not have complained."""
    with browser.new_context(viewport={"width": size[0], "height": size[1]}, accept_downloads=True) as context:
        page = context.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{server.root}/compare?{query}&token={server.token}")
        until(page, "() => document.querySelector('.sentences li')")
        until(page, PAINTED)
        yield page
        assert complaints == []


def test_the_page_says_what_compare_says_and_each_run_has_an_epoch_to_choose(
    root: Path, names: list[str], server: Server, browser: Any
) -> None:
    """Sentences and the paired table are those of `viewer.compare`; another epoch gives its numbers, in the address."""
    want = viewer.compare([root / name for name in names], ["mcc"])
    with compared(browser, server, address(names, metrics="mcc")) as page:
        assert page.evaluate("() => [...document.querySelectorAll('.sentences li')].map((e) => e.textContent)")[
            :3
        ] == list(map(shown_lines, want.findings[:3]))
        rows = page.evaluate("""() => [...document.querySelectorAll('[aria-label="In pairs"] tbody tr')]
            .map((row) => [...row.children].map((cell) => cell.textContent))""")
        assert [row[7] for row in rows] == [f"{p:.4g}" for p in want.paired["p"]]
        page.fill("#at-0", "3")
        page.press("#at-0", "Enter")
        until(page, "() => document.querySelector('.epochs .one .quiet').textContent === 'epoch 3 of 0 to 7'")
        moved = viewer.compare([root / name for name in names], ["mcc"], at=[3, "last", "last"])
        until(
            page,
            "(words) => document.querySelector('.sentences li').textContent === words",
            shown_lines(moved.findings[0]),
        )
        until(page, "() => new URLSearchParams(location.search).get('at') === '3'")
        page.reload()
        until(
            page,
            "(words) => document.querySelector('.sentences li')?.textContent === words",
            shown_lines(moved.findings[0]),
        )
        page.select_option("[aria-label=baseline]", names[1])
        until(page, "() => document.querySelectorAll('[aria-label=\"In pairs\"] tbody tr').length === 2")
        page.fill("#at-0", "best:nothing")
        page.press("#at-0", "Enter")
        until(page, "() => document.querySelector('.trouble').textContent.includes('nothing')")


@pytest.mark.campaign
def test_of_two_runs_one_link_leads_to_the_samples_in_which_they_differ(
    names: list[str], server: Server, browser: Any
) -> None:
    """From each run but the one it is held against, which is the baseline or the first one; and back by the browser."""
    with compared(browser, server, address(names[:2], baseline=names[1])) as page:
        until(page, "() => document.querySelectorAll('.epochs .one').length === 2")
        links = page.locator(".epochs a:text-is('samples')")
        assert links.count() == 1
        links.click()
        until(page, "() => document.querySelector('.samples .about')?.textContent")
        there = urlparse(page.evaluate("location.href"))
        assert there.path.split("/")[1:] == ["samples", quote(names[1])]
        assert parse_qs(there.query) == {"run": [names[0]], "list": ["only-b"]}
        page.go_back()
        until(page, "() => document.querySelector('.sentences li')")


@pytest.mark.campaign
@pytest.mark.parametrize("size", [(360, 640), *later((900, 600), (1920, 1080))], ids=str)
def test_nothing_of_a_comparison_is_cut(names: list[str], server: Server, browser: Any, size: tuple[int, int]) -> None:
    """The page scrolls downwards only, and its controls stand within it; resized, the picture is drawn anew."""
    with compared(browser, server, address(names), size) as page:
        assert page.evaluate(CUT) == []
        width = page.evaluate("document.querySelector('.comparison canvas').width")
        page.set_viewport_size({"width": 700, "height": 700})
        until(page, f"() => document.querySelector('.comparison canvas').width !== {width}")
        assert page.evaluate(CUT) == []


@pytest.mark.campaign
def test_a_download_is_saved_under_a_name_that_is_safe(names: list[str], server: Server, browser: Any) -> None:
    """From the menu: the browser saves a picture of what is on screen; a page has one made at a time."""
    with compared(browser, server, address(names)) as page:
        page.click("summary:text-is('download')")
        with page.expect_download(timeout=PATIENCE * 1000) as coming:
            page.click("text=picture (png)")
            assert page.is_disabled("text=picture (svg)")
        assert coming.value.suggested_filename == "comparison-of-3-runs.png"
        assert Path(coming.value.path()).read_bytes().startswith(b"\x89PNG")
        until(page, "() => document.querySelector('.said-of').textContent === 'saved comparison-of-3-runs.png'")


def fetched(server: Server, what: str, query: str) -> tuple[str, bytes]:
    """Name and bytes of a download."""
    browser = build_opener(HTTPCookieProcessor())  # the token becomes a cookie and leaves the address
    with browser.open(f"{server.root}/download/{what}?{query}&token={server.token}", timeout=PATIENCE) as answer:
        name = answer.headers["Content-Disposition"].partition("filename=")[2].strip('"')
        return name, answer.read()


def test_what_is_downloaded_is_what_is_on_screen(root: Path, names: list[str], server: Server) -> None:
    """Numbers are those of the run at the threshold of the page; a picture has its size; tables hold all pairs."""
    name, data = fetched(server, "dashboard", address(names[:1], kind="csv", threshold=0.3, metrics="f1"))
    table = pd.read_csv(io.BytesIO(data), index_col="epoch")
    want = viewer.open_run(root / names[0]).metric("f1", threshold=0.3)
    (column,) = [column for column in table if column.startswith("val:f1")]
    np.testing.assert_allclose(table[column], want)
    assert name == f"{names[0]}.csv"
    name, data = fetched(server, "dashboard", address(names[:2], kind="png", epoch=3, width=900, height=500, ratio=2))
    assert (name, data[16:24]) == ("2-runs-epoch-3.png", (1800).to_bytes(4, "big") + (1000).to_bytes(4, "big"))
    _, data = fetched(server, "compare", address(names, kind="tables", metrics="mcc"))
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        paired = pd.read_csv(file.open("paired.csv"))
    assert len(paired) == len(viewer.compare([root / name for name in names], ["mcc"]).paired)


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("kind=exe", 400, "a file must be one of png"),
        ("kind=png&run=../../etc", 400, "Received: '../../etc'"),
        ("kind=png&epoch=x", 400, "an address must hold"),
        ("kind=png&layout=nothing", 422, "nothing"),
        ("kind=png&metrics=tp%2B", 422, "tp+"),
    ],
)
def test_what_cannot_be_made_says_why(server: Server, query: str, status: int, words: str) -> None:
    """A kind, a run, a number, a layout or a formula that makes no sense: the rule and what came, and no traceback."""
    with pytest.raises(HTTPError) as refused:
        fetched(server, "dashboard", query)
    assert refused.value.code == status
    assert words in refused.value.read().decode()


def test_nobody_without_the_token_has_anything_made(server: Server) -> None:
    """A download is behind the same door as the page."""
    with pytest.raises(HTTPError) as refused:
        urlopen(f"{server.root}/download/dashboard?kind=png", timeout=PATIENCE)
    assert refused.value.code in (403, 404)
