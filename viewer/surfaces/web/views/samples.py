"""The view `samples`: those worth a look, as a gallery of which only what is on screen is computed."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

from recorder.runfile.names import shown_lines

from ....reading.naming import LATEST
from ....statistics.sample_lists import ONLY_A, ONLY_B
from ..messages import Look, Open
from ..samples_desk import Question
from ..sheet import Sheet
from ..store import Store

MOST_NAMES = 300  # of runs that another one may be held against; the newest


class SamplesView:
    """A question to the samples of a run, or of two, and the stretch of the answer that is on screen.

    Args:
        store: the runs.
        asked: which run; and another, to show what one of the two gets right and the other wrong.
    """

    def __init__(self, store: Store, asked: Open) -> None:
        self._store, self._names = store, asked.runs[:2]
        self._look = Look()
        self._coming: Future[dict[str, Any]] | None = None
        self._stale = True  # whether the page has asked for something else, or the disk may have more
        self._looks = -1
        self._run = ""
        self._sent: dict[str, Any] = {}

    def close(self) -> None:
        """Nobody looks any longer."""

    def receive(self, message: Any) -> None:
        """Takes what the page asks."""
        if isinstance(message, Look):
            self._look, self._stale = message, True

    def beat(self, *, room: bool) -> Sheet | None:
        """An answer that has come; else asks where there is something to ask."""
        if self._looks != self._store.looks:
            self._looks, self._stale = self._store.looks, True
            if (show := self._store.opening.follow.knobs.show) is not None:
                show.refresh()
        if self._coming is not None and self._coming.done() and room:
            answer, self._coming = self._coming.result(), None
            return self._sheet(answer | self._of_all())
        if self._stale and self._coming is None:
            self._stale = False
            try:
                question = self._question()
            except (ValueError, OSError) as error:
                return self._sheet({"fault": shown_lines(str(error))} | self._of_all()) if room else None
            if question is None:
                return self._sheet({"fault": self._store.lacking()} | self._of_all()) if room else None
            self._coming = self._store.desk.ask(question)
        return None

    def _question(self) -> Question | None:
        """What is asked; None while there is no run.

        Raises:
            OSError: There is no run of one of the names.
        """
        names, look = list(self._names), self._look
        if not names or names[0] == LATEST:
            if not self._store.paths():
                return None
            names[:1] = self._store.newest(1)
        self._run = self._store.name(self._store.path(names[0]))
        which = look.which if len(names) == 2 or look.which not in (ONLY_A, ONLY_B) else "hardest"
        return Question(
            paths=tuple(self._store.path(name) for name in names), which=which, split=look.split, output=look.output,
            label=look.label, epoch=look.epoch, at=look.at, sample=look.sample, first=look.first, last=look.last,
        )  # fmt: skip

    def _of_all(self) -> dict[str, Any]:
        settings, show = self._store.opening.settings, self._store.opening.follow.knobs.show
        return {
            "view": "samples",
            "run": self._run,
            "runs": self._store.newest(MOST_NAMES),
            "shows": show is not None,
            "generation": 0 if show is None else show.generation,
            "theme": settings.theme,
        }

    def _sheet(self, words: dict[str, Any]) -> Sheet | None:
        news = {name: value for name, value in words.items() if name not in self._sent or self._sent[name] != value}
        self._sent |= news
        return Sheet(news) if news else None
