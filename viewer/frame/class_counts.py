"""The four counts of every class at the cursor."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..counts.confusion import Counts, both_classes, counts_from_matrix
from .frame import Frame

Array = npt.NDArray[Any]
COUNTS = {"tp", "fp", "tn", "fn"}


def class_counts(frame: Frame, threshold: float | None = None) -> Counts | None:
    """tp, fp, tn, fn of each class against the rest, int64 [classes] each, two classes for binary; None without counts.

    Args:
        frame: with the cursor.
        threshold: None for the frame's own, or for argmax where that decides.
    """
    if frame.position < 0 or not frame.splits:
        return None
    threshold = frame.threshold if threshold is None else threshold
    matrix = frame.confusion() if frame.kind == "multiclass" and threshold is None else None
    if matrix is not None:
        return counts_from_matrix(matrix)
    counts = at_edge(frame.histogram(), _edge(frame, threshold))
    return both_classes(*counts) if frame.kind == "binary" else counts


def at_edge(histogram: Array, edge: int) -> Counts:
    """tp, fp, tn, fn, int64 [classes] each, of histograms [classes, 2, bins] at the threshold of that number."""
    below, above = histogram[..., : edge + 1].sum(axis=-1), histogram[..., edge + 1 :].sum(axis=-1)
    return above[:, 1], above[:, 0], below[:, 0], below[:, 1]


def _edge(frame: Frame, threshold: float | None) -> int:
    chosen = frame.run.output().decision_threshold if threshold is None else threshold
    return int(np.abs(frame.run.thresholds() - np.float32(chosen)).argmin())
