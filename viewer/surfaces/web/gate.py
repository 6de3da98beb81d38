"""Takes connections in: no more of them than the process can hold, none for ever, and those it knows first."""

from __future__ import annotations

import logging
import socket
import ssl
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from tornado.ioloop import IOLoop
from tornado.iostream import IOStream, SSLIOStream

from . import limits

LOG = logging.getLogger(__package__)
AT_ONCE = 8  # connections that are taken before others have their turn
REST = 0.25  # seconds until the next try, where the system gives no connection


@dataclass(slots=True)
class Guest:
    """A connection.

    Args:
        since: seconds of the clock at which it came.
        known: whether it has shown token or cookie.
        stays: whether it is the web socket of a page, which has a patience of its own.
    """

    since: float
    known: bool = False
    stays: bool = False

    @property
    def seconds(self) -> float:
        """How long it may be here."""
        return float("inf") if self.stays else limits.REQUEST_SECONDS if self.known else limits.STRANGER_SECONDS


class Gate:
    """Accepts connections and closes those that are too many or too old.

    Args:
        sockets: that listen.
        welcome: takes each stream, and the address of its other end.
        tls: where connections are encrypted.
    """

    def __init__(
        self,
        sockets: Iterable[socket.socket],
        welcome: Callable[[IOStream, Any], None],
        *,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._sockets, self._welcome, self._tls = list(sockets), welcome, tls
        self._guests: dict[IOStream, Guest] = {}  # oldest first
        self._most, self._pace = limits.most_connections(), limits.Pace(limits.A_SECOND)
        self._strangers = min(limits.STRANGERS, self._most // 2)
        self._loop: Any = None

    def open(self) -> None:
        """Begins; in the loop that it will be part of."""
        self._loop = IOLoop.current()
        for listening in self._sockets:
            self._loop.add_handler(listening, self._accept, IOLoop.READ)

    def close(self) -> None:
        """Takes no more, and ends what is there."""
        for listening in self._sockets:
            self._loop.remove_handler(listening)
            listening.close()
        for stream in list(self._guests):
            stream.close()
        self._loop = None

    def know(self, stream: IOStream, *, stays: bool = False) -> None:
        """A connection has shown that it may be here."""
        if (guest := self._guests.get(stream)) is not None:
            guest.known, guest.stays = True, guest.stays or stays

    def sweep(self, now: float) -> None:
        """Closes what has been here too long."""
        for stream, guest in list(self._guests.items()):
            if not stream.closed() and now - guest.since > guest.seconds:
                stream.close()
            if stream.closed():
                del self._guests[stream]

    def _accept(self, listening: socket.socket, _: int) -> None:
        for _ in range(AT_ONCE):
            try:
                connection, address = listening.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            except OSError as error:  # such as no file left to open
                LOG.error("no connection can be taken for now: %s", error.strerror)
                self._make_room(0)
                self._rest(listening, REST)
                return
            self._take(connection, address)
            pause = self._pace.take(1, time.monotonic())
            if pause > 0:
                self._rest(listening, pause)
                return

    def _rest(self, listening: socket.socket, seconds: float) -> None:
        """Leaves what comes to the system for a moment."""
        self._loop.remove_handler(listening)
        self._loop.call_later(seconds, self._resume, listening)

    def _resume(self, listening: socket.socket) -> None:
        if self._loop is not None:
            self._loop.add_handler(listening, self._accept, IOLoop.READ)

    def _take(self, connection: socket.socket, address: Any) -> None:
        connection.setblocking(False)
        try:
            if self._tls is None:
                stream = IOStream(connection, max_buffer_size=limits.BUFFER_BYTES)
            else:
                wrapped = self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
                stream = SSLIOStream(wrapped, max_buffer_size=limits.BUFFER_BYTES)
        except OSError:  # it has gone already
            connection.close()
            return
        if not self._make_room(1):
            stream.close()
            return
        self._guests[stream] = Guest(time.monotonic())
        self._welcome(stream, address)

    def _make_room(self, coming: int) -> bool:
        """Closes the oldest of those that are too many; False where all are pages, and none can come."""
        self.sweep(time.monotonic())
        strangers = [stream for stream, guest in self._guests.items() if not guest.known]
        passing = strangers + [stream for stream, guest in self._guests.items() if guest.known and not guest.stays]
        many = max(
            len(strangers) + coming - self._strangers, len(self._guests) + coming - self._most, 0 if coming else 1
        )
        for stream in passing[: max(many, 0)]:
            stream.close()
            del self._guests[stream]
        return len(self._guests) + coming <= self._most
