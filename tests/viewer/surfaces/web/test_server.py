"""The server as a process: how it ends."""

from __future__ import annotations

import signal
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import later, later_rows

from ..conftest import PATIENCE, recorded
from .conftest import Server
from .raw import frame, knock, upgrade

ROOT = Path(__file__).parents[4]
WINDOWS = f"import sys; sys.path.append({str(ROOT)!r}); from tests import windows; windows.install()\n"


@pytest.mark.parametrize(
    ("number", "system"),
    [(signal.SIGINT, ""), *later_rows((signal.SIGTERM, ""), (signal.SIGINT, WINDOWS))],
    ids=["interrupted", "ended", "interrupted on Windows"],
)
def test_it_ends_cleanly(tmp_path: Path, serve: Callable[..., Server], number: int, system: str) -> None:
    """Ctrl-C and a polite kill end the server with code 0 and no traceback; so on Windows, as far as it is had here."""
    recorded(tmp_path, epochs=2)
    server = serve("watch", str(tmp_path), "--web", "--layout", "curves", first=system)
    server.process.send_signal(number)
    assert server.process.wait(timeout=PATIENCE) == 0
    assert not any("Traceback" in server.said.get() for _ in range(server.said.qsize()))


@pytest.mark.parametrize("answers", [True, *later(False)], ids=["it answers", "it is silent"])
def test_a_page_is_told_before_its_connection_goes(tmp_path: Path, serve: Callable[..., Server], answers: bool) -> None:
    """A viewer that ends says so and waits for the answer, or its words may be lost; not for ever, where none comes."""
    recorded(tmp_path, epochs=2)
    server = serve("watch", str(tmp_path), "--web", "--layout", "curves")
    with knock(server) as page:
        page.sendall(upgrade(server))
        assert b" 101 " in page.recv(65536)
        server.process.send_signal(signal.SIGTERM)
        heard = b""
        while not heard.endswith(struct.pack(">H", 1001) + b"the viewer has ended"):
            heard += page.recv(65536)
        page.settimeout(0.5)
        with pytest.raises(TimeoutError):
            page.recv(1)
        page.settimeout(PATIENCE)
        if answers:
            page.sendall(frame(struct.pack(">H", 1001), opcode=8))
        assert page.recv(1) == b""
    assert server.process.wait(timeout=PATIENCE) == 0
