"""Strangers and bad guests at a real server: they are told nothing, nothing grows, and a good page goes on."""

from __future__ import annotations

import asyncio
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, suppress
from http.client import HTTPSConnection
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest

from viewer.surfaces.web.door import Door, without_token
from viewer.surfaces.web.files import NOWHERE

from ..conftest import PATIENCE, recorded
from .conftest import Server
from .raw import Page, answer, ask, frame, knock, upgrade, websocket

LAYOUT = "curves scores / curves:loss matrix"
PLENTY = 60_000_000  # bytes that a process may grow by what guests do, its own work included
TRAVERSALS = [
    "/client/../server.py", "/client/..%2fserver.py", "/client/%2e%2e/server.py", "/client//etc/passwd",
    "/client/%2fetc%2fpasswd", "/client/..\\server.py", "/../../etc/passwd", "/client/main.js%00.css", "/client/.",
    "//etc/passwd", "/static/../server.py",
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run."""
    return recorded(tmp_path_factory.mktemp("door"), epochs=3).folder


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    """A server that is asked nothing that stays."""
    started = Server("replay", str(folder), "--web", "--layout", LAYOUT)
    yield started
    started.stop()


@pytest.fixture(scope="module")
def strict(folder: Path) -> Iterator[Server]:
    """A server with little patience, for eight pages."""
    limits = {"TABS": 8, "PATIENCE": 3.0, "PING": 3.0, "STRANGER_SECONDS": 0.5}
    started = Server("replay", str(folder), "--web", "--layout", LAYOUT, **limits)
    yield started
    started.stop()


def beside(server: Server, attack: Callable[[], Awaitable[Any]]) -> Any:
    """What an attack gives, while a good page beside it goes from epoch to epoch; and how much the process grew."""

    async def both() -> tuple[Any, int]:
        async with Page(server) as page:
            page.fit()
            await page.picture()
            held, task, epoch = server.memory, asyncio.ensure_future(attack()), 2
            while not task.done():
                epoch = (epoch + 1) % 3
                page.say("turn", position=epoch)
                await page.until(lambda words, epoch=epoch: words["epochs"]["epoch"] == epoch)
            return await task, server.memory - held

    given, grew = asyncio.run(both())
    assert grew < PLENTY
    assert server.process.poll() is None
    return given


@pytest.mark.parametrize(
    "asked",
    [
        {"path": "/"}, {"path": "/?token=wrong"}, {"path": "/?token="}, {"path": "/?token=%ff%00"},
        {"path": "/run/latest"}, {"path": "/client/main.js"}, {"path": "/client/nothing.js"}, {"path": "/nothing"},
        {"path": "/socket"}, {"path": "/", "Cookie": "epochreel-80=1"}, {"path": "/", "Cookie": ";;=;"},
        {"path": "/", "method": "POST"}, {"path": "/", "method": "DELETE"},
        {"path": "/", "Cookie": "OURS", "Host": "evil.example"}, {"path": "/?token=OURS", "Host": "evil.example"},
        {"path": "/?token=OURS", "Host": "127.0.0.1.evil.example"}, {"path": "/?token=OURS", "Host": "10.0.0.1"},
        {"path": "/?token=OURS", "Host": "a@127.0.0.1"}, {"path": "/?token=OURS", "Host": "127.0.0.1:x"},
        {"path": "/", "method": "POST", "Cookie": "OURS", "Origin": "http://evil.example"},
        {"path": "/", "method": "POST", "Cookie": "OURS"},
    ],
    ids=str,
)  # fmt: skip
def test_a_stranger_gets_nothing(server: Server, asked: dict[str, str]) -> None:
    """Without the token, or its cookie, or under a name that is not ours: 404, not a byte, and the connection ends."""
    given = {k: v.replace("OURS", server.cookie if k == "Cookie" else server.token) for k, v in asked.items()}
    with knock(server) as connection:
        headers = {"Host": f"127.0.0.1:{server.port}"} | {k: v for k, v in given.items() if k[0].isupper()}
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        connection.sendall(f"{given.get('method', 'GET')} {given['path']} HTTP/1.1\r\n{lines}\r\n".encode())
        status, said, body = answer(connection)
        assert status in (404, 400)  # the second for what is no request at all
        assert (body, "set-cookie" in said, "server" in said) == (b"", False, False)
        assert connection.recv(1) == b""


@pytest.mark.parametrize("path", TRAVERSALS)
def test_no_path_leads_out_of_the_page(server: Server, path: str) -> None:
    """Whoever has the cookie gets the files of the page, and no other by any spelling."""
    status, _, body = ask(server, path, Cookie=server.cookie)
    assert status == 404
    assert body in (b"", NOWHERE.encode())


def test_an_address_that_is_none_leads_to_the_runs(server: Server) -> None:
    """Who may in is told so, with a link and nothing of what was asked; a stranger gets nothing."""
    status, said, body = ask(server, "/nosuch/%3Cscript%3E", Cookie=server.cookie)
    assert (status, body) == (404, NOWHERE.encode())
    assert b'href="/"' in body
    assert "default-src 'none'" in said["content-security-policy"]
    assert ask(server, "/nosuch/thing")[2] == b""
    assert ask(server, "/nosuch/thing", "POST", Cookie=server.cookie, Origin=server.root)[::2] == (405, b"")


def test_the_token_becomes_a_cookie_and_leaves_the_address(server: Server) -> None:
    """Each time it is brought: to the same view without it, and a cookie that no script and no other site sees."""
    for _ in range(2):
        status, said, _ = ask(server, f"/run/latest?epoch=1&token={server.token}&layout=curves+%2F+pr")
        assert (status, said["location"]) == (303, "/run/latest?epoch=1&layout=curves+%2F+pr")
        (name, cookie), *more = SimpleCookie(said["set-cookie"]).items()
        assert (name, more) == (f"epochreel-{server.port}", [])
        assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", "/")
        assert server.token not in str(said)
    status, said, body = ask(server, "/run/latest?epoch=1", Cookie=server.cookie)
    assert (status, b"epochreel" in body) == (200, True)
    assert "default-src 'none'" in said["content-security-policy"]
    assert "unsafe" not in said["content-security-policy"]
    wanted = {"x-content-type-options": "nosniff", "x-frame-options": "DENY", "referrer-policy": "no-referrer"}
    assert wanted.items() <= said.items()


def test_the_token_stands_in_no_list_of_processes_and_no_log(server: Server) -> None:
    """Neither arguments nor environment of the process and its children have it, nor what it said but the address."""
    ask(server, f"/?token={server.token}", Host="evil.example")
    ask(server, f"/nothing/{server.token}")
    asked = (
        f"GET /download/dashboard?kind=png HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nCookie: {server.cookie}\r\n\r\n"
    )
    with knock(server) as connection:
        connection.sendall(asked.encode())
        while not (children := children_of(server.process.pid)):
            pass
        for pid in (server.process.pid, *children):
            for name in ("cmdline", "environ"):
                assert server.token.encode() not in (Path("/proc") / str(pid) / name).read_bytes()
        assert answer(connection)[0] == 200
    assert server.token not in "".join(server.lines())


def children_of(pid: int) -> list[int]:
    """The processes that a process has started, and theirs."""
    own = [
        int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()
    ]
    return own + [deeper for child in own for deeper in children_of(child)]


@pytest.mark.parametrize(
    "changed",
    [
        {"Cookie": None}, {"Cookie": "epochreel=1"}, {"Origin": None}, {"Origin": "null"},
        {"Origin": "http://evil.example"}, {"Origin": "http://127.0.0.1:1"}, {"Host": "evil.example"},
        {"Host": "evil.example", "Origin": "http://evil.example"},
    ],
    ids=str,
)  # fmt: skip
def test_a_socket_is_opened_by_our_own_page_alone(server: Server, changed: dict[str, str | None]) -> None:
    """Not without the cookie, not from another origin or none, not under another name."""
    with knock(server) as connection:
        connection.sendall(upgrade(server, **changed))
        assert answer(connection)[0] == 404


def test_a_forwarded_port_is_as_good(server: Server) -> None:
    """Through `ssh -L 9000:127.0.0.1:PORT` Host, Origin and the name of the cookie have another port."""
    _, said, _ = ask(server, f"/?token={server.token}", Host="localhost:9000")
    cookie = said["set-cookie"].partition(";")[0]
    assert cookie.startswith("epochreel-9000=")
    with knock(server) as connection:
        connection.sendall(upgrade(server, Host="localhost:9000", Origin="http://localhost:9000", Cookie=cookie))
        assert answer(connection)[0] == 101


@pytest.mark.parametrize(
    ("address", "host", "known"),
    [
        ("127.0.0.1", "localhost:1", True), ("127.0.0.1", "LOCALHOST", True), ("127.0.0.1", "[::1]:8", True),
        ("127.0.0.1", socket.gethostname(), socket.gethostname() == "localhost"), ("127.0.0.1", "192.168.1.5", False),
        ("0.0.0.0", "192.168.1.5:8", True), ("0.0.0.0", f"{socket.gethostname()}:8", True), ("::", "[fe80::1]", True),
        ("0.0.0.0", "evil.example", False), ("gpu7.example", "gpu7.example:8", True), ("gpu7.example", "x", False),
        ("0.0.0.0", "", False), ("0.0.0.0", "a b", False), ("0.0.0.0", "127.0.0.1/x", False), ("0.0.0.0", "[", False),
    ],
)  # fmt: skip
def test_which_names_are_ours(address: str, host: str, known: bool) -> None:
    """Those of this machine alone; where others may come, its names and any number, which no DNS can lead here."""
    assert Door(address).knows(host) is known


@pytest.mark.parametrize(
    ("uri", "left"),
    [
        ("/?token=x", "/"), ("/run/a%20b?a=1&token=x&b=", "/run/a%20b?a=1&b="), ("/?token=x&token=y", "/"), ("/", "/"),
        ("//evil.example/?token=x", "/evil.example/"), ("/\\evil.example/", "/evil.example/"),
        ("http://evil.example/?token=x", "/http://evil.example/"),
    ],
)  # fmt: skip
def test_an_address_without_its_token(uri: str, left: str) -> None:
    """The rest of it stays as it was, and leads to no other server."""
    assert without_token(uri) == left


def test_a_link_on_another_site_opens_the_page(server: Server) -> None:
    """Its first request brings no strict cookie; it gets a page without content that asks again, once."""
    led = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate"}
    status, said, body = ask(server, "/run/a%22%3E%3Cb%3E?epoch=1", **led)
    assert (status, b'content="0;url=/run/a%22%3E%3Cb%3E?epoch=1"' in body) == (200, True)
    assert "set-cookie" not in said
    status, said, body = ask(server, f"/run/latest?token={server.token}", **led)
    assert (status, b'content="0;url=/run/latest"' in body, "set-cookie" in said) == (200, True, True)
    assert ask(server, "/run/latest", Sec_Fetch_Site="same-origin", Sec_Fetch_Mode="navigate")[0] == 404
    assert ask(server, "/client/main.js", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="no-cors")[0] == 404


BAD_FRAMES = {
    "a hundred megabytes": frame(b"x" * 65536, length=100_000_000),
    "a message in a million parts": frame(b"x" * 100, final=False) + frame(b"x" * 100, opcode=0, final=False) * 1000,
    "an unknown kind": frame(b"x", opcode=7), "a control frame that is too long": frame(b"x" * 130, opcode=9),
    "no text": frame(b"\xff\xfe"), "a part of nothing": frame(b"x", opcode=0), "no frame": b"GET / HTTP/1.1\r\n\r\n",
    "pings": frame(b"", opcode=9) * 500, "pongs": frame(b"", opcode=10) * 500,
}  # fmt: skip


@pytest.mark.campaign
def test_a_socket_that_breaks_the_rules_is_closed(server: Server) -> None:
    """Whatever is too large, too often or malformed ends that connection, and no other."""

    def send(data: bytes) -> None:
        with knock(server) as connection:
            connection.sendall(upgrade(server))
            assert answer(connection)[0] == 101
            try:
                connection.sendall(data)
                while connection.recv(65536):
                    pass
            except ConnectionError:
                pass

    async def attack() -> None:
        for data in BAD_FRAMES.values():
            await asyncio.to_thread(send, data)

    beside(server, attack)


@pytest.mark.campaign
def test_a_flood_of_events_slows_who_sends_it(server: Server) -> None:
    """A page is heard 500 times a second; what it says beyond waits in its own connection, and others are served."""

    async def attack() -> None:
        async with Page(server) as flood:
            flood.fit()
            await flood.picture()
            for step in range(2500):
                flood.say("pointer", panel=step % 4, x=step % 100 / 100, y=0.5, what="over")
            flood.say("turn", position=2)
            await flood.until(lambda words: words["epochs"]["epoch"] == 2)

    began = time.monotonic()
    beside(server, attack)
    assert time.monotonic() - began > 2  # 1,000 at once, then 500 a second


@pytest.mark.campaign
def test_half_sent_requests_keep_nobody_out(folder: Path, serve: Callable[..., Server]) -> None:
    """400 of them with 256 files to open: good pages still come in, memory stays, and the log has hardly a line."""
    server = serve("replay", str(folder), "--web", "--layout", LAYOUT, "--address", "0.0.0.0", files=256)
    assert "other machines reach this page" in server.reach
    assert "--certificate" in server.reach
    server.lines()

    async def attack() -> None:
        held = []
        for number in range(400):
            connection = socket.socket()
            connection.setblocking(False)
            await asyncio.get_running_loop().sock_connect(connection, ("127.0.0.1", server.port))
            connection.send(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"x" * number)
            held.append(connection)
            if number % 200 == 199:
                async with Page(server) as late:
                    late.fit()
                    await late.picture()
        for connection in held:
            connection.close()

    beside(server, attack)
    assert len(server.lines()) <= 1


def test_who_sends_too_slowly_is_closed(strict: Server) -> None:
    """A stranger's connection ends after its time, whether it says nothing or a letter now and then."""
    with knock(strict) as silent, knock(strict) as slow:
        slow.settimeout(0.05)
        while not ended(slow):
            pass
        assert silent.recv(1) == b""


def ended(connection: socket.socket) -> bool:
    """Says a letter; whether the other end has closed."""
    try:
        connection.sendall(b"G")
        return connection.recv(1) == b""
    except TimeoutError:
        return False
    except ConnectionError:
        return True


def test_there_are_so_many_pages_and_no_more(strict: Server) -> None:
    """Those that come after the limit are told to come later, and those that were there stay."""

    async def attack() -> list[int]:
        async with AsyncExitStack() as stack:
            pages = [await stack.enter_async_context(Page(strict)) for _ in range(7)]
            stay = [asyncio.ensure_future(page.until(lambda words: words.get("threshold"))) for page in pages]
            late = [await stack.enter_async_context(Page(strict)) for _ in range(10)]
            codes = [await page.closed() for page in late]
            await asyncio.gather(*stay)
        return codes

    assert beside(strict, attack) == [1013] * 10


@pytest.mark.campaign
def test_only_acknowledgements_renew_patience(strict: Server) -> None:
    """Who answers pings, and talks, but has never shown a sheet, is closed; who has stays, though nothing is new."""

    async def deaf(*, talks: bool) -> int:
        async with Page(strict, acknowledges=False) as page:
            page.fit()
            await page.sheet()
            closed = asyncio.ensure_future(page.closed())
            while talks and not closed.done():
                with suppress(websocket.WebSocketClosedError):
                    page.say("turn", position=1)
                await asyncio.wait([closed], timeout=0.05)
            return await closed

    async def attack() -> list[int]:
        async with Page(strict) as idle:
            idle.fit()
            shown = asyncio.ensure_future(idle.until(lambda words: [350, 250] in sizes(words)))
            codes = await asyncio.gather(deaf(talks=False), deaf(talks=True))
            idle.fit(350, 250)
            await shown
        return codes

    assert beside(strict, attack) == [1013, 1013]


def sizes(words: dict[str, Any]) -> list[list[int]]:
    """Of the pictures of the last sheet."""
    return [patch["size"] for patch in words.get("patches", [])]


def test_a_fault_ends_one_visit_with_one_line(strict: Server) -> None:
    """Whose page is told, in the log as one line without a traceback, however often it comes in a minute."""
    strict.lines()

    async def attack() -> list[int]:
        codes = []
        for _ in range(5):
            async with Page(strict, view="nothing") as page:
                codes.append(await page.closed())
        return codes

    assert beside(strict, attack) == [1011] * 5
    (line,) = strict.lines()
    assert "one visit has ended: " in line
    assert "a view must be one of" in line


def test_a_certificate_encrypts_the_page(tmp_path: Path, folder: Path, serve: Callable[..., Server]) -> None:
    """The address is https, the cookie secure, and half a handshake is given up."""
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "2"]
    subprocess.run([*made, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    given = ["--certificate", str(certificate), "--key", str(key)]
    server = serve("replay", str(folder), "--web", "--layout", LAYOUT, *given, STRANGER_SECONDS=0.5)
    assert server.root == f"https://127.0.0.1:{server.port}"
    trusting = ssl.create_default_context(cafile=str(certificate))
    trusting.check_hostname = False
    asked = HTTPSConnection("127.0.0.1", server.port, timeout=PATIENCE, context=trusting)
    asked.request("GET", f"/?token={server.token}")
    answered = asked.getresponse()
    assert (answered.status, "Secure" in answered.headers["Set-Cookie"]) == (303, True)
    with knock(server) as half:
        half.sendall(b"\x16\x03\x01")
        assert half.recv(1) == b""


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--key", "x.pem"], "certificate and key must be given together. Received: x.pem"),
        (
            ["--key", "x.pem", "--certificate", "y.pem"],
            "must be PEM files that belong together. Received: y.pem, x.pem",
        ),
    ],
)
def test_a_certificate_that_cannot_be_used_is_said(folder: Path, words: list[str], sentence: str) -> None:
    """One of the two, or files that are not there: a sentence, and no page without encryption."""
    command = [sys.executable, "-m", "viewer", "replay", str(folder), "--web", *words]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert (ended.returncode, sentence in ended.stderr, "open http" in ended.stderr) == (2, True, False)
