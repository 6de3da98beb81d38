"""Who may in: whoever has the token, which becomes a cookie and leaves the address; under a name that is ours."""

from __future__ import annotations

import hmac
import html
import secrets
import socket
from contextlib import suppress
from ipaddress import ip_address
from urllib.parse import parse_qsl, urlencode, urlsplit

from tornado.httputil import HTTPServerRequest

LOOPBACK = ("localhost", "127.0.0.1", "::1")
EVERYWHERE = ("", "0.0.0.0", "::")
# A link on another site brings no SameSite=Strict cookie, though the browser may have one. This page asks again, of its
# own accord, which does bring it. It says nothing of what is here.
AGAIN = '<!DOCTYPE html><html lang="en"><title>epochreel</title><meta http-equiv="refresh" content="0;url={}"></html>'
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
# Nothing but files of this page and its socket; no code and no style within HTML; none of its text is taken for HTML.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self' ws://{0} wss://{0}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)


class Door:
    """Knows the token of one server, the cookie that it becomes, and the names under which the server is asked.

    Args:
        address: that it listens on; other than one of this machine alone, its names and all numbers are ours as well.
        secure: whether it is asked through TLS.
    """

    def __init__(self, address: str, *, secure: bool = False) -> None:
        self.token = secrets.token_urlsafe(24)
        self.secure = secure
        self._cookie = secrets.token_urlsafe(24)
        self._here_only = is_loopback(address)
        own = () if self._here_only else (socket.gethostname(), socket.getfqdn())
        self._names = {name.lower() for name in (*LOOPBACK, address, *own) if name}

    def knows(self, host: str) -> bool:
        """Whether a `Host` is ours, at any port, as `ssh -L` may have another one.

        A name of somebody else's may be led here (DNS rebinding); a number cannot.
        """
        name = _name_of(host)
        return name is not None and (name in self._names or (not self._here_only and _is_number(name)))

    def is_ours(self, origin: str | None, host: str) -> bool:
        """Whether an `Origin` is that of a page from here."""
        parts = urlsplit(origin or "")
        return parts.scheme in ("http", "https") and parts.netloc.lower() == host.lower()

    def opens(self, token: str) -> bool:
        """Whether somebody brings the token."""
        return hmac.compare_digest(token.encode(), self.token.encode())

    def has_cookie(self, request: HTTPServerRequest) -> bool:
        """Whether somebody has been here before."""
        found = request.cookies.get(self.cookie_name(request.host))
        return found is not None and hmac.compare_digest(found.value.encode(), self._cookie.encode())

    def cookie(self, host: str) -> tuple[str, str]:
        """Name and value."""
        return self.cookie_name(host), self._cookie

    @staticmethod
    def cookie_name(host: str) -> str:
        """With the port that the browser sees: all ports of a host share their cookies."""
        port = host.rpartition(":")[2]
        return f"epochreel-{port if port.isdigit() else 'default'}"


def is_loopback(address: str) -> bool:
    """Whether only programs of this machine reach an address."""
    with suppress(ValueError):
        return ip_address(address).is_loopback
    return address.lower() == "localhost"


def without_token(uri: str) -> str:
    """The same address, path and query, without the token; always one of this server, as `//elsewhere` would not be."""
    path, _, query = uri.partition("?")
    path = "/" + path.lstrip("/\\")
    rest = urlencode([(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if name != "token"])
    return f"{path}?{rest}" if rest else path


def asking_again(uri: str) -> str:
    """A page that goes to an address of ours."""
    return AGAIN.format(html.escape(uri))


def comes_from_elsewhere(request: HTTPServerRequest) -> bool:
    """Whether a browser says that a page of another site has led it here."""
    asked = request.headers
    return asked.get("Sec-Fetch-Site") == "cross-site" and asked.get("Sec-Fetch-Mode") == "navigate"


def headers(host: str) -> dict[str, str]:
    """What every answer says of how it may be used, under a `Host` that is ours."""
    return HEADERS | {"Content-Security-Policy": POLICY.format(host)}


def _name_of(host: str) -> str | None:
    """Of a host without its port, small letters; None for what is no host."""
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port  # which must be a number
    except ValueError:
        return None
    return parts.hostname if parts.netloc == host and "@" not in host else None


def _is_number(name: str) -> bool:
    with suppress(ValueError):
        return bool(ip_address(name))
    return False
