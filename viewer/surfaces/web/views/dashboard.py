"""The view `dashboard`: a run, or several laid over one another, with all that can be set."""

from __future__ import annotations

import time
from typing import Any

from msgspec import UNSET

from recorder.runfile.names import shown_lines

from ....drawing.theme import THEMES
from ....formulas import split_formulas
from ..board import Board
from ..messages import Key, Open, Pointer, Sizes, Turn, Zoom, clamped
from ..sheet import Sheet
from ..store import Store
from .controls import controls


class DashboardView:
    """A session of its own on shared runs; until there is a run, the reason why not.

    Args:
        store: the runs.
        asked: which of them, and what is set at the start.
    """

    def __init__(self, store: Store, asked: Open) -> None:
        self._store, self._runs, self._start = store, asked.runs, asked.at
        self._board: Board | None = None
        self._sizes: Sizes | None = None
        self._looks, self._waiting = -1, ""
        self._stirred = True  # whether the words may be others since they were last sent
        self._sent: dict[str, Any] = {}
        self._typed: dict[str, str] = {}  # formulas and layout as they were typed
        self._faults: dict[str, str] = {}  # of what was typed, by field

    def close(self) -> None:
        """Nothing is left behind."""

    def receive(self, message: Any) -> None:
        """Takes a message of the page."""
        if isinstance(message, Sizes):
            self._sizes = message
        if self._board is None:
            return
        self._stirred = True
        match message:
            case Sizes():
                self._board.fit(message)
            case Turn():
                self._turn(self._board, message)
            case Key():
                self._press(self._board, message.key)
            case Pointer():
                self._board.point(message)
            case Zoom():
                self._board.zoom(message)

    def beat(self, *, room: bool) -> Sheet | None:
        """News, the clock, and what has changed."""
        if self._board is None and not self._opened():
            return self._sheet({"waiting": self._waiting}) if room else None
        assert self._board is not None
        self._board.room = room
        self._stirred |= self._board.beat() or self._looks != self._store.looks
        self._looks = self._store.looks
        if not room or not self._stirred:
            return None
        self._stirred = False
        words = controls(self._board, self._store, self._typed) | {"waiting": "", "wrong": self._faults}
        patches, self._board.patches = self._board.patches, []
        return self._sheet(words, patches)

    def _opened(self) -> bool:
        """Whether there is a run by now; looked for whenever the disk was looked at."""
        if self._looks == self._store.looks:
            return False
        self._looks, settings = self._store.looks, self._store.opening.settings
        try:
            session = self._store.session(self._runs, self._store.opening.follow.knobs)
        except (ValueError, OSError) as error:
            self._waiting = shown_lines(str(error))
            return False
        if session is None:
            self._waiting = self._store.lacking()
            return False
        self._board = Board(session, store=self._store, layout=settings.layout, theme=THEMES[settings.theme])
        self._turn(self._board, self._start)
        session.hurry(time.monotonic())
        if self._sizes is not None:
            self._board.fit(self._sizes)
        return True

    def _turn(self, board: Board, turn: Turn) -> None:
        """Sets what a turn names; a word that breaks a rule is said where it was typed."""
        now, session = time.monotonic(), board.session
        player = session.player
        if turn.output is not UNSET:
            session.turn(output=turn.output, label=None)
        if turn.split is not UNSET:
            session.turn(split=turn.split)
        if turn.label is not UNSET:
            session.turn(label=turn.label if turn.label is None else max(turn.label, 0))
        if turn.sample is not UNSET:
            session.turn(sample=turn.sample)
        if turn.threshold is not UNSET:
            session.set_threshold(clamped(turn.threshold, 0, 1), now)
        if turn.band is not UNSET:
            session.set_band(clamped(turn.band, 0, 0.9999))
        if turn.theme is not UNSET:
            board.wear(turn.theme)
        if turn.log is not UNSET and turn.log != board.log:
            board.toggle_log()
        if turn.speed is not UNSET:
            player.speed = clamped(turn.speed, 1, 100)
        if turn.position is not UNSET:
            player.seek(turn.position)
        if turn.epoch is not UNSET:
            session.seek_epoch(turn.epoch)
        if turn.at is not UNSET:
            session.seek(turn.at)
        if turn.live is not UNSET and turn.live:
            player.end()
        if turn.playing is not UNSET and turn.playing != player.playing:
            player.toggle()
        if turn.layout is not UNSET:
            self._try("layout", board.arrange, turn.layout)
        if turn.metrics is not UNSET:
            self._try("metrics", self._ask, turn.metrics)
        if turn.best is not UNSET:
            self._try("best", session.judge_by, turn.best)
        session.dirty = True

    def _ask(self, metrics: str) -> None:
        assert self._board is not None
        self._board.session.ask([formula for formula in split_formulas(metrics) if formula])

    def _try(self, field: str, take: Any, words: str) -> None:
        self._faults = {name: fault for name, fault in self._faults.items() if name != field}
        try:
            take(words)
            self._typed = self._typed | {field: words}
        except ValueError as error:
            self._faults[field] = shown_lines(str(error))

    def _press(self, board: Board, key: str) -> None:
        if key == "l":
            board.toggle_log()
        else:
            board.session.press(key, time.monotonic())

    def _sheet(self, words: dict[str, Any], patches: Any = ()) -> Sheet | None:
        """What is not on the page yet."""
        news = {name: value for name, value in words.items() if name not in self._sent or self._sent[name] != value}
        self._sent |= news
        return Sheet(news, patches) if news or patches else None
