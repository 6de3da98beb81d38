"""A real server of S3 on this machine, and a link to it that is slow, or cut."""

from __future__ import annotations

import os
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

KEYS = {
    "AWS_ACCESS_KEY_ID": "AKIA-the-key-of-a-test",
    "AWS_SECRET_ACCESS_KEY": "the-secret-of-a-test",
    "AWS_DEFAULT_REGION": "us-east-1",
}
PATIENCE = 60  # seconds for a server to answer


def free_port() -> int:
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def server(port: int, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
    """Moto's server in a process of its own; what it holds goes with it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        env=os.environ | variables,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        end = time.monotonic() + PATIENCE
        while True:
            try:
                urlopen(f"http://127.0.0.1:{port}/moto-api/", timeout=PATIENCE).close()
                break
            except (URLError, OSError):
                assert process.poll() is None, "moto's server has ended"
                assert time.monotonic() < end, "moto's server does not answer"
                select.select([], [], [], 0.05)
        yield process
    finally:
        process.kill()
        process.wait()


def environment(port: int, room: Path) -> dict[str, str]:
    """What a process needs that records to, or reads from, such a server."""
    return KEYS | {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_EC2_METADATA_DISABLED": "true",
        "EPOCHREEL_SPOOL": str(room / "spool"),
        "EPOCHREEL_CACHE": str(room / "cache"),
    }


def make_bucket(port: int, name: str = "bucket") -> None:
    """By the interface itself: no client keeps anything."""
    import urllib.request

    asked = urllib.request.Request(f"http://127.0.0.1:{port}/{name}", method="PUT")
    asked.add_header("Authorization", f"AWS4-HMAC-SHA256 Credential={KEYS['AWS_ACCESS_KEY_ID']}/x/us-east-1/s3/aws4")
    urlopen(asked, timeout=PATIENCE).close()


class Link:
    """A link to a server of this machine: each piece is late, and each connection is cut after so many bytes.

    Args:
        port: of the server.
        delay: seconds for each piece of 16 KiB.
        most: bytes of a connection; None for any number.
    """

    def __init__(self, port: int, *, delay: float = 0.0, most: int | None = None) -> None:
        self._server, self.delay, self.most = port, delay, most
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.cuts = 0
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def __enter__(self) -> Link:
        return self

    def __exit__(self, *_: Any) -> None:
        self._closing.set()
        self._listening.close()
        self._thread.join(PATIENCE)

    def _accept(self) -> None:
        while not self._closing.is_set():
            if select.select([self._listening], [], [], 0.1)[0]:
                with suppress(OSError):
                    client, _ = self._listening.accept()
                    threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        carried = 0
        with suppress(OSError), closing(client), closing(socket.create_connection(("127.0.0.1", self._server))) as far:
            to = {client: far, far: client}
            while not self._closing.is_set():
                for one in select.select(list(to), [], [], 0.1)[0]:
                    data = one.recv(16_384)
                    if not data:
                        return
                    self._closing.wait(self.delay)
                    carried += len(data)
                    if self.most is not None and carried > self.most:
                        self.cuts += 1
                        return
                    to[one].sendall(data)
