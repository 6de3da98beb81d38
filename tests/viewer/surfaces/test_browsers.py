"""Browsers that misbehave, over real sockets: they end at most their own visit, never the viewer's."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from .conftest import PATIENCE, Driven, record, recorded

websocket = pytest.importorskip("tornado.websocket")

ODD = [
    "", "[]", "null", "1e999", "{}", '{"type": 3}', '{"type": "nothing"}', '{"type": "handle_json"}',
    '{"type": "resize", "width": NaN, "height": 3}', '{"type": "resize", "width": "x", "height": {}}',
    '{"type": "set_device_pixel_ratio", "device_pixel_ratio": "x"}',
    '{"type": "set_device_pixel_ratio", "device_pixel_ratio": NaN}',
    '{"type": "set_device_pixel_ratio", "device_pixel_ratio": null}',
    '{"type": "key_press"}', '{"type": "key_press", "key": ""}', '{"type": "key_press", "key": "\\u0000"}',
    '{"type": "button_press", "x": "a", "y": [], "button": "no"}',
    '{"type": "button_press", "x": 1e308, "y": -1e308, "button": 9}',
    '{"type": "motion_notify", "x": 100}', '{"type": "toolbar_button", "name": "download"}',
    '{"type": "scroll", "x": 300, "y": 300, "step": 1e308, "button": 0, "buttons": 0, "modifiers": []}',
    "[" * 5000, "\x00",
]  # fmt: skip
# Width and height in pixels of the page, and pixels of the screen to one of them.
SIZES = [
    (1, 1, 1), (0, 0, 1), (-5, 300, 1), (1280, 140, 1), (140, 900, 1), (1, 1, 0), (300, 200, 1e9), (20_000, 20_000, 1),
]  # fmt: skip


class Browser:
    """A page that answers as matplotlib's script does, without a browser.

    Args:
        url: of the page.
    """

    def __init__(self, url: str) -> None:
        self._url = url.replace("http", "ws") + "ws"
        self.pictures = 0

    async def __aenter__(self) -> Browser:
        self._socket = await websocket.websocket_connect(self._url)
        self.say(type="refresh")
        return self

    async def __aexit__(self, *_: Any) -> None:
        self._socket.close()

    def say(self, raw: str | None = None, **message: Any) -> None:
        """Says something, JSON or not."""
        self._socket.write_message(json.dumps(message) if raw is None else raw)

    async def picture(self) -> bytes:
        """The next picture, which is acknowledged."""
        while True:
            heard = await asyncio.wait_for(self._socket.read_message(), PATIENCE)
            if heard is None:
                raise AssertionError("the viewer has closed the connection")
            if isinstance(heard, bytes):
                self.say(type="ack")
                self.pictures += 1
                return heard
            if json.loads(heard)["type"] == "draw":
                self.say(type="draw")

    async def size(self) -> tuple[int, int]:
        """Pixels of the next picture."""
        wide, tall = struct.unpack(">II", (await self.picture())[16:24])
        return wide, tall


@contextmanager
def suspended(url: str) -> Iterator[socket.socket]:
    """A browser that joined, asked for pictures, and takes nothing any more, as one of a closed notebook."""
    at = urlsplit(url)
    assert at.hostname is not None
    with socket.create_connection((at.hostname, at.port or 80)) as joined:
        joined.sendall(
            f"GET {at.path}ws HTTP/1.1\r\nHost: {at.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\nSec-WebSocket-Version: 13\r\n"
            f"Origin: http://{at.netloc}\r\n\r\n".encode()
        )
        for word in (b'{"type":"refresh"}', b'{"type":"draw"}'):  # masked with zeros
            joined.sendall(bytes([0x81, 0x80 | len(word), 0, 0, 0, 0]) + word)
        yield joined


def served(driven: Callable[..., Driven], folder: Path, *words: str) -> tuple[Driven, str]:
    """A viewer and the address of its page."""
    viewer = driven(str(folder), "web", *words)
    return viewer, viewer.until(lambda shown: "url" in shown)["url"]


def test_a_suspended_browser_is_dropped_and_the_others_go_on(tmp_path: Path, driven: Callable[..., Driven]) -> None:
    """One that answers no ping any more is closed; while it is, and after, epochs reach the other one."""
    writer = recorded(tmp_path, epochs=3, close=False)
    viewer, url = served(driven, tmp_path, "ping=0.3")

    async def watch(asleep: socket.socket) -> None:
        async with Browser(url) as browser:
            await browser.picture()
            heard = b""
            while b"ping timed out" not in heard:  # in the frame that closes
                heard = heard[-20:] + await asyncio.to_thread(asleep.recv, 65536)
            for epoch in range(3, 8):
                record(writer, epoch)
                before = browser.pictures
                while browser.pictures == before:
                    await browser.picture()
        await asyncio.to_thread(viewer.until, lambda shown: shown.get("epoch") == 7)

    with suspended(url) as asleep:
        asleep.settimeout(PATIENCE)
        asyncio.run(watch(asleep))
    assert viewer.process.poll() is None


def test_what_no_page_would_say_is_passed_over(tmp_path: Path, driven: Callable[..., Driven]) -> None:
    """Broken JSON, wrong types, NaN, unknown messages: the picture goes on, for the one who said it too."""
    viewer, url = served(driven, recorded(tmp_path, epochs=3).folder, "replay")

    async def watch() -> None:
        async with Browser(url) as browser:
            await browser.picture()
            for words in ODD:
                browser.say(words)
            browser.say(type="key_press", key="kArrowRight")
            await asyncio.to_thread(viewer.until, lambda shown: shown.get("epoch") == 1)
            await browser.picture()

    asyncio.run(watch())
    assert viewer.process.poll() is None


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_any_size_has_a_picture(page: tuple[Driven, str], size: tuple[float, float, float]) -> None:
    """Of a page one pixel wide, or of twenty thousand, a picture comes that no machine runs out of memory for."""
    viewer, url = page

    async def watch() -> tuple[int, int]:
        async with Browser(url) as browser:
            await browser.picture()
            browser.say(type="set_device_pixel_ratio", device_pixel_ratio=size[2])
            browser.say(type="resize", width=size[0], height=size[1])
            browser.say(type="refresh")
            await browser.picture()
            browser.say(type="refresh")
            return await browser.size()

    wide, tall = asyncio.run(watch())
    assert 40 <= wide <= 7680
    assert 30 <= tall <= 4320
    assert viewer.process.poll() is None


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Driven, str]]:
    """A viewer of a finished run, for several tests, and the address of its page."""
    folder = recorded(tmp_path_factory.mktemp("page"), epochs=3).folder
    viewer = Driven([str(folder), "replay", "web"], {})
    yield viewer, viewer.until(lambda shown: "url" in shown)["url"]
    viewer.stop()
