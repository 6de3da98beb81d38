"""Numbers of the confusion matrix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ...frame.class_counts import class_counts
from ...frame.frame import Frame
from ..in_words import brief, listed

Array = npt.NDArray[Any]
NAMED = 12  # of the largest confusions


@dataclass(frozen=True, slots=True, kw_only=True)
class Confused:
    """A kind of mistake: so many samples of a true class that were taken for another.

    Args:
        true: number of the true class.
        predicted: number of the class it was taken for.
        count: samples.
        share: of the samples of the true class.
    """

    true: int
    predicted: int
    count: int
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfusionNumbers:
    """What the panel `matrix` draws.

    Args:
        counts: int64 [K, K], rows = true class.
        names: of the classes.
        of: what the matrix is of, in words, such as "dog against the rest"; "" for all of the output.
        threshold: that decides; None where argmax does.
    """

    counts: Array
    names: tuple[str, ...]
    of: str = ""
    threshold: float | None = None

    def in_words(self) -> str:
        """Every cell of few classes; of many the share that is right, and the largest mistakes."""
        where = "" if self.threshold is None else f" at threshold {brief(self.threshold)}"
        if len(self.names) <= 3:
            cells = (
                f"{self.counts[row, column]:,} true {true} predicted {predicted}"
                for row, true in enumerate(self.names)
                for column, predicted in enumerate(self.names)
            )
            return f"{self.of}{where}: ".lstrip(": ") + listed(cells, most=9)
        right = float(self.counts.trace()) / max(int(self.counts.sum()), 1)
        wrong = (f"{each.count:,} {self.names[each.true]} as {self.names[each.predicted]}" for each in self.largest(3))
        return f"{len(self.names)} classes{where}, {100 * right:.1f}% right; most often mistaken: {listed(wrong)}"

    def share(self, true: int, predicted: int) -> float:
        """Of the samples of a true class, those predicted as another, or as itself; NaN where it has none."""
        whole = int(self.counts[true].sum())
        return float(self.counts[true, predicted]) / whole if whole else float("nan")

    def shares_of_blocks(self, most: int) -> Array:
        """Shares of each true class, neighbouring classes pooled into at most `most` rows and columns.

        Args:
            most: rows that can be told apart on the screen.

        Returns:
            float64 [n, n]; NaN where a row has no sample.
        """
        counts, size = self.counts, -(-len(self.counts) // max(most, 1))
        if size > 1:
            starts = np.arange(0, len(counts), size)
            counts = np.add.reduceat(np.add.reduceat(counts, starts, axis=0), starts, axis=1)
        with np.errstate(invalid="ignore"):
            return counts / counts.sum(axis=1, keepdims=True)

    def largest(self, most: int = NAMED) -> list[Confused]:
        """The largest confusions, most samples first."""
        true, predicted = np.nonzero(self.counts)
        wrong = true != predicted
        true, predicted = true[wrong], predicted[wrong]
        counts = self.counts[true, predicted]
        order = np.argsort(-counts, kind="stable")[:most]
        return [
            Confused(
                true=int(true[at]),
                predicted=int(predicted[at]),
                count=int(counts[at]),
                share=self.share(int(true[at]), int(predicted[at])),
            )
            for at in order
        ]


def not_kept(frame: Frame) -> str:
    """Why an output has no matrix though one belongs to its kind, in a sentence; "" where it has one."""
    if frame.output is None or not frame.kind.argmax or frame.output.matrix:
        return ""
    return f"of {len(frame.classes):,} classes the matrix was too large to be kept; the panel classes has each of them"


def confusion(frame: Frame) -> ConfusionNumbers | None:
    """The matrix at the cursor, of a multi-label output that of the class in view or of all; None without counts."""
    if frame.kind.labels_apart:
        return _one_against_rest(frame)
    counts = frame.confusion()
    if counts is None or not counts.any():
        return None
    threshold = None if frame.kind.argmax else frame.threshold
    return ConfusionNumbers(counts=counts, names=frame.classes, threshold=threshold)


def _one_against_rest(frame: Frame) -> ConfusionNumbers | None:
    found = class_counts(frame)
    if found is None:
        return None
    label = frame.knobs.label
    tp, fp, tn, fn = (int(count.sum() if label is None else count[label]) for count in found)
    counts = np.array([[tn, fp], [fn, tp]])
    if not counts.any():
        return None
    name = None if label is None else frame.classes[label]
    return ConfusionNumbers(
        counts=counts,
        names=("absent", "present") if name is None else (f"not {name}", name),
        of=f"{len(frame.classes)} labels pooled" if name is None else name,
        threshold=frame.threshold,
    )
