"""Numbers of the distribution of predicted probabilities."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ...counts.histogram import pooled
from ...frame.frame import Frame
from ...frame.views import GHOSTS, View, views
from ..in_words import brief, listed

Array = npt.NDArray[Any]
DISPLAY_BINS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """The samples of one true class.

    Args:
        name: of the class.
        style: number of its colour; None for ink.
        counts: int64 [bins].
        rest: these are the samples of all other classes, without a colour of their own.
    """

    name: str
    style: int | None
    counts: Array
    rest: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """Predicted probabilities by true class.

    Args:
        edges: float64 [bins + 1] from 0 to 1.
        sides: for one class against the rest the samples of both, by the score for the class; for several classes the
            samples of each, by the score for their own.
        ghosts: (epochs ago, counts of each side), oldest first; where one class is shown.
        meaning: what the score is the probability of, in words.
    """

    edges: Array
    sides: tuple[Side, ...]
    ghosts: tuple[tuple[int, tuple[Array, ...]], ...] = ()
    meaning: str = "predicted probability"

    def in_words(self) -> str:
        """How many samples there are of each side, and where half of them lie."""
        return f"{self.meaning}: " + listed(f"{_side(side, self.edges)}" for side in self.sides)


def distribution(frame: Frame) -> Distribution | None:
    """The distribution at the cursor; None where no scores were recorded."""
    key = ("distribution", id(frame.run), frame.split, frame.position, frame.knobs.label)
    found: Distribution | None = frame.remember(key, lambda: _distribution(frame))
    return found


def _distribution(frame: Frame) -> Distribution | None:
    shown = views(frame)
    if not any(view.histogram.any() for view in shown):
        return None
    ages = [ago for ago in GHOSTS if frame.position >= ago and len(shown) == 1]
    earlier = [views(frame, ago=ago)[0] for ago in ages]
    counts, edges = pooled(np.stack([view.histogram for view in (*shown, *earlier)]), frame.thresholds, DISPLAY_BINS)
    now, before = counts[: len(shown)], counts[len(shown) :]
    sides = tuple(_both(frame, shown[0], now[0]) if len(shown) == 1 else _own(shown, now))
    ghosts = tuple(zip(ages, map(tuple, before), strict=True))
    return Distribution(edges=edges, sides=sides, ghosts=ghosts, meaning=_meaning(frame, shown))


def _both(frame: Frame, view: View, counts: Array) -> Iterator[Side]:
    rest, own = counts
    if not frame.each_scored:
        yield Side(name=frame.classes[0], style=0, counts=rest)
        yield Side(name=view.name, style=view.style, counts=own)
    elif view.style is None:
        yield Side(name="every other class", style=None, counts=rest, rest=True)
        yield Side(name="the true class", style=None, counts=own)
    else:
        yield Side(name=f"not {view.name}", style=None, counts=rest, rest=True)
        yield Side(name=view.name, style=view.style, counts=own)


def _own(shown: tuple[View, ...], counts: Array) -> Iterator[Side]:
    for view, (_, own) in zip(shown, counts, strict=True):
        yield Side(name=view.name, style=view.style, counts=own)


def _meaning(frame: Frame, shown: tuple[View, ...]) -> str:
    if len(shown) > 1:
        return "predicted probability of its own class"
    if shown[0].style is None:
        return f"predicted probability of each of {len(frame.classes)} classes"
    return f"predicted probability of {shown[0].name}"


def _side(side: Side, edges: Array) -> str:
    total = int(side.counts.sum())
    if not total:
        return f"no {side.name}"
    middle = int(np.searchsorted(np.cumsum(side.counts), total / 2))
    return f"{total:,} {side.name}, half of them up to {brief(float(edges[min(middle + 1, len(edges) - 1)]))}"
