"""How much one viewer takes from all its pages together, so that none can make it large or slow."""

from __future__ import annotations

from weakref import WeakKeyDictionary

CONNECTIONS = 128  # at once; half of what files this process may open, where that is less
STRANGERS = CONNECTIONS // 2  # of these, that have shown neither token nor cookie; the oldest goes first
TABS = 32  # pages at once
A_SECOND = 250  # connections that are taken, and requests that are answered, a second
STRANGER_SECONDS = 10.0  # until one that has shown nothing is closed, whatever it has sent
IDLE_SECONDS = 30.0  # between two requests of a connection, and until one has sent all its headers
REQUEST_SECONDS = 600.0  # of a connection that is no web socket
HEADER_BYTES = 16 * 1024
BODY_BYTES = 1024  # no request of the page has any
BUFFER_BYTES = 256 * 1024  # that wait to be read, a connection
MESSAGE_BYTES = 64 * 1024  # of what a page says at once
EVENT_SHARE = 0.25  # of the time that one page may take by what it says, over a second or two
EVENT_SECONDS = 0.0005  # that a message counts at least: 500 a second
PINGS = 10  # of a page, which need send none, a second
LONGEST_WAIT = 5.0  # seconds until a page that has said too much is listened to again, so that it can say that it lives
PING = 15.0  # seconds between pings; a page that has answered none of two by the third is dropped
PATIENCE = 60.0  # seconds after which a page that has acknowledged nothing is closed; it may come back
FAREWELL = 2.0  # seconds in which pages are told that the viewer has ended
PAGE_PIXELS = 16_000_000  # of all pictures of a page
ALL_PIXELS = 48_000_000  # of all pages, apart from what each has at least
LEAST_PIXELS = 1_000_000  # of a page, however many others there are


class Pace:
    """So much a second, and a second's worth at once.

    Args:
        rate: a second.
        burst: seconds' worth that may come at once.
    """

    def __init__(self, rate: float, burst: float = 1.0) -> None:
        self._rate, self._burst = rate, burst
        self._paid = -1e9  # until when what was taken counts

    def take(self, amount: float, now: float) -> float:
        """Takes an amount; how many seconds to wait before the next."""
        self._paid = max(self._paid, now - self._burst) + amount / self._rate
        return max(0.0, self._paid - now)


class Pixels:
    """The pixels of all pages, of which each is given what is left."""

    def __init__(self) -> None:
        self._given: WeakKeyDictionary[object, float] = WeakKeyDictionary()

    def give(self, page: object, wanted: float) -> float:
        """How many of the pixels that a page wants it may have, in place of those that it had."""
        self._given.pop(page, None)
        left = ALL_PIXELS - sum(self._given.values())
        self._given[page] = min(wanted, PAGE_PIXELS, max(left, LEAST_PIXELS))
        return self._given[page]


def most_connections() -> int:
    """How many connections this process can hold."""
    try:
        import resource
    except ImportError:  # Windows, which has no such limit
        return CONNECTIONS
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return CONNECTIONS if allowed < 0 else max(8, min(CONNECTIONS, allowed // 2))
