"""The dashboard in a browser: matplotlib's WebAgg on a loopback address, behind a random token."""

from __future__ import annotations

import asyncio
import json
import secrets
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import tornado.escape
import tornado.httpserver
import tornado.netutil
import tornado.web
import tornado.websocket
from matplotlib import get_data_path
from matplotlib.backends.backend_webagg_core import FigureCanvasWebAggCore, FigureManagerWebAgg
from matplotlib.figure import Figure

from recorder.runfile.names import shown

from ..config import Settings
from ..dashboard.session import Session
from ..drawing.theme import LIGHT, THEMES, Theme
from ..reading.watch import Watcher
from .browser_events import understood
from .live import Live

BEAT = 0.016  # seconds
AHEAD = 2  # pictures on their way to a browser before the next one waits
PATIENCE = 2.0  # seconds after which a browser that answers nothing is not waited for
PING = 20.0  # seconds between pings; a browser that has answered none by the next one is dropped
PAGE = (Path(__file__).parent / "page.html").read_text(encoding="utf-8")


class Web(Live):
    """A session served to any number of browsers, which share its clock.

    Args:
        session: what is shown.
        watcher: wakes it.
        address: to listen on; anything but loopback lets others in who know the token.
        port: 0 takes a free one.
        layout: of the dashboard; None for the default.
        theme: light or dark.
    """

    def __init__(
        self,
        session: Session,
        *,
        watcher: Watcher,
        address: str = "127.0.0.1",
        port: int = 0,
        layout: str | None = None,
        theme: Theme = LIGHT,
    ) -> None:
        self.token = secrets.token_urlsafe(24)
        self.address = address
        figure = Figure(figsize=(12.8, 7.8), dpi=100)
        self.manager = Manager(FigureCanvasWebAggCore(figure), 1)  # type: ignore[no-untyped-call]
        super().__init__(figure, session, watcher=watcher, layout=layout, theme=theme)
        self._sockets = tornado.netutil.bind_sockets(port, address, family=socket.AF_UNSPEC)
        self.port = int(self._sockets[0].getsockname()[1])
        self._stopped: asyncio.Event | None = None

    @property
    def url(self) -> str:
        """Where it is, token and all."""
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"http://{host}:{self.port}/{self.token}/"

    @classmethod
    def of(cls, session: Session, watcher: Watcher, settings: Settings) -> Self:
        """The page as the settings want it."""
        theme = THEMES[settings.theme]
        return cls(
            session, watcher=watcher, address=settings.address, port=settings.port, layout=settings.layout, theme=theme
        )

    def run(self, say: Callable[[str], Any] = str) -> None:
        """Serves until interrupted, or until `stop` is called; tornado has the loop.

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
            self.beat()
            await asyncio.sleep(BEAT)
        for client in list(self.manager.web_sockets):
            client.close(1001, "the viewer has ended")
        server.stop()
        await server.close_all_connections()

    def ready(self) -> bool:
        """Whether there are browsers, and all have room for another picture or are not waited for."""
        now, clients = time.monotonic(), self.manager.web_sockets
        return bool(clients) and all(client.keeps_up(now) for client in clients)

    def _application(self) -> tornado.web.Application:
        root = f"/{self.token}"
        static = FigureManagerWebAgg.get_static_file_path()  # type: ignore[no-untyped-call]
        return tornado.web.Application(
            [
                (rf"{root}/", Page, {"web": self}),
                (rf"{root}/mpl.js", Script),
                (rf"{root}/_static/(.*)", tornado.web.StaticFileHandler, {"path": static}),
                (rf"{root}/_images/(.*)", tornado.web.StaticFileHandler, {"path": f"{get_data_path()}/images"}),
                (rf"{root}/ws", Client, {"web": self}),
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


class Page(tornado.web.RequestHandler):
    """The page."""

    def initialize(self, web: Web) -> None:
        """Takes what it shows."""
        self._web = web

    def get(self) -> None:
        """The page, which leaks no token to others."""
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header("Cache-Control", "no-store")
        run = self._web.session.framer.run.name
        self.finish(PAGE.replace("TITLE", tornado.escape.xhtml_escape(shown(run))).replace("PAPER", self._web.paper))


class Script(tornado.web.RequestHandler):
    """Matplotlib's script."""

    def get(self) -> None:
        """The script."""
        self.set_header("Content-Type", "application/javascript")
        self.finish(FigureManagerWebAgg.get_javascript())  # type: ignore[no-untyped-call]


class Manager(FigureManagerWebAgg):
    """What is said to all browsers; one that leaves, or fails, meanwhile is no matter of the others."""

    web_sockets: set[Client]

    def refresh_all(self) -> None:
        """Sends what has changed in the picture to all who have room for it."""
        picture = self.canvas.get_diff_image() if self.web_sockets else None  # type: ignore[attr-defined] # WebAgg's
        if picture is None:
            return
        for client in list(self.web_sockets):
            if client.has_room:
                client.send_binary(picture)
            else:
                client.behind = True

    def _send_event(self, event_type: str, **words: Any) -> None:
        for client in list(self.web_sockets):
            client.send_json({"type": event_type, **words})


class Client(tornado.websocket.WebSocketHandler):
    """One browser: its mouse and keys come in, pictures go out, not more than it can take.

    Attributes:
        behind: it has missed a picture, and the next one, which holds only what has changed, is of no use to it.
    """

    behind = False

    def initialize(self, web: Web) -> None:
        """Takes what it shows."""
        self._web = web
        self._ahead, self._heard = 0, time.monotonic()

    def open(self, *_: str) -> None:
        """Joins."""
        self.set_nodelay(True)
        self._web.manager.add_web_socket(self)  # type: ignore[no-untyped-call]

    def on_close(self) -> None:
        """Leaves."""
        self._web.manager.web_sockets.discard(self)

    def on_message(self, message: str | bytes) -> None:
        """An event of the browser; what is not understood is passed over, and what fails ends this browser's visit."""
        canvas: Any = self._web.manager.canvas
        content = understood(message, canvas.device_pixel_ratio)
        if content is None:
            return
        self._heard = time.monotonic()
        try:
            if content["type"] == "ack":
                self._ahead = max(self._ahead - 1, 0)
                if self.behind and self.has_room:
                    self.behind = False
                    canvas.handle_event({"type": "refresh"})
            else:
                canvas.handle_event(content)
        except Exception as error:  # noqa: BLE001 - whatever it is, the other browsers go on
            self._web.report(error)
            self.close(1011, "an event of this page failed")

    @property
    def has_room(self) -> bool:
        """Whether the next picture may go out."""
        return self._ahead < AHEAD

    def keeps_up(self, now: float) -> bool:
        """Whether to wait for it where it has no room: one who answers nothing for long is not waited for."""
        return self.has_room or now - self._heard > PATIENCE

    def send_json(self, content: Any) -> None:
        """Sends what matplotlib says."""
        self._send(json.dumps(content), binary=False)

    def send_binary(self, blob: bytes) -> None:
        """Sends a picture."""
        self._ahead += 1
        self._send(blob, binary=True)

    def _send(self, data: str | bytes, *, binary: bool) -> None:
        with suppress(tornado.websocket.WebSocketClosedError):  # it leaves by `on_close`
            self.write_message(data, binary=binary).add_done_callback(lambda sent: sent.exception())
