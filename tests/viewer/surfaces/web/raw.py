"""Visitors without a browser: one that answers as the page does, and one that sends whatever it likes."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import socket
import struct
from typing import Any

import pytest

from ..conftest import PATIENCE
from .conftest import Server

websocket = pytest.importorskip("tornado.websocket")
httpclient = pytest.importorskip("tornado.httpclient")


class Page:
    """A page that answers as the client does, without a browser.

    Args:
        server: that it visits.
        acknowledges: whether it says that it has shown a sheet.
        view: that it opens.
    """

    def __init__(self, server: Server, *, acknowledges: bool = True, view: str = "dashboard") -> None:
        self._view = view
        self._server, self._acknowledges = server, acknowledges
        self.words: dict[str, Any] = {}
        self.sheets = 0

    async def __aenter__(self) -> Page:
        url, server = f"{self._server.root.replace('http', 'ws')}/socket", self._server
        request = httpclient.HTTPRequest(url, headers={"Cookie": server.cookie, "Origin": server.root})
        self._socket = await websocket.websocket_connect(request)
        self.say("open", view=self._view)
        return self

    async def __aexit__(self, *_: Any) -> None:
        self._socket.close()

    def say(self, type: str, **words: Any) -> None:
        """Says something."""
        self.say_raw(json.dumps({"type": type, **words}))

    def say_raw(self, words: str) -> None:
        """Says something, JSON or not."""
        self._socket.write_message(words)

    def fit(self, wide: float = 400, tall: float = 300, ratio: float = 1) -> None:
        """Says how large its panels are."""
        self.say("sizes", ratio=ratio, panels=[[wide, tall]] * 4)

    async def sheet(self) -> list[dict[str, Any]]:
        """The patches of the next sheet, which is acknowledged."""
        heard = await asyncio.wait_for(self._socket.read_message(), PATIENCE)
        if heard is None:
            raise AssertionError(f"the viewer has closed the connection: {self._socket.close_reason}")
        (length,) = struct.unpack("<I", heard[:4])
        words = json.loads(heard[4 : 4 + length])
        self.words |= words
        self.sheets += 1
        if self._acknowledges:
            self.say("ack")
        return words["patches"]

    async def until(self, holds: Any) -> None:
        """Takes sheets until something holds of all that was said so far."""
        while not holds(self.words):
            await self.sheet()

    async def closed(self) -> int:
        """Takes what comes until the viewer closes; why it does."""
        while await asyncio.wait_for(self._socket.read_message(), PATIENCE) is not None:
            pass
        return self._socket.close_code

    async def picture(self) -> list[int]:
        """Width and height of the next picture."""
        while not (patches := await self.sheet()):
            pass
        return patches[0]["size"]


def knock(server: Server) -> socket.socket:
    """A bare connection."""
    return socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)


def upgrade(server: Server, **changed: str | None) -> bytes:
    """The request for a web socket as a browser makes it, with other headers, or without those that are None."""
    headers: dict[str, str | None] = {
        "Host": f"127.0.0.1:{server.port}", "Upgrade": "websocket", "Connection": "Upgrade", "Origin": server.root,
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(), "Sec-WebSocket-Version": "13",
        "Cookie": server.cookie,
    }  # fmt: skip
    headers |= changed
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if value is not None)
    return f"GET /socket HTTP/1.1\r\n{lines}\r\n".encode()


def frame(words: bytes, *, opcode: int = 1, final: bool = True, length: int | None = None) -> bytes:
    """A web socket's frame, masked with zeros; `length` is what it says of itself."""
    said = len(words) if length is None else length
    size = bytes([0x80 | said]) if said < 126 else struct.pack(">BH", 0xFE, said) if said < 65536 else (
        struct.pack(">BQ", 0xFF, said)
    )  # fmt: skip
    return bytes([(0x80 if final else 0) | opcode]) + size + bytes(4) + words


def answer(connection: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """Status, headers by small letters, and all that comes until the end; status 0 where there is no answer."""
    heard = b""
    try:
        while part := connection.recv(65536):
            heard += part
            head, _, body = heard.partition(b"\r\n\r\n")
            length = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
            if length and len(body) >= int(length[0].split(b":")[1]):
                break
            if b" 101 " in head[:16]:
                break
    except (ConnectionError, TimeoutError):
        pass
    if not heard:
        return 0, {}, b""
    head, _, body = heard.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    return int(first.split()[1]), {k.strip().lower(): v.strip() for k, _, v in (x.partition(":") for x in lines)}, body


def ask(server: Server, path: str, method: str = "GET", **headers: str | None) -> tuple[int, dict[str, str], bytes]:
    """What a request is answered; headers have `_` for `-`."""
    given: dict[str, str | None] = {"Host": f"127.0.0.1:{server.port}"}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in given.items() if value is not None)
    with knock(server) as connection:
        connection.sendall(f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode())
        return answer(connection)
