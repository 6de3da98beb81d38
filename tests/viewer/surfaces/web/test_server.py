"""The server as a process: how it ends."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from ..conftest import PATIENCE, recorded
from .conftest import Server


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly(tmp_path: Path, serve: Callable[..., Server], number: int) -> None:
    """Ctrl-C and a polite kill end the server with code 0 and no traceback."""
    recorded(tmp_path, epochs=2)
    server = serve("watch", str(tmp_path), "--web", "--layout", "curves")
    server.process.send_signal(number)
    assert server.process.wait(timeout=PATIENCE) == 0
    assert not any("Traceback" in server.said.get() for _ in range(server.said.qsize()))
