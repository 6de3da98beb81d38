"""Long attacks on the page: with and without the token, for as long as it takes to see what they make of the viewer."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

from ..viewer.surfaces.conftest import recorded
from ..viewer.surfaces.web.conftest import Server
from ..viewer.surfaces.web.raw import Page, websocket

pytestmark = pytest.mark.campaign
SECONDS = 30.0
LOST = websocket.WebSocketClosedError, ConnectionError, AssertionError
LAYOUTS = ["curves scores / curves:loss matrix", "pr roc / threshold calibration / status surface"]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server that may open 256 files."""
    started = Server("replay", str(recorded(tmp_path, epochs=40).folder), "--web", files=256)
    yield started
    started.stop()


def beside(server: Server, attack: Callable[[], Awaitable[Any]]) -> tuple[list[float], int]:
    """While an attack lasts, a good page goes from epoch to epoch: seconds until each is shown, and the most memory."""
    waits: list[float] = []

    async def both() -> int:
        async with Page(server) as page:
            page.fit()
            await page.picture()
            most, task, epoch = server.memory, asyncio.ensure_future(attack()), 0
            while not task.done():
                epoch, began = (epoch + 1) % 40, time.monotonic()
                page.say("turn", position=epoch)
                await page.until(lambda words, epoch=epoch: words["epochs"]["epoch"] == epoch)
                waits.append(time.monotonic() - began)
                most = max(most, server.memory)
            await task
            return most

    most = asyncio.run(both())
    waits.sort()
    median, worst = waits[len(waits) // 2], waits[-1]
    print(f"{len(waits)} pictures, {median * 1e3:.0f} ms each, {worst * 1e3:.0f} at worst; {most / 1e6:.0f} MB at most")
    assert server.process.poll() is None
    return waits, most


def test_ten_pages_that_ask_for_all_they_can(server: Server) -> None:
    """Large pictures, other layouts, themes and formulas all the time, 64 kB messages, and acknowledgements at once."""

    async def greedy(number: int, end: float) -> None:
        with suppress(*LOST):
            async with Page(server) as page:
                page.say("sizes", ratio=4, panels=[[4096, 4096]] * 6)
                step = number
                while time.monotonic() < end:
                    step += 1
                    page.say(
                        "turn", layout=LAYOUTS[step % 2], theme=("light", "dark")[step // 2 % 2], position=step % 40
                    )
                    page.say("turn", metrics=f"f1@0.{step % 9}, tp / (tp + fn + {step})")
                    page.say("open", view="dashboard") if step % 10 == 0 else None
                    page.say_raw("x" * 65_000)
                    await page.sheet()

    async def attack() -> None:
        end = time.monotonic() + SECONDS
        await asyncio.gather(*(greedy(number, end) for number in range(10)))

    waits, most = beside(server, attack)
    assert waits[len(waits) // 2] < 5
    assert most < 3e9


def test_two_hundred_pages(server: Server) -> None:
    """Those that may, stay; the rest is told to come later, again and again."""

    async def attack() -> None:
        async with AsyncExitStack() as stack:
            end = time.monotonic() + SECONDS
            while time.monotonic() < end:
                pages = [await stack.enter_async_context(Page(server)) for _ in range(200)]
                for page in pages:
                    with suppress(*LOST):
                        page.fit()
                        await page.sheet()
                await stack.aclose()

    waits, most = beside(server, attack)
    assert waits[len(waits) // 2] < 2
    assert most < 1.5e9


def test_half_sent_requests_all_the_time(server: Server) -> None:
    """Strangers who come as fast as they can and send half a request: one line in the log, and good pages come in."""
    server.lines()

    async def attack() -> None:
        loop, end, held = asyncio.get_running_loop(), time.monotonic() + SECONDS, []
        while time.monotonic() < end:
            connection = socket.socket()
            connection.setblocking(False)
            with suppress(ConnectionError, TimeoutError):
                await asyncio.wait_for(loop.sock_connect(connection, ("127.0.0.1", server.port)), 1)
                connection.send(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ")
            held.append(connection)
            if len(held) > 400:
                held.pop(0).close()
        for connection in held:
            connection.close()
        async with Page(server) as late:
            late.fit()
            await late.picture()

    waits, most = beside(server, attack)
    lines = server.lines()
    print(f"{len(lines)} lines in the log")
    assert len(lines) <= 2
    assert waits[len(waits) // 2] < 0.5
    assert most < 5e8
