"""The other end of the workshop: starts its process when there is a first order, and hands it one after the other."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import msgspec

from .orders import Order, Reply, receive, send

ENDED = "what was to be made took too much, and its process has ended"


class WorkshopProcess:
    """A process that does orders; `close` ends it, whatever it is at."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._asking = ThreadPoolExecutor(1, "epochreel-workshop")
        self._closed = False

    def ask(self, order: Order) -> Future[tuple[Reply, bytes]]:
        """What will come of an order: the reply, and the pixels of its picture, uint8 RGBA."""
        return self._asking.submit(self._ask, order)

    def kill(self) -> None:
        """Ends the process, without waiting; orders that wait come to nothing."""
        self._closed = True
        if self._process is not None:
            self._process.kill()

    def close(self) -> None:
        """Ends it, and waits until it has ended."""
        self.kill()
        process = self._process
        self._asking.shutdown(wait=True, cancel_futures=True)
        if process is not None:
            for pipe in (process.stdin, process.stdout):
                with suppress(OSError):
                    assert pipe is not None
                    pipe.close()
            process.wait()

    def _ask(self, order: Order) -> tuple[Reply, bytes]:
        if self._process is None or self._process.poll() is not None:
            self._process = self._started()
        to, of = self._process.stdin, self._process.stdout
        assert to is not None and of is not None  # noqa: PT018 - both are pipes
        try:
            send(to, order)  # type: ignore[arg-type] # buffered
            data = receive(of)  # type: ignore[arg-type]
        except OSError:
            data = None
        if data is None:
            return Reply(fault=ENDED), b""
        reply = msgspec.json.decode(data, type=Reply)
        return reply, of.read(4 * reply.size[0] * reply.size[1])

    def _started(self) -> subprocess.Popen[bytes]:
        if self._closed:
            raise OSError(ENDED)
        command = [sys.executable, "-P", "-m", f"{__package__}.workshop"]  # -P: nothing of the current folder
        options: dict[str, Any] = {"start_new_session": True}  # what interrupts the viewer is sent to its group
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **options)
