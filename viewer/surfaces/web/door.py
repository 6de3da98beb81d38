"""Who may in: whoever has the token, which opens a cookie once and leaves the address."""

from __future__ import annotations

import hmac
import secrets

from tornado.web import RequestHandler


class Door:
    """Holds the token of one server.

    Args:
        port: that it listens on; cookies are shared by all ports of a host.
    """

    def __init__(self, port: int) -> None:
        self.token = secrets.token_urlsafe(24)
        self._cookie = f"epochreel-{port}"

    def admits(self, handler: RequestHandler) -> bool:
        """Whether a request comes from somebody who has the token; one that brings it is given the cookie."""
        if self._is(handler.get_query_argument("token", "")):
            handler.set_cookie(self._cookie, self.token, httponly=True, samesite="Strict")
            return True
        return self._is(handler.get_cookie(self._cookie, "") or "")

    def _is(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self.token.encode())
