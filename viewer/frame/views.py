"""Which classes the one-vs-rest panels show, and their scores at an epoch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from ..counts.prevalence import histogram_at_prevalence
from ..counts.scores import Scores
from .frame import Frame

Array = npt.NDArray[Any]
MOST_CLASSES = 8
GHOSTS = (20, 8)  # epochs ago


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One class against the rest, or all of them pooled.

    Args:
        name: of the class; for the pooled ones what they are, in words.
        style: number of the class's colour; None for ink, where classes are pooled.
        average: what formulas are asked for to be of the same: the class, "micro", None for a binary output.
        histogram: int64 [2, bins]: samples of the rest, then of the class, by the score for the class.
    """

    name: str
    style: int | None
    histogram: Array
    average: int | str | None = None


def views(frame: Frame, *, ago: int = 0) -> tuple[View, ...]:
    """The positive class, the class in view, up to eight classes, or more of them pooled; none without histograms.

    Args:
        frame: with the cursor.
        ago: how many recorded epochs before the cursor.
    """
    if not has_histograms(frame):
        return ()
    histogram, label = frame.histogram(ago=ago), class_in_view(frame)
    if not frame.each_scored:
        return tuple(
            View(name=frame.classes[number], style=number, histogram=rows)
            for number, rows in zip(frame.scored, histogram, strict=True)
        )
    if label is not None:
        return (View(name=frame.classes[label], style=label, histogram=histogram[label], average=label),)
    if len(histogram) > MOST_CLASSES:
        name = f"{len(histogram)} classes pooled"
        return (View(name=name, style=None, histogram=histogram.sum(axis=0), average="micro"),)
    return tuple(
        View(name=name, style=number, histogram=rows, average=number)
        for number, (name, rows) in enumerate(zip(frame.classes, histogram, strict=True))
    )


def scores_of(frame: Frame, histogram: Array) -> Scores:
    """Recorded histograms [..., 2, bins] as scores, as rare as the frame has them."""
    prevalence = frame.knobs.prevalence
    counts = histogram if prevalence is None else histogram_at_prevalence(histogram, prevalence)
    return Scores.of_histogram(counts, frame.thresholds)


def class_in_view(frame: Frame) -> int | None:
    """Number of the class that is looked at; None for all of them, or the positive one of a binary output."""
    label = frame.knobs.label
    return None if not frame.each_scored or label is None or label >= len(frame.classes) else label


def has_histograms(frame: Frame) -> bool:
    """Whether there is an epoch with more than the four counts at a threshold or two."""
    return frame.position >= 0 and bool(frame.splits) and len(frame.thresholds) >= 3


def missing(frame: Frame) -> str:
    """Why there are no scores to show of a frame, in a sentence."""
    if frame.position < 0:
        return f"no {frame.unit} yet"
    if not frame.splits:
        return "no counts were recorded, only logs"
    if unread(frame):
        return unread(frame)
    if not has_histograms(frame):
        return "the counts are known at one threshold only, the scores are not"
    return f"no scores at this {frame.unit}: none came, or all were NaN"


def unread(frame: Frame, kind: str = "tallies") -> str:
    """What is wrong with the part that should hold the frame's epoch, in a sentence; nothing where nothing is known."""
    return "" if frame.epoch is None else frame.run.missing(frame.split, frame.epoch, kind=kind)
