"""One person's question to the table of runs, and how far it is answered."""

from __future__ import annotations

from .answer import Answer, Question
from .row import Row

PAUSE, SHARE = 0.2, 10.0  # seconds between two answers, and at least so many times what one takes


def rest(took: float) -> float:
    """Seconds before what took so long is done again."""
    return max(PAUSE, SHARE * took)


class Asked:
    """One person's question, the answer so far, and the stretch of it that is on screen.

    Attributes:
        question: may be set at any time.
        visible: from which entry to which one, the last not included.
        curves: whether curves are wanted of what is visible.
        answer: of the question, or of the one before while it is not ready.
        answered: the question that is answered.
    """

    def __init__(self) -> None:
        self.question, self.visible, self.curves = Question(), (0, 0), True
        self.answer, self.answered = Answer(), Question()
        self._version, self._due = -1, 0.0

    @property
    def rows(self) -> list[Row]:
        """The runs on screen."""
        return [entry for entry in self.answer.entries[slice(*self.visible)] if isinstance(entry, Row)]

    def is_due(self, version: int, now: float) -> bool:
        """Whether it is to be answered again."""
        return self._version < 0 or self.question != self.answered or (version != self._version and now >= self._due)

    def take(self, question: Question, found: Answer, version: int, *, now: float, took: float) -> None:
        """Takes in the answer."""
        self.answer, self.answered, self._version = found, question, version
        self._due = now + rest(took)
