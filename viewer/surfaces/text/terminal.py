"""A session in the terminal: drawn anew as its epochs, its keys and its window change."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.text import Text

from ...dashboard.session import Session, keys
from ...drawing.theme import LIGHT, Theme
from ...reading.watch import Watcher
from ..loop import PLAYING, Surface
from ..opening import RESCAN
from .dashboard import dashboard, line
from .keyboard import Keyboard

TICK = 0.05  # seconds from one look at the files' watcher and the window's size to the next
HINT = "space play · ← → step · end live · t threshold · ? keys · q quit"
LOW = 16  # lines of a terminal that has none to spare for the keys


class Terminal(Surface):
    """A session in the terminal, with the keys of the window.

    Where the output is a file, a pipe or a terminal that cannot move its cursor, there is a line for each new epoch,
    and the whole picture at the end.

    Args:
        session: what is shown.
        watcher: wakes it.
        layout: not heeded; the terminal has one of its own.
        theme: not heeded; the terminal has colours of its own.
        console: to draw on; the terminal if None.
        keyboard: where keys come from; standard input if None.
        until_end: return once the run has ended, instead of waiting for the next one.
    """

    def __init__(
        self,
        session: Session,
        *,
        watcher: Watcher,
        layout: str | None = None,
        theme: Theme = LIGHT,
        console: Console | None = None,
        keyboard: Keyboard | None = None,
        until_end: bool = False,
    ) -> None:
        super().__init__(session, watcher=watcher, layout=layout, theme=theme)
        self._console, self._until_end = console or Console(), until_end
        self._keyboard = keyboard or Keyboard()
        self._screen = self._console.is_terminal and not self._console.is_dumb_terminal
        self._live = Live(console=self._console, screen=self._screen, auto_refresh=False)
        self._size, self._said = self._console.size, ""
        self._left, self._log = False, True
        self._refused: OSError | None = None

    def run(self, say: Callable[[str], Any] = str) -> None:
        """Shows the session until interrupted or left by `q`, or to its end.

        Raises:
            OSError: What is written to takes no more: a full disk, a terminal that is gone.
        """
        with _ended_by_signals(self._leave), self._keyboard, self._live, _continued(self._return):
            super().run(say)
            if self._refused is None and not self._screen:
                self._live.update(self._picture())
        if self._refused is not None:
            raise self._refused

    def show(self) -> bool:
        """Prints the dashboard over the one before, where something or the window's size has changed."""
        size = self._console.size
        if not self.session.dirty and size == self._size:
            return False
        self.session.dirty, self._size = False, size
        picture = self._picture() if self._screen else line(self.session.frame())
        try:
            self._live.update(picture, refresh=True) if self._screen else self._say(picture)
        except OSError as error:  # no fault of a run: nothing can be shown any more
            self._refused, self._left = error, True
        return True

    def pause(self) -> None:
        """Waits for a key, for something new on disk, or for another size of the window."""
        seconds = PLAYING if self.session.busy else RESCAN
        if not self._keyboard.there:
            self._watcher.changed.wait(seconds)
            return
        end = time.monotonic() + seconds
        while not self._watcher.changed.is_set() and self._console.size == self._size:
            left = end - time.monotonic()
            keys = self._keyboard.read(min(max(left, 0), TICK))
            if self._left:
                return
            for key in keys:
                self._guarded(lambda key=key: self._press(key))  # type: ignore[misc] # a default that binds it
            if keys or left <= 0 or self._keyboard.closed:
                return

    def wanted(self) -> bool:
        """Whether there is an end to wait for, and somebody who does.

        In a pipe, with no keys to come, a picture that neither follows nor plays is the last one.
        """
        player = self.session.player
        ended = self._until_end and self.session.framer.run.status != "running"
        still = not (self._screen or self._keyboard.there or player.following or player.playing)
        return not (ended or still or self._left or self._keyboard.closed)

    def _press(self, key: str) -> bool:
        if key == "q":
            self._left = True
        elif key == "l":
            self._log, self.session.dirty = not self._log, True
        else:
            return self.session.press(key, time.monotonic())
        return True

    def _picture(self) -> Any:
        width, height = self._size
        foot = self._foot() if self._screen and self._keyboard.there and height >= LOW else None
        return dashboard(self.session.frame(), width=width, height=height, fault=self.fault, foot=foot, log=self._log)

    def _foot(self) -> Text:
        session, player = self.session, self.session.player
        if session.help:
            told = {**keys(session.framer.run.unit), "q": "quit"}
            return Text("   ".join(f"{key}: {what}" for key, what in told.items()), style="dim")
        if session.by_threshold:
            return Text(f"arrows move the threshold (t: back to {session.framer.run.unit}s)", style="dim")
        state = f"playing, {player.speed:.3g} a second" if player.playing else "live" if player.following else "paused"
        return Text(f"{state} · {HINT}", style="dim", no_wrap=True, overflow="ellipsis")

    def _say(self, words: str) -> None:
        """A line, where it is another than the last."""
        if words != self._said:
            self._said = words
            self._console.print(Text(words), soft_wrap=True)

    def _leave(self) -> None:
        """Ctrl-C: it ends with what it is doing; at the second one at once."""
        if self._left:
            raise KeyboardInterrupt
        self._left = True

    def _return(self) -> None:
        """The shell had the terminal in between."""
        self._keyboard.attend()
        self.session.dirty = True


@contextmanager
def _ended_by_signals(leave: Callable[[], Any]) -> Iterator[None]:
    """A polite kill ends it as an interrupt does, so that the terminal is left as it was.

    An interrupt only calls `leave`: as an exception it is lost where it comes while an object is being let go.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, _: Any) -> None:
        sys.exit(128 + number)

    before = signal.signal(signal.SIGTERM, end), signal.signal(signal.SIGINT, lambda *_: leave())
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before[0])
        signal.signal(signal.SIGINT, before[1])


@contextmanager
def _continued(react: Callable[[], Any]) -> Iterator[None]:
    """Calls back when the process goes on after Ctrl-Z."""
    signals = getattr(signal, "SIGCONT", None)
    if signals is None or threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signals, lambda *_: react())
    try:
        yield
    finally:
        signal.signal(signals, before)
