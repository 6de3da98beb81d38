"""The server as a process: who may in, and how it ends."""

from __future__ import annotations

import signal
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from ..conftest import PATIENCE, recorded
from .conftest import Server


def test_a_wrong_token_gets_nothing(tmp_path: Path, serve: Callable[..., Server]) -> None:
    """Without the token, or with a wrong one, every address answers 404 and not a byte."""
    recorded(tmp_path, epochs=2)
    server = serve("watch", str(tmp_path), "--web", "--layout", "curves")
    for path in ("/", "/?token=wrong", "/run/latest", "/client/main.js", "/client/nothing.js", "/socket", "/wrong"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(server.root + path)
        assert (refused.value.code, refused.value.read()) == (404, b"")
    with urllib.request.urlopen(server.url) as page:
        assert b"epochreel" in page.read()
        assert "HttpOnly" in page.headers["Set-Cookie"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly(tmp_path: Path, serve: Callable[..., Server], number: int) -> None:
    """Ctrl-C and a polite kill end the server with code 0 and no traceback."""
    recorded(tmp_path, epochs=2)
    server = serve("watch", str(tmp_path), "--web", "--layout", "curves")
    server.process.send_signal(number)
    assert server.process.wait(timeout=PATIENCE) == 0
    assert not any("Traceback" in server.said.get() for _ in range(server.said.qsize()))
