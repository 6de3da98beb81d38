"""The door as a real browser meets it: what it refuses, what it forgets, and how a page comes back."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from ..conftest import recorded
from .conftest import Server, drawn, until, visited

VIEWS = ["/", "/run/latest?epoch=1&theme=dark", "/compare?run=first&run=second", "/samples/latest"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of a folder with two runs."""
    folder = tmp_path_factory.mktemp("door")
    for name in ("first", "second"):
        recorded(folder, epochs=3, name=name)
    started = Server("watch", str(folder), "--web")
    yield started
    started.stop()


class Forwarder:
    """A port that leads to another one, as `ssh -L` makes it, and can be cut.

    Args:
        port: that it leads to.
    """

    def __init__(self, port: int) -> None:
        self._to, self._writers = port, set[asyncio.StreamWriter]()
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        self.port = self._do(self._listen(0))

    def cut(self) -> None:
        """Ends all connections, and takes no more."""
        self._do(self._cut())

    def mend(self) -> None:
        """Takes connections again."""
        self._do(self._listen(self.port))

    def _do(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    async def _listen(self, port: int) -> int:
        self._server = await asyncio.start_server(self._forward, "127.0.0.1", port)
        return int(self._server.sockets[0].getsockname()[1])

    async def _cut(self) -> None:
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._to)
        self._writers |= {writer, back}
        await asyncio.gather(self._copy(reader, back), self._copy(there, writer))

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        writer.close()


def test_no_view_breaks_the_policy_and_the_token_is_nowhere(server: Server, browser: Any) -> None:
    """Of every view: no violation in the console, the token neither in the address nor in reach of a script."""
    with browser.new_context() as context:
        page = context.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        page.add_init_script(
            "addEventListener('securitypolicyviolation', e => console.error(e.violatedDirective + e.blockedURI))"
        )
        page.goto(server.url)
        for view in VIEWS:
            page.goto(server.root + view)
            until(page, "() => document.getElementById('view').children.length > 0")
            page.reload()
            until(page, "() => document.getElementById('view').children.length > 0")
            assert server.token not in page.url
        page.goto(f"{server.root}/run/latest")
        drawn(page)
        assert page.evaluate("[document.cookie, document.referrer]") == ["", ""]
        assert said == []
        assert page.evaluate("fetch('http://127.0.0.1:9/').catch(error => 'refused')") == "refused"
        assert any("connect-src" in line for line in said)  # this one was seen, so others would have been


@pytest.mark.campaign
def test_a_page_comes_back_through_a_forwarded_port(server: Server, browser: Any) -> None:
    """The connection is lost, which is said, and not as an end; it comes back, and so does the page, as it was."""
    forwarder = Forwarder(server.port)
    with visited(browser, f"http://127.0.0.1:{forwarder.port}/run/first?token={server.token}&epoch=1") as page:
        assert page.evaluate("location.href") == f"http://127.0.0.1:{forwarder.port}/run/first?epoch=1"
        notice = "document.getElementById('connection')"
        forwarder.cut()
        until(page, f"() => {notice}.textContent.startsWith('No connection')")
        forwarder.mend()
        until(page, f"() => {notice}.hidden")
        drawn(page)
        page.keyboard.press("Home")
        until(page, "() => document.querySelector('[aria-label=\"epoch, as a number\"]').value === '0'")


@pytest.mark.campaign
def test_an_end_is_said_and_only_an_end(tmp_path: Path, browser: Any) -> None:
    """A viewer that is ended says so to its page; one that was killed has not, and the page goes on trying."""
    recorded(tmp_path, epochs=2)
    for end, words in (("terminate", "The viewer has ended"), ("kill", "No connection to the viewer")):
        with (
            Server("watch", str(tmp_path), "--web", "--layout", "curves") as server,
            visited(browser, f"{server.root}/run/latest?token={server.token}") as page,
        ):
            getattr(server.process, end)()
            until(page, f"() => document.getElementById('connection').textContent.startsWith('{words}')")


@pytest.mark.campaign
def test_a_link_on_another_site_is_followed(server: Server, browser: Any) -> None:
    """A site called `localhost` links to `127.0.0.1`, with the token or not: the page opens; no site hears of it."""
    links = (f"{server.root}/run/first?token={server.token}", f"{server.root}/run/second?epoch=1")

    led: list[str | None] = []

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            led.append(self.headers.get("Referer"))
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write("".join(f"<p><a href='{link}'>{link}</a>" for link in links).encode())

        def log_message(self, *_: Any) -> None:
            pass

    site = HTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    with browser.new_context() as context:
        page = context.new_page()
        for link, shown in zip(links, ("/run/first", "/run/second"), strict=True):
            page.goto(f"http://localhost:{site.server_port}/")
            page.click(f"a[href='{link}']")
            until(page, "() => document.querySelector('.panel canvas') !== null")
            assert page.evaluate("location.pathname") == shown
            assert server.token not in page.url
        page.evaluate(f"location.href = 'http://localhost:{site.server_port}/from-our-page'")
        until(page, "() => document.querySelector('a') !== null")
    site.shutdown()
    assert not [referer for referer in led if referer and server.root in referer], "where somebody came from"
