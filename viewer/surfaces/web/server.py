"""The server of the page: its files, and a web socket for each tab."""

from __future__ import annotations

import asyncio
import errno
import signal
import socket
import ssl
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import Any, Self

import tornado.httpserver
import tornado.netutil
import tornado.web

from ...config import Settings
from ..opening import RESCAN, Opening
from . import limits
from .door import EVERYWHERE, Door, is_loopback
from .downloads import Desk, Download
from .files import File, Nowhere
from .gate import Gate
from .guarded import Entrance
from .looks import Looks
from .one_line import OneLine
from .store import Store
from .tab import Tab, Tabs

HANDOVER = 0.0005  # seconds after which the thread that draws lets the one that encodes go on; 0.005 as Python has it
BEAT = 0.01  # seconds between two looks at whether there is something to do


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

    Raises:
        ValueError: A certificate has no key, or they cannot be used.
    """

    def __init__(self, opening: Opening) -> None:
        self.address = opening.settings.address
        self._tls = encrypting(opening.settings)
        self._sockets = sockets_at(self.address, opening.settings.port)
        self.port = int(self._sockets[0].getsockname()[1])
        self.door = Door(self.address, secure=self._tls is not None)
        self.tabs = Tabs(Store(opening))
        self._stopped: asyncio.Event | None = None

    @property
    def url(self) -> str:
        """Where it is, token and all."""
        address = socket.gethostname() if self.address in EVERYWHERE else self.address
        host = f"[{address}]" if ":" in address else address
        return f"{'http' if self._tls is None else 'https'}://{host}:{self.port}/?token={self.door.token}"

    @classmethod
    def opened(cls, opening: Opening) -> Self:
        """The server; it waits for no run, as the page says that there is none."""
        return cls(opening)

    def run(self, say: Callable[[str], Any] = str) -> None:
        """Serves until interrupted, or until `stop` is called.

        Args:
            say: takes where the page is, once browsers may come.
        """
        sys.setswitchinterval(HANDOVER)
        asyncio.run(self._serve(say))

    def stop(self) -> None:
        """Ends `run`; to be called from its thread, or by a signal."""
        if self._stopped is not None:
            self._stopped.set()
            self.tabs.woken.set()

    async def _serve(self, say: Callable[[str], Any]) -> None:
        self._stopped = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            try:
                loop.add_signal_handler(number, self.stop)
            except NotImplementedError:  # Windows
                signal.signal(number, lambda *_: loop.call_soon_threadsafe(self.stop))
        log = OneLine(self.door.token).install()
        server, gate = self._built()
        gate.open()
        say(self._words())
        self.tabs.beside(warm)
        while not self._stopped.is_set():
            now = time.monotonic()
            self.tabs.store.look(now)
            gate.sweep(now)
            self.tabs.sweep(now)
            self.tabs.woken.clear()
            if self.tabs.turn():
                await asyncio.sleep(0)
            else:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self.tabs.woken.wait(), BEAT if len(self.tabs) else RESCAN)
        await self.tabs.close()
        gate.close()
        await server.close_all_connections()
        self.tabs.store.close()
        log.remove()

    def _built(self) -> tuple[tornado.httpserver.HTTPServer, Gate]:
        """The server, and the gate before it."""
        gate = Gate(self._sockets, lambda stream, address: server.handle_stream(stream, address), tls=self._tls)
        page = {"entrance": Entrance(self.door, gate)}
        application = tornado.web.Application(
            [
                (r"/socket", Tab, page | {"tabs": self.tabs}),
                (r"/look/(.+)", Looks, page | {"store": self.tabs.store}),
                (r"/download/(dashboard|compare)", Download, page | {"store": self.tabs.store, "desk": Desk()}),
                (r"/client/([a-z_]+\.[a-z]+)", File, page),
                (r"/(?:|(?:run|compare|samples)(?:/.*)?)", File, page),
            ],
            default_handler_class=Nowhere,
            default_handler_args=page,
            websocket_max_message_size=limits.MESSAGE_BYTES,
            log_function=lambda handler: None,
        )
        server = tornado.httpserver.HTTPServer(
            application,
            max_header_size=limits.HEADER_BYTES,
            max_body_size=limits.BODY_BYTES,
            idle_connection_timeout=limits.IDLE_SECONDS,
            body_timeout=limits.IDLE_SECONDS,
            protocol=None if self._tls is None else "https",
        )
        return server, gate

    def _words(self) -> str:
        """Where it is, how to come there from elsewhere, and what to know where others can come as well."""
        forward = f"ssh -L {self.port}:127.0.0.1:{self.port} {socket.gethostname()}"
        if is_loopback(self.address):
            return f"open {self.url}\nfrom another machine: {forward}, then the same address there\nCtrl-C ends it"
        plain = "" if self._tls else ", and whoever is on the way can read it (--certificate and --key encrypt it)"
        return (
            f"open {self.url}\nother machines reach this page: who has the address sees the runs{plain}; "
            "safer is the default address with ssh -L\nCtrl-C ends it"
        )


def warm() -> None:
    """Imports what the first picture needs, while the browser loads the page."""
    for name in ("pyarrow.compute", "numpy.random", "viewer.surfaces.web.views.dashboard"):
        import_module(name)
    from ...dashboard.layout import parse_layout
    from ...kinds import VIEWS
    from ...panels import PANELS

    for view in VIEWS.values():
        for place in (place for row in parse_layout(view.layout) for place in row):
            PANELS[place.name]


def encrypting(settings: Settings) -> ssl.SSLContext | None:
    """What encrypts, from the files of a certificate and its key; None without.

    Raises:
        ValueError: There is one of the two, or they cannot be used.
    """
    certificate, key = settings.certificate, settings.key
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise ValueError(f"certificate and key must be given together. Received: {certificate or key}")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise ValueError(
            f"certificate and key must be PEM files that belong together. Received: {certificate}, {key} ({error})"
        ) from error
    return context
