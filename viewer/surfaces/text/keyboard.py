"""Keys of a terminal, one by one as they are pressed."""

from __future__ import annotations

import codecs
import os
import re
import select
import sys
from types import TracebackType
from typing import IO, Any

try:
    import termios
    import tty
except ImportError:  # Windows has none: there, no keys are taken
    termios = tty = None  # type: ignore[assignment]

# What terminals send for keys that are no letters; each of these has variants of its own.
NAMES = {
    "[C": "right", "OC": "right", "[D": "left", "OD": "left",
    "[1;2C": "shift+right", "[c": "shift+right", "[1;2D": "shift+left", "[d": "shift+left",
    "[H": "home", "OH": "home", "[1~": "home", "[7~": "home",
    "[F": "end", "OF": "end", "[4~": "end", "[8~": "end",
}  # fmt: skip
_KEY = re.compile(r"\x1b(\[[0-9;]*[A-Za-z~]|O[A-Za-z])|([^\x1b])|\x1b(?!$|[\[O])")
_BEGUN = re.compile(r"\x1b(\[[0-9;]*|O)?$")


class Keyboard:
    """Reads keys without waiting for a line; the terminal is as before once it is left.

    Args:
        source: a terminal; from anything else nothing is read.
    """

    def __init__(self, source: IO[Any] | None = None) -> None:
        source = sys.stdin if source is None else source
        self._descriptor = source.fileno() if termios is not None and source is not None and source.isatty() else None
        self._before: Any = None
        self._decoder = codecs.getincrementaldecoder("utf-8")("ignore")
        self._rest = ""
        self.closed = False  # the terminal has gone

    @property
    def there(self) -> bool:
        """Whether there is anything to read from."""
        return self._descriptor is not None and not self.closed

    def __enter__(self) -> Keyboard:
        if self._descriptor is not None:
            self._before = termios.tcgetattr(self._descriptor)
            self.attend()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._descriptor is not None and not self.closed:
            termios.tcsetattr(self._descriptor, termios.TCSAFLUSH, self._before)

    def attend(self) -> None:
        """Has the terminal hand over each key; at the start, and again after the shell had it in between."""
        if self._descriptor is not None:
            tty.setcbreak(self._descriptor)

    def read(self, seconds: float) -> list[str]:
        """The keys that were pressed, after a wait of at most so long; by matplotlib's names, such as `right`."""
        if self._descriptor is None or self.closed or not select.select([self._descriptor], [], [], seconds)[0]:
            self._rest = ""  # an escape that nothing followed is a key that means nothing here
            return []
        try:
            found = os.read(self._descriptor, 1024)
        except OSError:
            found = b""
        self.closed = not found
        keys, self._rest = decoded(self._rest + self._decoder.decode(found))
        return keys


def decoded(typed: str) -> tuple[list[str], str]:
    r"""Keys by name, and what may be the beginning of another.

    >>> decoded("s\x1b[C\x1b[1;2D\x1b[")
    (['s', 'right', 'shift+left'], '\x1b[')
    """
    begun = _BEGUN.search(typed)
    whole, rest = (typed[: begun.start()], begun[0]) if begun else (typed, "")
    keys = [sign or NAMES.get(name, "") for name, sign in _KEY.findall(whole)]
    return [key for key in keys if key], rest
