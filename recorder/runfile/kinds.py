"""The kinds of output: one class for each says what labels are, what counts, and how four counts come about.

    kind = kind_of(output)
    kind.argmax             # one decision a sample, or one for each score at a threshold
    kind.decided(tally, output)  # tp, fp, tn, fn of each class at the decision

Nobody else asks whether an output is "binary"; they ask its kind what they want to know.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from .labels import class_numbers, hot_numbers, numbers_of, zero_or_one
from .output_kind import Counts, OutputKind, T
from .records import Array, Samples, Tally, counts_of_matrix, score_classes
from .schema import Kind, Output

KEPT_WHOLE = 16  # classes; of more, samples of a multi-class output keep the true class and the top five
TOP = 5
TINY = np.finfo(np.float32).tiny  # smaller scores are denormal: devices flush them, and so they count as zero


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


def not_denormal(scores: Array) -> Array:
    """Scores of the same type, denormal ones as 0.

    >>> not_denormal(np.array([1e-40, 0.5], np.float32)).tolist()
    [0.0, 0.5]
    """
    return np.where(np.abs(scores) < TINY, scores.dtype.type(0), scores)


def exclusive_kind(width: int) -> OutputKind:
    """What an output is that gives so many scores a sample, of which one class is true.

    One score is binary, and so are two softmax units: the score is that of class 1.
    """
    return KINDS["binary" if width <= 2 else "multiclass"]


def kind_of(output: Output) -> OutputKind:
    """What kind an output is of."""
    return KINDS[output.kind]


def kind_with(*, labels_apart: bool = False, argmax: bool = False) -> Kind:
    """The name of the kind of which this holds, as `OutputKind` says it."""
    return next(kind.name for kind in KINDS.values() if (kind.labels_apart, kind.argmax) == (labels_apart, argmax))


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
