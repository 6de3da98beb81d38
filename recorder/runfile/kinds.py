"""The kinds of output: one class for each says what labels are, what counts, and how four counts come about.

    kind = kind_of(output)
    kind.argmax             # one decision a sample, or one for each score at a threshold
    kind.decided(tally, output)  # tp, fp, tn, fn of each class at the decision

Nobody else asks whether an output is "binary"; they ask its kind what they want to know.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar, TypeVar

import numpy as np
import numpy.typing as npt

from .labels import class_numbers, hot_numbers, numbers_of, zero_or_one
from .records import Array, Samples, Tally, counts_at, counts_of_matrix, score_classes
from .schema import Kind, Output

KEPT_WHOLE = 16  # classes; of more, samples of a multi-class output keep the true class and the top five
TOP = 5
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


class Binary(OutputKind):
    """Two classes and one score, that of the positive class; also of two softmax units, whose score is the second."""

    name = "binary"
    shape_rule = (
        "one score a sample, [n] or [..., 1]; of two softmax units leave kind out: the output is binary then, with the "
        'score of class 1; several scores are kind="multiclass" or "multilabel"'
    )

    def plain_names(self, scores: int) -> list[str]:
        return ["negative", "positive"]

    def scores(self, classes: int) -> int:
        return 1

    def scored(self, classes: Sequence[T]) -> Sequence[T]:
        return classes[1:]

    def shares_samples(self, classes: int) -> bool:
        """Whether several classes share the samples, so that no one prevalence says how often each of them occurs."""
        return self.scores(classes) != self.labels(classes)

    def histogram_of(self, number: int) -> int | None:
        return 0 if number == 1 else None

    def takes(self, width: int) -> bool:
        return width == 1

    def fits(self, classes: int) -> bool:
        return classes == 2

    def one_vs_rest(self, truth: Array, classes: int) -> npt.NDArray[np.bool_]:
        positive: npt.NDArray[np.bool_] = truth.reshape(-1, 1) == 1
        return positive

    def truth(self, y_true: Any, shape: tuple[int, ...], output: Output, names: Sequence[str] | None = None) -> Array:
        units = shape[-1] if len(shape) > 1 else 1
        if units > 2:
            raise ValueError(f"a binary output has one score a sample, or two softmax units. Received: scores {shape}")
        values = numbers_of(y_true, names)
        if units == 2 and values.shape == shape:
            return hot_numbers(values.reshape(-1, 2), output.ignore_label)
        return zero_or_one(_one_each(values, shape, math.prod(shape) // units), output.ignore_label)

    def columns(self, y_score: Any) -> npt.NDArray[np.float32]:
        scores = np.asarray(y_score, np.float32)
        return scores.reshape(-1, scores.shape[-1])[:, -1:] if scores.ndim > 1 else scores.reshape(-1, 1)

    def each_class(self, tp: Array, fp: Array, tn: Array, fn: Array) -> Counts:
        tp, fp, tn, fn = (np.concatenate(pair) for pair in ((tn, tp), (fn, fp), (tp, tn), (fp, fn)))
        return tp, fp, tn, fn

    def confusion(self, tp: Array, fp: Array, tn: Array, fn: Array) -> Array | None:
        return np.stack([np.stack([tn[0], fp[0]], axis=-1), np.stack([fn[0], tp[0]], axis=-1)], axis=-2)

    def sample_labels(self, scores: int) -> Array | None:
        return None

    def line_labels(self, scores: int) -> list[int | None]:
        return [None]


class MultiClass(OutputKind):
    """One of several classes, a softmax over them; argmax decides, and every class has its own histogram."""

    name = "multiclass"
    argmax = True
    shape_rule = "2 scores a sample or more"

    def plain_names(self, scores: int) -> list[str]:
        return [str(index) for index in range(scores)]

    def fits(self, classes: int) -> bool:
        return classes >= 2

    def one_vs_rest(self, truth: Array, classes: int) -> npt.NDArray[np.bool_]:
        positive: npt.NDArray[np.bool_] = truth.reshape(-1, 1) == np.arange(classes)
        return positive

    def truth(self, y_true: Any, shape: tuple[int, ...], output: Output, names: Sequence[str] | None = None) -> Array:
        values, classes = numbers_of(y_true, names), shape[-1]
        if values.ndim == len(shape) > 1 and values.shape[-1] == classes:
            _check_samples(values.shape, shape, values.size == math.prod(shape))
            return hot_numbers(values.reshape(-1, classes), output.ignore_label)
        if values.ndim == len(shape) > 1 and values.shape[-1] != 1:
            raise ValueError(
                f"labels of a multi-class output must be class numbers, or one-hot rows of {classes}, as many as there "
                f"are scores. Received: shapes {values.shape}, {shape}"
            )
        return class_numbers(_one_each(values, shape, math.prod(shape[:-1])), classes, output.ignore_label)

    def decided(self, tally: Tally, output: Output) -> Counts:
        if tally.matrix is not None:
            return counts_of_matrix(tally.matrix)
        if tally.argmax is None:
            return super().decided(tally, output)
        tp, fp, fn = tally.argmax.T
        return tp, fp, (tp + fn).sum() - tp - fp - fn, fn

    def keeps_whole(self, classes: int) -> bool:
        return classes <= KEPT_WHOLE

    def assessed(self, samples: Samples, output: Output) -> tuple[Array, Array, Array]:
        truth, scores, label = (
            np.asarray(samples.y_true),
            np.asarray(samples.y_score, np.float32),
            score_classes(samples),
        )
        own = (label == truth[:, None]).argmax(axis=1)[:, None]
        confidence = np.take_along_axis(scores, own, axis=1)[:, 0]
        confidence = np.where(np.isnan(scores).any(axis=1), np.float32(np.nan), confidence)
        # Of many classes the first column is the true one again; among the others, ties go to the lowest, as in argmax.
        first = int(scores.shape[1] < len(output.classes))
        best = scores[:, first:].argmax(axis=1)[:, None]
        return truth, confidence, np.take_along_axis(label[:, first:], best, axis=1)[:, 0]

    def probabilities(self, samples: Samples, classes: int) -> Array:
        scores = np.full((len(samples.sample), classes), np.nan)
        np.put_along_axis(scores, score_classes(samples), np.asarray(samples.y_score, np.float64), axis=1)
        return scores

    def _values(self, classes: int) -> int:
        return classes


class MultiLabel(OutputKind):
    """Any number of labels a sample, a sigmoid for each; every label is decided at a threshold of its own score."""

    name = "multilabel"
    labels_apart = True
    shape_rule = "a score a sample or more"

    def plain_names(self, scores: int) -> list[str]:
        return [str(index) for index in range(scores)]

    def fits(self, classes: int) -> bool:
        return classes >= 1

    def one_vs_rest(self, truth: Array, classes: int) -> npt.NDArray[np.bool_]:
        positive: npt.NDArray[np.bool_] = truth.reshape(-1, classes) == 1
        return positive

    def truth(self, y_true: Any, shape: tuple[int, ...], output: Output, names: Sequence[str] | None = None) -> Array:
        values = numbers_of(y_true, None)
        if values.shape[-1:] != shape[-1:]:
            raise ValueError(
                f'labels of kind="multilabel" must be 0 or 1 for each of {shape[-1]} scores. '
                f"Received: shapes {values.shape}, {shape}"
            )
        _check_samples(values.shape, shape, values.size == math.prod(shape))
        return zero_or_one(values.reshape(-1, shape[-1]), output.ignore_label)


KINDS: Mapping[str, OutputKind] = MappingProxyType({kind.name: kind for kind in (Binary(), MultiClass(), MultiLabel())})

SEPARATE_LABELS = KINDS["multilabel"]
ONE_VS_REST = KINDS["binary"]  # what one class against all the others is, whatever kind it is taken from


def exclusive_kind(width: int) -> OutputKind:
    """What an output is that gives so many scores a sample, of which one class is true.

    One score is binary, and so are two softmax units: the score is that of class 1.
    """
    return KINDS["binary" if width <= 2 else "multiclass"]


def kind_of(output: Output) -> OutputKind:
    """What kind an output is of."""
    return KINDS[output.kind]


def decision_edge(output: Output) -> int:
    """Index of the decision threshold among the thresholds; the nearest one above where it is not one of them."""
    return min(bisect_left(output.thresholds, output.decision_threshold), len(output.thresholds) - 1)


def known_kind(name: Any) -> OutputKind | None:
    """The kind of that name, or None for None.

    Raises:
        ValueError: There is none of that name.
    """
    if name is None:
        return None
    if not isinstance(name, str) or name not in KINDS:
        names = ", ".join(f'"{known}"' for known in KINDS)
        raise ValueError(f"kind must be {names} or None. Received: {name!r}")
    return KINDS[name]


def _one_each(values: Array, shape: tuple[int, ...], samples: int) -> Array:
    """Labels [samples], one for each."""
    _check_samples(values.shape, shape, values.size == samples)
    return values.reshape(-1)


def _check_samples(labels: tuple[int, ...], scores: tuple[int, ...], fit: bool) -> None:
    if not fit:
        raise ValueError(f"y_true and y_score must hold the same samples. Received: shapes {labels}, {scores}")
