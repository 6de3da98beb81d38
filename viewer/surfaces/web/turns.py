"""Who draws next, of several pages: the one that has had least of the time, so that a dear one slows no other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from .visit import Visit

DEAR = 0.05  # seconds at most by which a sheet that will cost much waits longer than one that will not
BEHIND = 0.5  # seconds of drawing that a page which rested may have before others
Page = TypeVar("Page")


class Turns:
    """Turns by the time that drawing has taken, `Visit.spent`."""

    def __init__(self) -> None:
        self._least = 0.0  # seconds that each counts as having had

    def order(self, pages: Iterable[Page], visit_of: Callable[[Page], Visit]) -> list[Page]:
        """The pages, who is to draw first if it wants to at the front."""
        found = list(pages)
        for visit in map(visit_of, found):
            visit.spent = max(visit.spent, self._least)
        return sorted(found, key=lambda page: visit_of(page).spent + min(visit_of(page).cost, DEAR))

    def drew(self, visit: Visit) -> None:
        """It has had its turn; who rests meanwhile may have no more than `BEHIND` before it."""
        self._least = max(self._least, visit.spent - BEHIND)

    def joined(self, visit: Visit, others: Iterable[Visit]) -> None:
        """A page comes, and has its turn no sooner than those that are here."""
        visit.spent = min((other.spent for other in others), default=self._least)
