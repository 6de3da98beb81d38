"""Requests and messages made by chance: what may be answered is said here once more, and nothing else is."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from viewer.surfaces.web.files import CLIENT, NOWHERE

from ..conftest import Effort
from ..viewer.surfaces.conftest import PATIENCE, recorded
from ..viewer.surfaces.web.conftest import Server
from ..viewer.surfaces.web.raw import Page
from .conftest import Figures

AT_ONCE = 16  # requests
PATHS = [
    "/", "/", "/run/latest", "/compare", "/samples/a", "/socket", "/client/main.js", "/client/style.css", "/nosuch",
    "*",
    "/look/x", "/download/dashboard", "/client/../server.py", "/client/..%2f..%2fserver.py",
    "/%2e%2e/%2e%2e/etc/passwd",
    "//evil.example/", "/\\evil.example/", "http://evil.example/", "/run/" + "a" * 9000, "/client/%00", "/%ff",
    "/run/%ff",
    "/client/main.js/", "/CLIENT/main.js", "/static/..%5c..%5cserver.py", "/run/%0d%0aSet-Cookie:%20a=b", "",
    "/client/.",
]  # fmt: skip
METHODS = ["GET"] * 8 + ["HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get", "\x16\x03"]
EVIL = ["evil.example", "127.0.0.1.evil.example", "10.0.0.1", "a@127.0.0.1", "", "127.0.0.1:x", "[::1", "localhost."]
JUNK = [
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(90), b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\r\n\r\n",
    b"GET /\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n", b"\x00" * 5000, b"GET / HTTP/1.1\r\nHost\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 9000,
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n folded: x\r\n\r\n",
]  # fmt: skip


@dataclass
class Request:
    """What is sent, and what may be answered to it: `in_`, or a page that asks again, or nothing."""

    data: bytes
    in_: bool = False
    again: bool = False


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of a folder with two runs."""
    folder = tmp_path_factory.mktemp("strangers")
    for name in ("a", "b"):
        recorded(folder, epochs=3, name=name)
    started = Server("watch", str(folder), "--web", STRANGER_SECONDS=3, IDLE_SECONDS=3)
    yield started
    started.stop()


def request(chance: random.Random, server: Server) -> Request:
    """Any request: token, cookie, host and origin right or wrong, in any spelling that somebody may try."""
    if chance.random() < 0.1:
        return Request(chance.choice(JUNK))
    pick, token, port = chance.choice, server.token, str(server.port)
    host, ours = pick(
        [(f"127.0.0.1:{port}", True)] * 4 + [("localhost:9000", True), ("[::1]", True)] * 2 + [(pick(EVIL), False)]
    )
    tokens = pick(
        [[], [], [token], [token], ["wrong"], [""], [token[:-1]], [token.swapcase()], ["x", token], [token, "x"]]
    )
    end = host.rpartition(":")[2]
    name, value = f"epochreel-{end if end.isdigit() else 'default'}", server.cookie.partition("=")[2]
    cookie, known = pick(
        [
            ("", False),
            ("", False),
            (f"{name}={value}", True),
            (f"a=b; {name}={value}", True),
            (f"{name}=x", False),
            (f"epochreel={value}", False),
            (f"epochreel-1={value}", False),
            (f"{name}={value}x", False),
            ("=;;", False),
        ]
    )
    origin, from_ours = pick([("", False), (f"http://{host}", True), ("http://evil.example", False), ("null", False)])
    method, path = pick(METHODS), pick(PATHS)
    elsewhere = chance.random() < 0.2
    query = "&".join(f"token={each}" for each in tokens)
    headers = [("Host", host), ("Cookie", cookie), ("Origin", origin), ("Connection", "close")]
    headers += [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate")] if elsewhere else []
    if twice := chance.random() < 0.05:
        headers.insert(pick([0, 1]), ("Host", "evil.example"))
    if path == "/socket":
        headers += [("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", "a" * 22 + "==")]
        headers[3 if not twice else 4] = ("Connection", "Upgrade")
    if method not in ("GET", "HEAD") and chance.random() < 0.5:
        headers.append(
            pick([("Content-Length", "999999999"), ("Transfer-Encoding", "chunked"), ("Content-Length", "-1")])
        )
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers if value or name == "Host")
    data = f"{method} {path}{'?' if query else ''}{query} HTTP/1.1\r\n{lines}\r\n".encode("latin-1")
    shown = bool(tokens) and tokens[-1] == token
    may = ours and not twice and (from_ours or (method in ("GET", "HEAD") and path != "/socket"))
    return Request(data, may and (shown or known), may and elsewhere and not any(tokens) and not known)


async def heard(server: Server, sent: Request, chance: random.Random) -> bytes:
    """All that is answered; some send their request in pieces, and some half of it."""
    whole = sent.in_ or (sent.data not in JUNK and chance.random() < 0.9)
    data = sent.data if whole or sent.data in JUNK else sent.data[: len(sent.data) // 2]
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    found = b""
    with suppress(ConnectionError, TimeoutError):
        for start in range(0, len(data), size := chance.choice([len(data), 7000, 40])):
            writer.write(data[start : start + size])
            await writer.drain()
        waits = b"Content-Length" in data or b"chunked" in data  # for a body that never comes
        async with asyncio.timeout(PATIENCE if whole and not waits else 0.3):
            while b" 101 " not in found[:14] and (more := await reader.read(65_536)):
                found += more
    writer.close()
    return found


def judge(sent: Request, found: bytes, server: Server) -> int:
    """Raises where something was answered that must not be; the status, 0 where nothing was said."""
    head, _, body = found.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    said = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    status = int(lines[0].split()[1]) if found else 0
    case = f"{sent.data[:300]!r} was answered {found[:400]!r}"
    assert server.token.encode() not in found, case
    assert "server" not in said, case
    assert said.get("location", "/").startswith("/"), case
    assert not said.get("location", "/").startswith(("//", "/\\")), case
    if sent.in_:
        assert status in (0, 101, 200, 303, 400, 403, 404, 405, 426), case
        files = [path.read_bytes() for path in CLIENT.iterdir()]
        assert body in (b"", NOWHERE.encode(), *files) or b"http-equiv" in body or len(body) < 200, case
    elif sent.again and status == 200:
        assert b'http-equiv="refresh" content="0;url=/' in body or not body, case
        assert "set-cookie" not in said, case
    else:
        assert status in (0, 400, 404), case
        assert (body, "set-cookie" in said) == (b"", False), case
    return status


def test_requests_made_by_chance(server: Server, effort: Effort, figures: Figures) -> None:
    """Only who has token or cookie, under our name and from our page, is answered; others get 404 or 400, no byte."""
    chance, count = random.Random(effort(1, 7)), effort(150, 20_000)
    server.lines(), server.cookie
    held, files = server.memory, len(list(Path(f"/proc/{server.process.pid}/fd").iterdir()))

    async def all_of_them() -> list[int]:
        statuses = []
        for start in range(0, count, AT_ONCE):
            several = [request(chance, server) for _ in range(min(AT_ONCE, count - start))]
            answers = await asyncio.gather(*(heard(server, sent, chance) for sent in several))
            statuses += [judge(sent, found, server) for sent, found in zip(several, answers, strict=True)]
        return statuses

    statuses = asyncio.run(all_of_them())
    assert {0, 200, 303, 404} <= set(statuses)
    said = server.lines()
    assert server.token not in "".join(said)
    assert len(said) <= 10 * (1 + count // 500)
    assert server.memory - held < 60e6
    assert len(list(Path(f"/proc/{server.process.pid}/fd").iterdir())) < files + 2 * AT_ONCE
    figures(requests=count, answered=sum(status in (101, 200, 303) for status in statuses), lines=len(said))


PLAIN: list[dict[str, Any]] = [
    {"type": "turn", "position": 1, "threshold": 0.3, "theme": "dark", "label": 1, "band": 0.9, "speed": 5,
    "live": False},
    {"type": "turn", "epoch": 2, "split": "val", "output": "", "layout": "curves / pr roc", "metrics": "f1, mcc@0.3"},
    {"type": "turn", "best": "f1", "sample": [3, 0], "log": True, "playing": False},
    {"type": "sizes", "ratio": 1, "panels": [[300, 200], None, [100, 100]]},
    {"type": "pointer", "panel": 0, "x": 0.5, "y": 0.5, "what": "press"},
    {"type": "zoom", "panel": 0, "box": [0.1, 0.1, 0.9, 0.9]},
    {"type": "key", "key": "right"},
    {"type": "ack"},
    {"type": "ask", "columns": ["run", "f1"], "where": "f1 > 0.1", "sort": "f1", "group": "name", "first": 0,
    "last": 9},
    {"type": "look", "which": "flipped", "split": "val", "label": 1, "epoch": 1, "sample": [1, 0], "first": 0,
    "last": 9},
    {"type": "compare", "at": ["1", "best"], "metrics": "f1", "baseline": "a", "align": "time", "split": "val"},
]  # fmt: skip
OPENED = [("dashboard", ["a"]), ("dashboard", []), ("runs", []), ("compare", ["a", "b"]), ("samples", ["a"])]
ODD: list[Any] = [
    None, True, -1, 0, 1, 10**9, 2**63, 10**400, 0.5, -1e308, float("nan"), float("inf"), "", "x", "NaN", "__class__",
    "receive", "close", "_store", "../../etc/passwd", "/etc/passwd", "\0", "\ud800", "\x1b[2J", "a" * 1999, "(" * 600,
    "tp**tp**tp", "f1@1e999", "f1@nan", "((tp))" * 90, "curves:" * 200, "curves:nothing / surface:x", "$x^{2$", "@",
    "`",
    "f1 > ", "a" * 5000, [], {}, [[]], [None], [1, 2], [10**9] * 2, [[1e9, 1e9]] * 24, [[1e9, 1e9]] * 999,
    {"type": "ack"},
    ["a"] * 64, ["latest", "a"], "latest", "best", "config.x", "last(f1)", "max(f1@0.2)", "val", "train", "a.b.c.d",
]  # fmt: skip
DEEP = "[" * 20_000


def message(chance: random.Random) -> str:
    """A message with a field that is odd, missing or too much, with another type, cut, or deep."""
    words = dict(chance.choice(PLAIN))
    for _ in range(chance.choice([0, 1, 1, 1, 2, 3])):
        how, field = chance.random(), chance.choice([name for name in words if name != "type"] or ["type"])
        if how < 0.75:
            words[field] = chance.choice(ODD)
        elif how < 0.85:
            words.pop(field, None)
        elif how < 0.95:
            words[chance.choice(["nothing", "__init__", "view", "epoch", "panels"])] = chance.choice(ODD)
        else:
            words["type"] = chance.choice(ODD)
    text = json.dumps(words)
    if chance.random() < 0.05:
        text = chance.choice([text[: len(text) // 2], text + text, text.replace("0", DEEP), "\ufeff" + text, text[1:]])
    return text[:60_000]


def shown(words: dict[str, Any]) -> int | None:
    """The epoch of a dashboard; None of other views."""
    found = words.get("epochs")
    return found.get("epoch") if isinstance(found, dict) else None


def test_messages_made_by_chance(server: Server, effort: Effort, figures: Figures) -> None:
    """With the token: whatever a page says, it costs nobody a picture, not even that page, and no line in the log."""
    chance, rounds, each = random.Random(effort(1, 3)), effort(5, 1000), 40
    server.lines()

    async def one(kind: tuple[str, list[str]], steps: list[str]) -> None:
        async with Page(server, view="runs") as page:
            page.say("open", view=kind[0], runs=kind[1])
            page.fit()
            for text in steps:
                page.say_raw(text)
            page.say("open", view="dashboard", runs=["a"], at={"position": 0})
            page.fit()
            for position in (0, 2):
                page.say("turn", position=position)
                await page.until(lambda words, at=position: shown(words) == at)
            page.fit(350, 250)
            while await page.picture() != [350, 250]:
                pass

    async def all_of_them() -> None:
        for number in range(rounds):
            steps = [message(chance) for _ in range(each)]
            try:
                await one(OPENED[number % len(OPENED)], steps)
            except AssertionError as error:
                raise AssertionError(f"{error}, {server.lines()}: {OPENED[number % len(OPENED)]}: {steps}") from error

    asyncio.run(all_of_them())
    assert server.lines() == []
    assert server.process.poll() is None
    assert server.memory < 6e8
    figures(messages=rounds * each, visits_that_failed=0, MB=round(server.memory / 1e6))
