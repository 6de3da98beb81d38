"""The server of the page: its files, and a web socket for each tab."""

from __future__ import annotations

import asyncio
import errno
import logging
import signal
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import tornado.httpserver
import tornado.netutil
import tornado.web
import tornado.websocket

from ...panels.errors import where
from ..opening import Opening
from .door import Door
from .sheet import Sheet
from .store import Store
from .visit import Visit

LOG = logging.getLogger(__name__)
BEAT = 0.01  # seconds between two looks at whether there is something to do
PING = 20.0  # seconds between pings; a tab that has answered none by the next one is dropped
CLIENT = Path(__file__).parent / "client"
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


def sockets_at(address: str, port: int) -> list[socket.socket]:
    """Sockets that listen.

    Raises:
        OSError: The port is taken or not for everybody, or the address is not one of this machine.
    """
    try:
        return tornado.netutil.bind_sockets(port, address, family=socket.AF_UNSPEC)
    except PermissionError as error:
        raise OSError(f"port must be one that you may listen on, 1024 or above. Received: {port}") from error
    except socket.gaierror as error:
        raise OSError(f"address must be one of this machine. Received: {address} ({error.strerror})") from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise OSError(f"port must be free; 0 takes one that is. Received: {port}, which is taken") from error
        if error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
            raise OSError(f"address must be one of this machine. Received: {address}") from error
        raise


class Web:
    """Serves the page to any number of tabs, each of which has a session of its own.

    Args:
        opening: what is shown, and all that is set at the start.
    """

    def __init__(self, opening: Opening) -> None:
        self.address = opening.settings.address
        self._sockets = sockets_at(self.address, opening.settings.port)
        self.port = int(self._sockets[0].getsockname()[1])
        self.door, self.store = Door(self.port), Store(opening)
        self.tabs: set[Tab] = set()
        self._pool = ThreadPoolExecutor(1, "epochreel-encode")
        self._stopped: asyncio.Event | None = None

    @property
    def url(self) -> str:
        """Where it is, token and all."""
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"http://{host}:{self.port}/?token={self.door.token}"

    @classmethod
    def opened(cls, opening: Opening) -> Self:
        """The server; it waits for no run, as the page says that there is none."""
        return cls(opening)

    def run(self, say: Callable[[str], Any] = str) -> None:
        """Serves until interrupted, or until `stop` is called.

        Args:
            say: takes where the page is, once browsers may come.
        """
        asyncio.run(self._serve(say))

    def stop(self) -> None:
        """Ends `run`; to be called from its thread, or by a signal."""
        if self._stopped is not None:
            self._stopped.set()

    async def _serve(self, say: Callable[[str], Any]) -> None:
        self._stopped = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.stop)
        server = tornado.httpserver.HTTPServer(self._application())
        server.add_sockets(self._sockets)
        say(
            f"open {self.url}\nfrom another machine: ssh -L {self.port}:127.0.0.1:{self.port} {socket.gethostname()}, "
            "then the same address there\nCtrl-C ends it"
        )
        while not self._stopped.is_set():
            self.store.look(time.monotonic())
            worked = self._turn()
            await asyncio.sleep(0 if worked else BEAT)
        for tab in list(self.tabs):
            tab.close(1001, "the viewer has ended")
        server.stop()
        await server.close_all_connections()
        self._pool.shutdown()
        self.store.close()

    def _turn(self) -> bool:
        """One tab draws, of those that want to the one that has drawn least; whether there was one."""
        return any(tab.beat() for tab in sorted(self.tabs, key=lambda tab: tab.visit.spent))

    def join(self, tab: Tab) -> None:
        """A tab comes, and has its turn no sooner than those that are here."""
        tab.visit.spent = min((other.visit.spent for other in self.tabs), default=0.0)
        self.tabs.add(tab)

    def send(self, tab: Tab, sheet: Sheet) -> None:
        """Encodes a sheet beside what else is done, and sends it; the sheets of a tab keep their order."""
        coming = asyncio.get_running_loop().run_in_executor(self._pool, sheet.encoded)
        coming.add_done_callback(lambda done: tab.send(done.result()))

    def _application(self) -> tornado.web.Application:
        page = {"web": self}
        return tornado.web.Application(
            [
                (r"/socket", Tab, page),
                (r"/client/([a-z_]+\.[a-z]+)", File, page),
                (r"/(?:|(?:run|compare|samples)(?:/.*)?)", File, page),
            ],
            default_handler_class=Nothing,
            websocket_ping_interval=PING,
            log_function=lambda handler: None,
        )


class Nothing(tornado.web.RequestHandler):
    """What everybody gets who does not know the token."""

    def prepare(self) -> None:
        """Answers 404 without a word."""
        self.set_status(404)
        self.finish()


class File(tornado.web.RequestHandler):
    """A file of the page; the page itself at every address of a view."""

    def initialize(self, web: Web) -> None:
        """Takes whose it is."""
        self._web = web

    def prepare(self) -> None:
        """Lets nobody in who does not know the token."""
        if not self._web.door.admits(self):
            self.set_status(404)
            self.finish()

    def get(self, name: str = "index.html") -> None:
        """The file."""
        path = CLIENT / name
        if path.suffix not in TYPES or not path.is_file():
            self.set_status(404)
            self.finish()
            return
        self.set_header("Content-Type", f"{TYPES[path.suffix]}; charset=utf-8")
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header("Cache-Control", "no-store")
        self.finish(path.read_bytes())


class Tab(tornado.websocket.WebSocketHandler):
    """The web socket of one visit."""

    def initialize(self, web: Web) -> None:
        """Takes whose it is."""
        self._web, self.visit = web, Visit(web.store)

    def prepare(self) -> None:
        """Lets nobody in who does not know the token."""
        if not self._web.door.admits(self):
            self.set_status(404)
            self.finish()

    def open(self, *_: str) -> None:
        """Joins."""
        self.set_nodelay(True)
        self._web.join(self)

    def on_close(self) -> None:
        """Leaves."""
        self._web.tabs.discard(self)
        self.visit.close()

    def on_message(self, message: str | bytes) -> None:
        """What the page says; what fails ends this visit and no other."""
        self._guarded(lambda: self.visit.receive(message))

    def beat(self) -> bool:
        """Draws where there is something to draw; True if there was."""
        began = time.perf_counter()
        sheet = self._guarded(self.visit.beat)
        self.visit.spent += time.perf_counter() - began
        if sheet is None:
            return False
        self._web.send(self, sheet)
        return True

    def send(self, data: bytes) -> None:
        """Sends a sheet."""
        with suppress(tornado.websocket.WebSocketClosedError):  # it leaves by `on_close`
            self.write_message(data, binary=True).add_done_callback(lambda sent: sent.exception())

    def _guarded(self, step: Callable[[], Any]) -> Any:
        try:
            return step()
        except Exception as error:
            LOG.error("one visit has ended: %s", where(error))
            LOG.debug("of that visit", exc_info=error)
            self._web.tabs.discard(self)
            self.close(1011, "this visit failed")
            return None
