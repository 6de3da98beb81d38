"""The cards that the panel `gallery` shows: the sample that was clicked, then those of a list."""

from __future__ import annotations

from dataclasses import dataclass

from ...frame.frame import Frame
from ...frame.views import class_in_view, missing, unread
from ...gallery.cards import Card, Gallery, place_of
from ...gallery.shown import Shown
from ...run.sample_pairs import paired
from ...statistics.sample_lists import LISTS, ONLY_A, ONLY_B
from ..samples.numbers import NONE_RECORDED, so_far

WORDS = (*LISTS, ONLY_A, ONLY_B)


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryNumbers:
    """What the panel shows.

    Args:
        split: whose samples they are.
        total: how many are in the list.
        cards: the first of them; the sample that was clicked before all others.
        places: of these among the samples.
        chosen: whether the first card is the sample that was clicked.
        found: where they come from.
    """

    split: str
    total: int
    cards: list[Card]
    places: tuple[int, ...]
    chosen: bool
    found: Gallery

    def looks(self, frame: Frame) -> list[Shown | None]:
        """What the samples look like by the user's file; None where that is not known yet, or there is none."""
        if frame.knobs.show is None:
            return [None] * len(self.cards)
        return frame.knobs.show.shown([self.found.asked(card) for card in self.cards])


def gallery(frame: Frame, which: str, most: int) -> GalleryNumbers | str:
    """The cards of a list at the cursor, of the class in view where one is; a sentence where there is nothing to show.

    Args:
        frame: with the cursor.
        which: one of `WORDS`; those of two runs are of the first two that are shown.
        most: cards, one at least.
    """
    try:
        found = _found(frame, which)
    except ValueError as error:
        return str(error)
    if found is None:
        if frame.position < 0 or not frame.splits:
            return missing(frame)
        return unread(frame, "samples") or NONE_RECORDED
    places = frame.remember(
        ("gallery", id(frame.run), which, found.found.split, frame.epoch, class_in_view(frame)),
        lambda: found.places(which, class_in_view(frame)),
    )
    chosen = None if frame.knobs.sample is None else place_of(found.found, *frame.knobs.sample)
    first = [place for place in places[:most].tolist() if place != chosen]
    shown = tuple(first[:most] if chosen is None else [chosen, *first[: most - 1]])
    return GalleryNumbers(
        split=found.found.split, total=len(places), cards=found.cards(shown), places=shown,
        chosen=chosen is not None, found=found,
    )  # fmt: skip


def _found(frame: Frame, which: str) -> Gallery | None:
    found = so_far(frame)
    if found is None or which in LISTS:
        return None if found is None else Gallery(found=found, suspects=False)
    if len(frame.runs) < 2:
        raise ValueError("what one of two runs gets right needs two runs: epochreel replay RUN RUN. Received: one")
    other = so_far(frame.of(2))
    if other is None:
        raise ValueError(f"{frame.runs[1].name}: {NONE_RECORDED}")
    pair = frame.remember(("pair", id(frame.run), frame.epoch, found.split), lambda: paired(found, other))
    return Gallery(found=found, pair=pair, suspects=False)
