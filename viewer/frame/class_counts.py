"""The four counts of every class at the cursor."""

from __future__ import annotations

from recorder.runfile import Output, counts_at, decision_edge

from ..counts.confusion import Counts, counts_from_matrix
from ..run.inputs import edge_of
from .frame import Frame

COUNTS = {"tp", "fp", "tn", "fn"}


def class_counts(frame: Frame, threshold: float | None = None, split: str | None = None) -> Counts | None:
    """tp, fp, tn, fn of each class against the rest, int64 [classes] each, two classes for binary; None without counts.

    Args:
        frame: with the cursor.
        threshold: None for the frame's own, or for argmax where that decides.
        split: None for the frame's own.
    """
    if frame.position < 0 or not frame.splits or frame.output is None:
        return None
    threshold = frame.threshold if threshold is None else threshold
    matrix = frame.confusion(split) if frame.kind.argmax and threshold is None else None
    if matrix is not None:
        return counts_from_matrix(matrix)
    if frame.kind.argmax and threshold is None:
        return frame.run.argmax_counts(split or frame.split, frame.position, output=frame.output.name)
    return frame.kind.each_class(*counts_at(frame.histogram(split), _edge(frame.output, threshold)))


def _edge(output: Output, threshold: float | None) -> int:
    return decision_edge(output) if threshold is None else edge_of(threshold, output)
