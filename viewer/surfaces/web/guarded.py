"""What every address of the server asks of whoever comes, before anything is done."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any
from urllib.parse import parse_qs

import tornado.web

from ...panels.errors import where
from . import limits
from .door import HEADERS, Door, asking_again, comes_from_elsewhere, headers, without_token
from .gate import Gate

LOG = logging.getLogger(__package__)


class Entrance:
    """The door of a server, its gate, and how fast it answers.

    Args:
        door: who may in.
        gate: what connections there are.
    """

    def __init__(self, door: Door, gate: Gate) -> None:
        self.door, self.gate, self.pace = door, gate, limits.Pace(limits.A_SECOND)


class Nothing(tornado.web.RequestHandler):
    """What everybody gets who may not in: 404 without a word, and the end."""

    let_in = False  # so far

    def set_default_headers(self) -> None:
        """Those of the door."""
        self.clear_header("Server")
        for name, value in HEADERS.items():
            self.set_header(name, value)

    async def prepare(self) -> None:
        """Refuses."""
        await self.refuse()

    async def refuse(self) -> None:
        """Answers 404, and ends the connection once that is sent."""
        self.set_status(404)
        self.clear_header("Content-Type")
        await self.finish()
        if self.request.connection is not None:
            self.request.connection.stream.close()  # type: ignore[attr-defined] # as every connection of a server has

    def write_error(self, status_code: int, **_: Any) -> None:
        """No word of what went wrong, and to who was not let in not even that something did."""
        if not self.let_in:
            self.set_status(404)
            self.clear_header("Content-Type")
        self.finish()

    def log_exception(self, kind: Any, error: Any, trace: Any) -> None:
        """A line, without the address that was asked for, which may hold the token."""
        if not isinstance(error, tornado.web.HTTPError):
            LOG.error("an answer failed: %s", where(error))


class Guarded(Nothing):
    """Answers those who have the token or its cookie, under a name that is ours; what changes something, to our pages.

    Attributes:
        changes: whether asking for it with GET changes something, as a web socket does.
    """

    changes = False

    def initialize(self, entrance: Entrance, **_: Any) -> None:
        """Takes where it is."""
        self._entrance = entrance

    def given(self) -> dict[str, list[str]]:
        """The words of the address; Tornado's own take signs away that a name may have."""
        return parse_qs(self.request.query, keep_blank_values=True)

    async def prepare(self) -> None:
        """Lets in, sends to the address without the token, or refuses."""
        request, door = self.request, self._entrance.door
        if not door.knows(request.host):
            LOG.warning("not answered: the page was asked for under the name %r, which is not ours", request.host[:60])
            return await self.refuse()
        self.set_header("Content-Security-Policy", headers(request.host)["Content-Security-Policy"])
        if (self.changes or request.method not in ("GET", "HEAD")) and not door.is_ours(
            request.headers.get("Origin"), request.host
        ):
            return await self.refuse()
        token = b"".join(request.query_arguments.get("token", [])[-1:]).decode(errors="replace")
        elsewhere = comes_from_elsewhere(request) and not self.changes
        if not (door.opens(token) or door.has_cookie(request)):
            return self._ask_again() if elsewhere and not token else await self.refuse()
        self.let_in = True
        if request.connection is not None:
            self._entrance.gate.know(request.connection.stream, stays=self.changes)  # type: ignore[attr-defined]
        if (wait := self._entrance.pace.take(1, time.monotonic())) > 0:
            await asyncio.sleep(wait)
        if token:
            self._without_token(token, elsewhere=elsewhere)

    def _without_token(self, token: str, *, elsewhere: bool) -> None:
        """The token becomes a cookie; the address that stays has none."""
        if self._entrance.door.opens(token):
            name, value = self._entrance.door.cookie(self.request.host)
            self.set_cookie(name, value, httponly=True, samesite="Strict", secure=self._entrance.door.secure)
        if elsewhere:
            self._ask_again()
        else:
            self.redirect(without_token(self.request.uri or "/"), status=303)

    def _ask_again(self) -> None:
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(asking_again(without_token(self.request.uri or "/")))
