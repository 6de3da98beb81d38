"""Pages that misbehave, over real sockets: they end at most their own visit, never the viewer's."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ..conftest import PATIENCE, record, recorded
from .conftest import Server
from .raw import Page, frame, knock, upgrade

ODD = [
    "", "[]", "null", "1e999", "{}", '{"type": 3}', '{"type": "nothing"}', '{"type": "receive"}',
    '{"type": "open"}', '{"type": "open", "view": 3}', '{"type": "open", "view": "dashboard", "at": []}',
    '{"type": "sizes", "ratio": NaN, "panels": []}', '{"type": "sizes", "ratio": 1, "panels": [["x", {}]]}',
    '{"type": "sizes", "ratio": "x", "panels": null}', '{"type": "sizes", "ratio": 1, "panels": [[1, 2, 3]]}',
    '{"type": "key"}', '{"type": "key", "key": ""}', '{"type": "key", "key": "\\u0000"}',
    '{"type": "key", "key": "q"}', '{"type": "key", "key": "__class__"}', '{"type": "key", "key": ["s"]}',
    '{"type": "pointer", "panel": "a", "x": [], "y": 0, "what": "press"}',
    '{"type": "pointer", "panel": 99, "x": 0, "y": 0, "what": "press"}',
    '{"type": "pointer", "panel": -1, "x": 0, "y": 0, "what": "press"}',
    '{"type": "pointer", "panel": 1, "x": 1e308, "y": -1e308, "what": "press"}',
    '{"type": "pointer", "panel": 1, "x": 0.5, "y": 0.5, "what": "drag"}',
    '{"type": "turn", "threshold": "high"}', '{"type": "turn", "nothing": 1}', '{"type": "turn", "label": 1e9}',
    '{"type": "turn", "position": -99}', '{"type": "turn", "layout": "nonsense / / ["}',
    '{"type": "turn", "metrics": "((("}', '{"type": "turn", "layout": ""}', '{"type": "turn", "metrics": ""}',
    "[" * 5000, "\x00",
]  # fmt: skip
# Width and height of a panel in pixels of the page, and pixels of the screen to one of them.
SIZES = [
    (1, 1, 1), (0, 0, 1), (-5, 300, 1), (1280, 70, 1), (70, 900, 1), (1, 1, 0), (300, 200, 1e9), (20_000, 20_000, 1),
    (20_000, 20_000, 4),
]  # fmt: skip
LAYOUT = "curves scores / curves:loss matrix"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of a finished run, for several tests."""
    folder = recorded(tmp_path_factory.mktemp("page"), epochs=3).folder
    started = Server("replay", str(folder), "--web", "--layout", LAYOUT)
    yield started
    started.stop()


@contextmanager
def suspended(server: Server) -> Iterator[socket.socket]:
    """A browser that joined, asked for pictures, and takes nothing any more, as one of a closed notebook."""
    with knock(server) as joined:
        joined.sendall(upgrade(server))
        sizes = b'{"type":"sizes","ratio":1,"panels":[[400,300],[400,300],[400,300],[400,300]]}'
        joined.sendall(frame(b'{"type":"open","view":"dashboard"}') + frame(sizes))
        yield joined


def dropped(asleep: socket.socket) -> None:
    """Waits until a browser that sleeps is dropped as it answers no ping; the frame that closes says so."""
    heard = b""
    while b"ping timed out" not in heard:
        heard = heard[-20:] + asleep.recv(65536)


@pytest.mark.campaign
def test_a_suspended_tab_is_dropped_and_the_others_go_on(tmp_path: Path, serve: Any) -> None:
    """One that answers no ping any more is closed; while it is, and after, epochs reach the other one."""
    writer = recorded(tmp_path, epochs=3, close=False)
    server = serve("watch", str(tmp_path), "--web", "--layout", LAYOUT, PING=1)

    async def watch(asleep: socket.socket) -> None:
        async with Page(server) as page:
            page.fit()
            await page.picture()
            last = asyncio.ensure_future(page.until(lambda words: words["epochs"]["epoch"] == 7))
            await asyncio.to_thread(dropped, asleep)
            for epoch in range(3, 8):
                record(writer, epoch)
            await last

    with suspended(server) as asleep:
        asleep.settimeout(PATIENCE)
        asyncio.run(watch(asleep))
    assert server.process.poll() is None


def test_what_no_page_would_say_is_passed_over(server: Server) -> None:
    """Broken JSON, wrong types, NaN, unknown messages: the picture goes on, for the one who said it too."""

    async def watch() -> None:
        async with Page(server) as page:
            page.fit()
            await page.picture()
            for words in ODD:
                page.say_raw(words)
            page.say("turn", position=0)
            page.say("key", key="right")
            await page.until(lambda words: words["epochs"]["epoch"] == 1)
            page.fit(350, 250)
            while await page.picture() != [350, 250]:
                pass

    asyncio.run(watch())
    assert server.process.poll() is None


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_any_size_has_a_picture(server: Server, size: tuple[float, float, float]) -> None:
    """Of a panel one pixel wide, or of twenty thousand, a picture comes that no machine runs out of memory for."""

    async def watch() -> list[int]:
        async with Page(server) as page:
            page.fit(*size)
            return await page.picture()

    wide, tall = asyncio.run(watch())
    assert 32 <= wide <= 4096
    assert 32 <= tall <= 4096
    assert wide * tall <= 4_000_000
    assert server.process.poll() is None


def test_a_tab_that_acknowledges_nothing_is_sent_two_sheets_and_no_more(server: Server) -> None:
    """The third waits until one is acknowledged, and then has the newest state."""

    async def watch() -> None:
        async with Page(server, acknowledges=False) as stuck, Page(server) as other:
            stuck.fit()
            await stuck.sheet()
            await stuck.sheet()
            for page in (stuck, other):
                page.say("turn", position=0)
                page.say("turn", position=1)
            await other.until(lambda words: words.get("epochs", {}).get("epoch") == 1)  # all was taken in
            stuck.say("turn", position=2)
            stuck.say("ack")
            await stuck.sheet()
            assert stuck.words["epochs"]["epoch"] == 2

    asyncio.run(watch())


@pytest.mark.campaign
def test_a_viewer_that_was_busy_drops_nobody(tmp_path: Path, serve: Any) -> None:
    """One that looked at nothing for longer than it waits for an answer: the answers are there, its pages stay."""
    folder = recorded(tmp_path, epochs=3).folder
    server = serve("replay", str(folder), "--web", "--layout", LAYOUT, PING=1)

    async def watch() -> None:
        async with Page(server) as page:
            page.fit()
            await page.picture()
            for _ in range(2):
                server.process.send_signal(signal.SIGSTOP)
                await asyncio.sleep(3)  # three times as long as it waits for an answer
                server.process.send_signal(signal.SIGCONT)
                page.say("turn", position=0)
                await page.until(lambda words: words["epochs"]["epoch"] == 0)
            page.say("turn", position=1)
            await page.until(lambda words: words["epochs"]["epoch"] == 1)

    asyncio.run(watch())
