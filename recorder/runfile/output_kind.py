"""What an output of any kind is asked: what labels are, what counts, and how four counts come about."""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_left
from collections.abc import Sequence
from typing import Any, ClassVar, TypeVar

import numpy as np
import numpy.typing as npt

from .records import Array, Samples, Tally, counts_at
from .schema import Kind, Output

Counts = tuple[Array, Array, Array, Array]
T = TypeVar("T")


class OutputKind(ABC):
    """What differs from kind to kind. It has no state; there is one object of each in `KINDS`.

    Canonical labels are int32: [samples], or [samples, labels] where each class has a label of its own; what is no
    label is `NO_LABEL`, and the user's `ignore_label` stays as it is. Scores are float32 [samples, scores].

    Attributes:
        name: as the manifest has it.
        argmax: a sample has one decision, the class with the largest score; else each score has one at a threshold.
        labels_apart: each class has a label of its own, and a sample is of any number of classes.
        shape_rule: which scores a user may ask to be counted so, in words.
    """

    name: ClassVar[Kind]
    argmax: ClassVar[bool] = False
    labels_apart: ClassVar[bool] = False
    shape_rule: ClassVar[str]

    @abstractmethod
    def plain_names(self, scores: int) -> list[str]:
        """Names of the classes where the user gave none; `scores` are those of a sample."""

    def scores(self, classes: int) -> int:
        """Scores of a sample, and so histograms of a tally, of an output with so many named classes."""
        return classes

    def scored(self, classes: Sequence[T]) -> Sequence[T]:
        """Of things that stand one for each class, those of the classes that have a score."""
        return classes

    def labels(self, classes: int) -> int:
        """Labels of a sample."""
        return classes if self.labels_apart else 1

    def shares_samples(self, classes: int) -> bool:
        """Whether several classes share the samples, so that no one prevalence says how often each of them occurs."""
        return self.scores(classes) != self.labels(classes)

    def histogram_of(self, number: int) -> int | None:
        """Which histogram is that of a class; None for the negative class, which has the positive one's, mirrored."""
        return number

    def takes(self, width: int) -> bool:
        """Whether a user may ask for this kind of so many scores a sample."""
        return self.fits(width)

    def takes_softmax(self, width: int) -> bool:
        """Whether logits, so many a sample, become probabilities by a softmax; else each by a sigmoid."""
        return self.argmax or (width == 2 and not self.labels_apart)

    @abstractmethod
    def fits(self, classes: int) -> bool:
        """Whether there are outputs of so many named classes."""

    # Labels and scores

    @abstractmethod
    def truth(self, y_true: Any, shape: tuple[int, ...], output: Output, names: Sequence[str] | None = None) -> Array:
        """Canonical labels.

        Args:
            y_true: of any dtype and form that this kind has: class numbers, one-hot, strings among `names`.
            shape: of the scores that came with them.
            output: which may ignore one more label.
            names: of the classes, as the user gave them.

        Raises:
            ValueError: Labels and scores do not fit together, or a label is a string that names no class.
        """

    def columns(self, y_score: Any) -> npt.NDArray[np.float32]:
        """float32 [samples, scores]: scores of any leading axes, one sample after the other."""
        scores = np.asarray(y_score, np.float32)
        return scores.reshape(-1, scores.shape[-1])

    def kept(self, truth: Array, output: Output) -> npt.NDArray[np.bool_]:
        """bool, shape of `truth`: the labels that count.

        Args:
            truth: canonical labels.
            output: which may ignore one more label.
        """
        kept = (truth >= 0) & (truth < self._values(len(output.classes)))
        return kept if output.ignore_label is None else kept & (truth != output.ignore_label)

    @abstractmethod
    def one_vs_rest(self, truth: Array, classes: int) -> npt.NDArray[np.bool_]:
        """bool [samples, scores]: whether a sample is of the class that a score is for; labels that do not count too.

        Args:
            truth: canonical labels.
            classes: named ones.
        """

    def _values(self, classes: int) -> int:
        """How many values a label that counts may have."""
        return 2

    # Counts

    def decided(self, tally: Tally, output: Output) -> Counts:
        """tp, fp, tn, fn at the decision, int64 [scores] each."""
        return counts_at(tally.histogram, decision_edge(output))

    def each_class(self, tp: Array, fp: Array, tn: Array, fn: Array) -> Counts:
        """Counts [scores, ...] as those of every class against the rest, [classes, ...]."""
        return tp, fp, tn, fn

    def pooled(self, tp: Array, fp: Array, tn: Array, fn: Array) -> Counts:
        """Counts [scores, ...] summed over all classes, [1, ...]: what a "micro" average is of."""
        tp, fp, tn, fn = (count.sum(axis=0, keepdims=True) for count in self.each_class(tp, fp, tn, fn))
        return tp, fp, tn, fn

    def confusion(self, tp: Array, fp: Array, tn: Array, fn: Array) -> Array | None:
        """The matrix [..., 2, 2] that counts at a threshold, [scores, ...], make; None where they make none."""
        return None

    # Samples

    def keeps_whole(self, classes: int) -> bool:
        """Whether samples keep the scores of all classes."""
        return True

    def sample_labels(self, scores: int) -> Array | None:
        """int32 [scores]: the class that each score of a sample is for, where all are kept; None for a lone one."""
        return np.arange(scores, dtype=np.int32)

    def line_labels(self, scores: int) -> list[int | None]:
        """What the lines call the classes that have counts."""
        return list(range(scores))

    def assessed(self, samples: Samples, output: Output) -> tuple[Array, Array, Array]:
        """What became of samples: the label of each, the probability given to it (NaN where undefined), the decision.

        Each has the shape of `y_true`.
        """
        positive = np.asarray(samples.y_true) > 0.5
        scores = np.asarray(samples.y_score, np.float32).reshape(positive.shape)
        return positive, np.where(positive, scores, 1 - scores), scores > np.float32(output.decision_threshold)

    def probabilities(self, samples: Samples, classes: int) -> Array:
        """float64, the shape of `y_true` and [values]: of each value that a label may have; NaN where none was kept."""
        positive = np.asarray(samples.y_score, np.float64).reshape(np.shape(samples.y_true))
        return np.stack([1 - positive, positive], axis=-1)


def decision_edge(output: Output) -> int:
    """Index of the decision threshold among the thresholds; the nearest one above where it is not one of them."""
    return min(bisect_left(output.thresholds, output.decision_threshold), len(output.thresholds) - 1)
