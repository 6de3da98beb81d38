"""A gallery of samples as one self-contained page: what they look like, their truth, score and history."""

from __future__ import annotations

import base64
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..drawing.captions import SPLITS
from ..gallery.cards import ASK_OF, TITLES, Card, Gallery, Standing
from ..gallery.show_file import ShowFile
from ..gallery.shown import Shown
from ..points import named, points
from .pages import template
from .whole import whole

MOST = 60  # samples of each list
WIDE, TALL = 120, 30  # of a history curve, in units of its own
SMALL = 160  # pixels up to which a picture is enlarged pixel by pixel


@dataclass(frozen=True, slots=True)
class Shot:
    """A card as the page draws it.

    Args:
        card: the sample.
        shown: what it looks like; None where nobody says.
        lists: the lists it is in, by name, each with its place there.
    """

    card: Card
    shown: Shown | None
    lists: dict[str, int]

    @property
    def picture(self) -> str:
        """The picture as the address of an image."""
        png = b"" if self.shown is None else self.shown.png
        return f"data:image/png;base64,{base64.b64encode(png).decode()}" if png else ""

    @property
    def small(self) -> bool:
        """Whether the picture is so small that its pixels are to be seen."""
        return self.shown is not None and max(self.shown.size) <= SMALL

    @property
    def curves(self) -> list[list[str]]:
        """The points of the history with each run: a line for each stretch without gaps."""
        return [lines(standing) for standing in self.card.standings]


def gallery(
    found: Gallery, path: Path, *, show: ShowFile | None = None, most: int = MOST, theme: str = "", progress: Any = None
) -> int:
    """Writes the page; how many samples it has.

    Args:
        found: whose samples.
        path: of the page.
        show: says what they look like.
        most: samples of each list.
        theme: "light" or "dark"; "" for that of whoever opens the page.
        progress: called with how many samples have been shown, and how many there are.
    """
    places = {which: found.places(which) for which in found.lists}
    shots = _shots(found, {which: order[:most] for which, order in places.items()}, show, progress)
    state, pair = found.found, found.pair
    words = template("samples.html").render(
        name=state.run.name,
        theme=theme,
        runs=[_facts(one) for one in ([state] if pair is None else [state, pair.b])],
        samples=found.recorded,
        labels=found.labels,
        split=SPLITS.get(state.split, state.split),
        lists=[(which, TITLES[which], ASK_OF[which], len(order)) for which, order in places.items()],
        most=most,
        classes=list(dict.fromkeys(shot.card.label or shot.card.truth for shot in shots)),
        shots=shots,
        shows=show is not None,
        unit=state.run.unit,
        wide=WIDE,
        tall=TALL,
    )
    with whole(path) as temporary:
        temporary.write_text(words, encoding="utf-8")
    faults = [shot.shown.fault for shot in shots if shot.shown is not None and shot.shown.fault]
    if faults:
        many = f"{len(faults):,} of {len(shots):,} samples"
        warnings.warn(f"nothing is shown of {many}: {faults[0]}", RuntimeWarning, stacklevel=2)
    return len(shots)


def lines(standing: Standing) -> list[str]:
    """The history as points of polylines, from left to right, 1 at the top; a lone epoch is a short dash.

    >>> from viewer.gallery.cards import Standing
    >>> from msgspec.structs import replace
    >>> empty = Standing(predicted="", right=None, score=None, confidence=None, variability=None, correctness=None,
    ...                  forgotten=0, flips=0, suggested="", history=[])
    >>> lines(replace(empty, history=[0.0, 1.0, None, 0.5]))
    ['0.0,30.0 40.0,0.0', '119.0,15.0 121.0,15.0']
    """
    history, found = standing.history, []
    step = WIDE / max(len(history) - 1, 1)
    stretch: list[tuple[float, float]] = []
    for at, value in [*enumerate(history), (len(history), None)]:
        if value is not None:
            stretch.append((at * step, (1 - value) * TALL))
        elif stretch:
            (x, y) = stretch[0]
            found.append(stretch if len(stretch) > 1 else [(x - 1, y), (x + 1, y)])
            stretch = []
    return [" ".join(f"{x:.1f},{y:.1f}" for x, y in points) for points in found]


def _shots(found: Gallery, places: dict[str, Any], show: ShowFile | None, progress: Any) -> list[Shot]:
    """Each sample once, however many lists it is in."""
    lists: dict[int, dict[str, int]] = {}
    for which, order in places.items():
        for number, place in enumerate(order.tolist()):
            lists.setdefault(place, {})[which] = number
    cards = found.cards(list(lists))
    looks: list[Shown | None] = [None] * len(cards)
    for number, card in enumerate(cards if show is not None else []):
        looks[number] = show.ask(found.asked(card)).result() if show is not None else None
        if progress is not None:
            progress(number + 1, len(cards))
    return [Shot(card, look, among) for card, look, among in zip(cards, looks, lists.values(), strict=True)]


def _facts(state: Any) -> str:
    epochs = len(state.tracks.epochs)
    return f"{state.run.name}, {named(state.run.unit, state.epoch)} ({points(state.run.unit, epochs)} with samples)"
