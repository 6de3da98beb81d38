"""The server as a process: how it ends."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from ..conftest import PATIENCE, recorded
from .conftest import Server

ROOT = Path(__file__).parents[4]
WINDOWS = f"import sys; sys.path.append({str(ROOT)!r}); from tests import windows; windows.install()\n"


@pytest.mark.parametrize(
    ("number", "system"),
    [(signal.SIGINT, ""), (signal.SIGTERM, ""), (signal.SIGINT, WINDOWS)],
    ids=["interrupted", "ended", "interrupted on Windows"],
)
def test_it_ends_cleanly(tmp_path: Path, serve: Callable[..., Server], number: int, system: str) -> None:
    """Ctrl-C and a polite kill end the server with code 0 and no traceback; so on Windows, as far as it is had here."""
    recorded(tmp_path, epochs=2)
    server = serve("watch", str(tmp_path), "--web", "--layout", "curves", first=system)
    server.process.send_signal(number)
    assert server.process.wait(timeout=PATIENCE) == 0
    assert not any("Traceback" in server.said.get() for _ in range(server.said.qsize()))
