"""Numbers of the distribution of predicted probabilities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..counts.histogram import pooled
from .frame import Frame

Array = npt.NDArray[Any]
DISPLAY_BINS = 50
MOST_CLASSES = 8
GHOSTS = (20, 8)  # epochs ago


@dataclass(frozen=True, slots=True)
class Distribution:
    """Predicted probabilities by true class.

    Args:
        edges: float64 [bins + 1] from 0 to 1.
        names: of the classes shown.
        counts: int64 [classes, bins]; for binary (and for one class in view) the score of the positive class, by true
            class; for several classes each class's own score among its own samples.
        ghosts: (epochs ago, counts), oldest first.
        meaning: what the score is the probability of, in words.
    """

    edges: Array
    names: tuple[str, ...]
    counts: Array
    ghosts: tuple[tuple[int, Array], ...] = ()
    meaning: str = "predicted probability"


def distribution(frame: Frame) -> Distribution | None:
    """The distribution at the cursor; None without epochs or histograms."""
    if frame.position < 0 or not frame.splits or len(frame.run.thresholds()) < 3:
        return None
    counts, edges = _pooled(frame, 0)
    ghosts = tuple((ago, _pooled(frame, ago)[0]) for ago in GHOSTS if frame.position >= ago and len(counts) <= 2)
    return Distribution(edges, _names(frame)[: len(counts)], counts, ghosts, _meaning(frame))


def _pooled(frame: Frame, ago: int) -> tuple[Array, Array]:
    histogram = frame.histogram(ago=ago)
    counts, edges = pooled(histogram, frame.run.thresholds(), DISPLAY_BINS)
    label = 0 if frame.kind == "binary" else frame.knobs.label
    chosen = counts[:MOST_CLASSES, 1] if label is None else counts[label]
    return np.asarray(chosen), edges


def _names(frame: Frame) -> tuple[str, ...]:
    if frame.kind == "binary" or frame.knobs.label is None:
        return frame.classes
    name = frame.classes[frame.knobs.label]
    return f"not {name}", name


def _meaning(frame: Frame) -> str:
    if frame.kind == "binary":
        return f"predicted probability of {frame.classes[1]}"
    if frame.knobs.label is None:
        return "predicted probability of its own class"
    return f"predicted probability of {frame.classes[frame.knobs.label]}"
