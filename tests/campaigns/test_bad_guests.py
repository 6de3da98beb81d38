"""Long attacks on the page: with and without the token, for as long as it takes to see what they make of the viewer."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

from ..conftest import Effort
from ..viewer.surfaces.conftest import recorded
from ..viewer.surfaces.web.conftest import Server
from ..viewer.surfaces.web.raw import Page, answer, frame, knock, upgrade, websocket
from .conftest import Figures

pytestmark = pytest.mark.campaign
ALONE = 40  # pictures
LOST = websocket.WebSocketClosedError, ConnectionError, AssertionError  # of a bad guest, who was closed
LAYOUTS = ["curves scores / curves:loss matrix", "pr roc / threshold calibration / status surface"]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server that may open 256 files."""
    started = Server("replay", str(recorded(tmp_path, epochs=40).folder), "--web", files=256)
    yield started
    started.stop()


@pytest.fixture
def seconds(effort: Effort) -> int:
    """How long an attack lasts."""
    return effort(5, 60)


Beside = Callable[[Callable[[], Awaitable[Any]]], tuple[float, int]]


@pytest.fixture
def beside(server: Server, figures: Figures) -> Beside:
    """While an attack lasts, a good page goes from epoch to epoch: what the viewer works until each, and its memory.

    Work is what the same page takes of the processor alone, before the attack: how many times that, the median, so that
    neither a busy machine nor a slow one changes it. In the table stand seconds of the processor, the worst ones, the
    same by the clock, and the share of a core that the viewer took.
    """

    async def turns(page: Page, found: list[tuple[float, float]], goes_on: Callable[[], bool]) -> int:
        most, epoch = 0, 0
        while goes_on():
            epoch, began, before = (epoch + 1) % 40, time.monotonic(), server.spent
            page.say("turn", position=epoch)
            await page.until(lambda words, epoch=epoch: words["epochs"]["epoch"] == epoch)
            found.append((server.spent - before, time.monotonic() - began))
            most = max(most, server.memory)
        return most

    async def both(
        attack: Callable[[], Awaitable[Any]], alone: list[tuple[float, float]], waits: list[tuple[float, float]]
    ) -> tuple[int, float]:
        async with Page(server) as page:
            page.fit()
            await page.picture()
            await turns(page, alone, lambda: len(alone) < ALONE)
            task, spent, since = asyncio.ensure_future(attack()), server.spent, time.monotonic()
            most = await turns(page, waits, lambda: not task.done())
            await task
            return most, (server.spent - spent) / (time.monotonic() - since)

    def run(attack: Callable[[], Awaitable[Any]]) -> tuple[float, int]:
        alone: list[tuple[float, float]] = []
        waits: list[tuple[float, float]] = []
        most, share = asyncio.run(both(attack, alone, waits))
        work, clock = sorted(took for took, _ in waits), sorted(took for _, took in waits)
        median, unit = work[len(work) // 2], sum(took for took, _ in alone) / len(alone)
        figures(
            pictures=len(waits), ms_of_the_processor_each=round(median * 1e3), and_alone=round(unit * 1e3),
            ms_of_the_processor_at_worst=round(work[-1] * 1e3), ms_each=round(clock[len(clock) // 2] * 1e3),
            ms_at_worst=round(clock[-1] * 1e3), MB=round(most / 1e6), share_of_a_core=f"{share:.0%}",
        )  # fmt: skip
        assert server.process.poll() is None
        return median / unit, most

    return run


def test_ten_pages_that_ask_for_all_they_can(server: Server, beside: Beside, seconds: int) -> None:
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
        end = time.monotonic() + seconds
        await asyncio.gather(*(greedy(number, end) for number in range(10)))

    times, most = beside(attack)
    assert times < 80  # pictures of theirs between two of its own are far larger
    assert most < 3e9


def test_two_hundred_pages(server: Server, beside: Beside, seconds: int) -> None:
    """Those that may, stay; the rest is told to come later, again and again."""

    async def attack() -> None:
        async with AsyncExitStack() as stack:
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                pages = [await stack.enter_async_context(Page(server)) for _ in range(200)]
                for page in pages:
                    with suppress(*LOST):
                        page.fit()
                        await page.sheet()
                await stack.aclose()

    times, most = beside(attack)
    assert times < 15
    assert most < 1.5e9


def test_half_sent_requests_all_the_time(server: Server, beside: Beside, seconds: int) -> None:
    """Strangers who come as fast as they can and send half a request: one line in the log, and good pages come in."""
    server.lines()

    async def attack() -> None:
        loop, end, held = asyncio.get_running_loop(), time.monotonic() + seconds, []
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

    times, most = beside(attack)
    assert len(server.lines()) <= 2
    assert times < 5
    assert most < 5e8


def test_messages_as_fast_as_they_can_be_sent(server: Server, beside: Beside, seconds: int) -> None:
    """Six with the token who say something small a million times a second, or a hundred megabytes, or pings."""
    small = frame(b'{"type":"pointer","panel":0,"x":0.5,"y":0.5,"what":"over"}') * 1000
    sent = {
        "small": small,
        "nonsense": frame(b"{") * 5000,
        "turns": frame(b'{"type":"turn","position":3}') * 1000,
        "large": frame(b"x" * 65_536, final=False) + frame(b"x" * 65_536, opcode=0, final=False) * 20,
        "pings": frame(b"", opcode=9) * 1000,
        "pongs": frame(b"", opcode=10) * 1000,
    }
    end = time.monotonic() + seconds

    def flood(data: bytes) -> None:
        while time.monotonic() < end:
            with knock(server) as connection, suppress(ConnectionError, TimeoutError):
                connection.sendall(upgrade(server))
                assert answer(connection)[0] == 101
                connection.settimeout(0.2)
                while time.monotonic() < end:
                    connection.sendall(data)

    async def attack() -> None:
        await asyncio.gather(*(asyncio.to_thread(flood, data) for data in sent.values()))

    times, most = beside(attack)
    assert times < 15
    assert most < 6e8


def test_who_reads_nothing(server: Server, beside: Beside, seconds: int) -> None:
    """Twenty pages of the largest pictures that take no byte, and twenty who ask for files again and again."""
    sizes = b'{"type":"sizes","ratio":4,"panels":[' + b",".join([b"[4096,4096]"] * 6) + b"]}"
    page = frame(b'{"type":"open","view":"dashboard"}') + frame(sizes)
    file = f"GET /client/main.js HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nCookie: {server.cookie}\r\n\r\n"
    over = threading.Event()

    def hold(first: bytes, more: bytes) -> None:
        with knock(server) as connection, suppress(OSError):
            connection.settimeout(0.2)
            connection.sendall(first)
            while not over.is_set():
                with suppress(TimeoutError):
                    connection.sendall(more)
                over.wait(0.05)

    async def attack() -> None:
        pages = [threading.Thread(target=hold, args=(upgrade(server) + page, frame(b"{}"))) for _ in range(20)]
        files = [threading.Thread(target=hold, args=(file.encode(), file.encode() * 1000)) for _ in range(20)]
        for thread in (*pages, *files):
            thread.start()
        await asyncio.sleep(seconds)
        over.set()
        for thread in (*pages, *files):
            await asyncio.to_thread(thread.join)

    times, most = beside(attack)
    assert times < 150  # twenty others draw their first two pictures
    assert most < 1.5e9


def test_slow_senders(server: Server, beside: Beside, seconds: int) -> None:
    """Thirty with the token who send their request, and then a message, a byte at a time."""

    async def slow(end: float) -> None:
        while time.monotonic() < end:
            with suppress(ConnectionError):
                _, writer = await asyncio.open_connection("127.0.0.1", server.port)
                data = upgrade(server) + frame(b'{"type":"open","view":"dashboard"}') * 100
                for byte in data:
                    if time.monotonic() > end:
                        break
                    writer.write(bytes([byte]))
                    await writer.drain()
                    await asyncio.sleep(0.01)
                writer.close()

    async def attack() -> None:
        end = time.monotonic() + seconds
        await asyncio.gather(*(slow(end) for _ in range(30)))
        async with Page(server) as late:
            late.fit()
            await late.picture()

    times, most = beside(attack)
    assert times < 15
    assert most < 6e8
