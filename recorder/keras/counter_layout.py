"""Where each sample of a batch is counted: labels and scores on the device become indices of counters.

One class a kind, as in `recorder.runfile.kinds`, whose rules these follow on the device; and one for outputs whose
kind no shape tells, which the first batch settles.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from keras import ops

from ..counting import SLACK, TINY
from ..runfile import KINDS, NO_LABEL
from ..runfile.kinds import OutputKind
from ..runfile.records import Array
from .device import bins_of, codes_of, is_floating, look_up, scatter_add

_MOST = np.finfo(np.float32).max
# What is between these says what a label of 0 or 1 is; NaN falls before the first or behind the last, as the backend
# has it, and so is no label either way.
LABEL_EDGES = np.array([-_MOST, 0, np.nextafter(np.float32(0.5), np.float32(1)), 0, np.inf], np.float32)
LABEL_EDGES[3] = np.nextafter(np.float32(1), np.float32(2))
NONE, BELOW, NEGATIVE, POSITIVE, ABOVE, NONE_EITHER, LEFT_OUT = range(7)
_SIDES = np.array([2, 0, 0, 1, 1, 2, 2], np.int32)  # rows of a class: not of it, of it, neither


@dataclass(frozen=True, slots=True)
class Counted:
    """Counters on the host, as they are recorded.

    Args:
        kind: of the output.
        tally: fields of `Tally` by name.
        met: fields of `Met` by name.
    """

    kind: OutputKind
    tally: dict[str, Any]
    met: dict[str, Any]


@dataclass(frozen=True, slots=True)
class SampleForm:
    """What samples keep of a batch.

    Args:
        kind: of the output.
        scores: of a sample.
        truth: canonical labels, int32 [n, labels], of labels as `CounterLayout.labels` makes them.
        columns: scores [n, scores] of those that are counted.
    """

    kind: OutputKind
    scores: int
    truth: Callable[[Any], Any]
    columns: Callable[[Any], Any]


@dataclass(frozen=True)
class CounterLayout(ABC):
    """The counters of one output: lists of integers, by name.

    `histograms` has for each class a row of bins of the samples that are not of it, then one of those that are, then
    one counter for what is left out. A row has a bin more at either end than is recorded, for scores that are no
    probabilities, and a counter for NaN. `decided` has what the value in the logs is made of. `noted` is for the
    warnings.

    Args:
        width: scores that the model gives for a sample.
        thresholds: float32, increasing.
        decision: index of the decision threshold.
        ignore_label: the label that is left out; None for none.
        from_logits: whether scores come as logits.
        matrix: whether a multi-class output has room for its matrix.
    """

    width: int
    thresholds: npt.NDArray[np.float32]
    decision: int
    ignore_label: int | None
    from_logits: bool
    matrix: bool

    kind: ClassVar[OutputKind]

    @property
    def settled(self) -> OutputKind | None:
        """The kind; None where the first batch has to settle it."""
        return self.kind

    @property
    def rows_only(self) -> bool:
        """Whether labels must come as rows."""
        return self.kind.labels_apart and self.width > 1

    @property
    def classes(self) -> int:
        """Classes that have histograms."""
        return self.kind.scores(len(self.kind.plain_names(self.width)))

    @cached_property
    def edges(self) -> npt.NDArray[np.float32]:
        """float32: the thresholds, denormals counted as zero, between the bounds of what is a probability."""
        largest_denormal = np.nextafter(TINY, np.float32(0))
        inner = np.maximum(self.thresholds, largest_denormal)
        return np.concatenate([[-SLACK], inner, [1 + SLACK]]).astype(np.float32)

    @property
    def row(self) -> int:
        """Counters of one class and truth: its bins, then NaN."""
        return len(self.edges) + 2

    @property
    def stride(self) -> int:
        """Counters of one class."""
        return 2 * self.row + 1

    @property
    def sizes(self) -> dict[str, int]:
        """How many counters there are."""
        return {"histograms": self.classes * self.stride, "decided": self.decided_slots, "noted": self.noted_slots}

    @property
    @abstractmethod
    def decided_slots(self) -> int:
        """Counters of decisions."""

    @property
    def noted_slots(self) -> int:
        """Counters for the warnings."""
        return len(_SIDES)

    def scores(self, y_pred: Any) -> Any:
        """Probabilities, float32 [n, classes]."""
        scores = _columns(ops.cast(y_pred, "float32"), self.width)
        return self._activated(scores) if self.from_logits else scores

    @abstractmethod
    def labels(self, y_true: Any, y_pred: Any, mask: Any) -> Any:
        """Labels as `count` takes them; `mask`, bool [n] or None, is false where a position is left out."""

    @abstractmethod
    def count(self, counters: dict[str, Any], labels: Any, scores: Any) -> Any:
        """Adds a batch to the counters; the slots of its scores in `histograms`, int32 [n, classes]."""

    @abstractmethod
    def truth(self, labels: Any) -> Any:
        """Canonical labels, int32 [n, 1] or [n, labels], as samples keep them."""

    @abstractmethod
    def confusion(self, decided: Any) -> tuple[Any, ...]:
        """tp, fp, tn, fn by class or of all together, float32, of the counters of decisions."""

    def correlation(self, counters: dict[str, Any]) -> Any:
        """Matthews correlation coefficient at the decision, a float32 scalar; NaN where undefined."""
        return matthews(*self.confusion(ops.convert_to_tensor(counters["decided"])))

    def form(self, counters: dict[str, Array]) -> SampleForm:
        """What samples keep, of counters on the host."""
        return SampleForm(self.kind, self.classes, self.truth, lambda scores: scores)

    def read(self, counters: dict[str, Array]) -> Counted:
        """What is recorded of counters on the host, int64 each."""
        bins, nan, outside = self.folded(counters["histograms"])
        tally, met = self.read_decided(counters["decided"], counters["noted"])
        return Counted(self.kind, {"histogram": bins, "nan": nan} | tally, {"outside": int(outside.sum())} | met)

    def folded(self, histograms: Array) -> tuple[Array, Array, Array]:
        """Counters of scores as they are recorded.

        Args:
            histograms: [classes * stride].

        Returns:
            [classes, 2, bins]: scores beyond 0 and 1 are in the end bins. [classes, 2]: NaN. [classes, 2]: beyond.
        """
        rows = histograms.reshape(self.classes, self.stride)[:, :-1].reshape(self.classes, 2, self.row)
        bins = rows[..., 1:-2].copy()
        bins[..., 0] += rows[..., 0]
        bins[..., -1] += rows[..., -2]
        return bins, rows[..., -1], rows[..., 0] + rows[..., -2]

    @abstractmethod
    def _activated(self, logits: Any) -> Any:
        """Probabilities of logits [n, width]."""

    @abstractmethod
    def read_decided(self, decided: Array, noted: Array) -> tuple[dict[str, Any], dict[str, Any]]:
        """Fields of the tally and of what was met."""

    def places(self, local: Any) -> Any:
        """Slots of the counters [n, classes] that are numbered from the first one of each class."""
        local = ops.minimum(local, self.stride - 1)
        if self.classes == 1:
            return local
        return local + ops.convert_to_tensor(np.arange(self.classes, dtype=np.int32) * self.stride)

    def bins(self, scores: Any, undefined: Any) -> Any:
        """The bin of each score in its row, int32 [n, classes]."""
        return ops.where(undefined, self.row - 1, bins_of(scores, self.edges))


@dataclass(frozen=True)
class ZeroOrOne(CounterLayout):
    """Scores that are decided at a threshold, each with a label of 0 or 1. `decided` is 2 x 2 over all of them."""

    @property
    def decided_slots(self) -> int:
        return 6  # the four cells, what is left out, what has no score

    def labels(self, y_true: Any, y_pred: Any, mask: Any) -> Any:
        values = _columns(ops.cast(y_true, "float32"), self.classes)
        return self._left_out(codes_of(values, LABEL_EDGES), values, mask)

    def count(self, counters: dict[str, Any], labels: Any, scores: Any) -> Any:
        local = self.local(labels, scores)
        slot = self.places(local)
        scatter_add(counters["histograms"], slot)
        scatter_add(counters["decided"], look_up(self.cells, local))
        scatter_add(counters["noted"], labels)
        return slot

    def local(self, labels: Any, scores: Any) -> Any:
        """Counters of scores, numbered from the first one of each class."""
        return look_up(self._rows, labels) + self.bins(scores, ops.isnan(scores))

    def truth(self, labels: Any) -> Any:
        return look_up(self._values, labels)

    def confusion(self, decided: Any) -> tuple[Any, ...]:
        tn, fp, fn, tp = ops.unstack(ops.cast(decided[:4], "float32"), 4)
        return tp, fp, tn, fn

    def read_decided(self, decided: Array, noted: Array) -> tuple[dict[str, Any], dict[str, Any]]:
        none, odd = int(noted[NONE] + noted[NONE_EITHER]), int(noted[BELOW] + noted[ABOVE])
        return {"ignored": int(decided[4])}, {"no_label": none, "odd": odd}

    def _left_out(self, codes: Any, values: Any, mask: Any) -> Any:
        if self.ignore_label not in (None, 0, 1):  # those are left out by their rows
            codes = ops.where(values == self.ignore_label, LEFT_OUT, codes)
        return codes if mask is None else ops.where(mask[:, None], codes, LEFT_OUT)

    @cached_property
    def _rows(self) -> npt.NDArray[np.int32]:
        """The first counter of a class for each code of a label."""
        sides = np.where(self.ignore_label == _SIDES, 2, _SIDES)
        return (sides * self.row).astype(np.int32)

    @cached_property
    def _values(self) -> npt.NDArray[np.int32]:
        ignored = NO_LABEL if self.ignore_label is None else self.ignore_label
        return np.array([NO_LABEL, 0, 0, 1, 1, NO_LABEL, ignored], np.int32)

    @cached_property
    def cells(self) -> npt.NDArray[np.int32]:
        """The cell of each counter of a class, and of a row that is left out."""
        predicted = np.arange(self.row) > self.decision + 1
        cells = np.stack([predicted, 2 + predicted, np.full(self.row, 4)])
        cells[:2, -1] = 5
        return cells.ravel().astype(np.int32)


@dataclass(frozen=True)
class BinaryLayout(ZeroOrOne):
    """One score a sample, or two softmax units of which the second counts."""

    kind: ClassVar[OutputKind] = KINDS["binary"]

    def scores(self, y_pred: Any) -> Any:
        return super().scores(y_pred)[:, -1:] if self.width == 2 else super().scores(y_pred)

    def labels(self, y_true: Any, y_pred: Any, mask: Any) -> Any:
        if self.width == 1 or not has_rows(y_true, y_pred):
            return super().labels(y_true, y_pred, mask)
        number, known, _ = _hot(_columns(y_true, 2))
        codes = ops.where(known, number + NEGATIVE, NONE)
        return self._left_out(codes, number, mask)

    def _activated(self, logits: Any) -> Any:
        return ops.softmax(logits) if self.width == 2 else ops.sigmoid(logits)


@dataclass(frozen=True)
class MultiLabelLayout(ZeroOrOne):
    """Scores of a sample apart from one another, a sigmoid each."""

    kind: ClassVar[OutputKind] = KINDS["multilabel"]

    def _activated(self, logits: Any) -> Any:
        return ops.sigmoid(logits)


@dataclass(frozen=True)
class MultiClassLayout(CounterLayout):
    """One of several classes.

    A label is a class, or K where there is none, K + 1 where it is left out. `decided` has (K + 2) x (K + 1) cells, of
    which the last column is for samples without a score; or, without the matrix, tp, fp and fn of each class, then
    what has no label, is left out, has no score, and a place for nothing.
    """

    kind: ClassVar[OutputKind] = KINDS["multiclass"]

    @property
    def decided_slots(self) -> int:
        return (self.classes + 2) * (self.classes + 1) if self.matrix else 3 * self.classes + 4

    @property
    def noted_slots(self) -> int:
        return 2  # one-hot rows; those with several ones

    def labels(self, y_true: Any, y_pred: Any, mask: Any) -> Any:
        rows = has_rows(y_true, y_pred)
        if rows:
            number, known, crowded = _hot(_columns(y_true, self.classes))
        else:
            values, crowded = _columns(y_true, 1), None
            number = ops.cast(values, "int32")
            known = ops.logical_and(number >= 0, number < self.classes)
            if is_floating(values):
                known = ops.logical_and(known, ops.cast(number, values.dtype) == values)
        label = ops.where(known, number, self.classes)
        if self.ignore_label is not None:
            label = ops.where(number == self.ignore_label, self.classes + 1, label)
        if mask is not None:
            label = ops.where(mask[:, None], label, self.classes + 1)
        return (label, crowded) if rows else (label, None)

    def count(self, counters: dict[str, Any], labels: Any, scores: Any) -> Any:
        label, crowded = labels
        undefined = self.undefined(scores)
        slot = self.places(self.local(label, scores, undefined))
        scatter_add(counters["histograms"], slot)
        scatter_add(counters["decided"], self.decisions(label, scores, undefined))
        if crowded is not None:
            scatter_add(counters["noted"], crowded)
        return slot

    def truth(self, labels: Any) -> Any:
        ignored = NO_LABEL if self.ignore_label is None else self.ignore_label
        label = ops.where(labels[0] == self.classes, NO_LABEL, labels[0])
        return ops.where(label > self.classes, ignored, label)

    def confusion(self, decided: Any) -> tuple[Any, ...]:
        # Differences are taken between integers.
        if self.matrix:
            side = self.classes + 1
            matrix = ops.reshape(decided[: self.classes * side], (self.classes, side))[:, :-1]
            tp = ops.diagonal(matrix)
            fp, fn = ops.sum(matrix, axis=0) - tp, ops.sum(matrix, axis=1) - tp
        else:
            tp, fp, fn = ops.unstack(ops.reshape(decided[: 3 * self.classes], (3, self.classes)), 3)
        tn = ops.sum(tp + fn) - tp - fp - fn
        return tuple(ops.cast(count, "float32") for count in (tp, fp, tn, fn))

    def local(self, label: Any, scores: Any, undefined: Any) -> Any:
        """Counters of scores, numbered from the first one of each class."""
        positive = ops.cast(label == ops.arange(self.classes, dtype="int32"), "int32")
        local = positive * self.row + self.bins(scores, undefined)
        return ops.where(label < self.classes, local, self.stride - 1)

    def decisions(self, label: Any, scores: Any, undefined: Any) -> Any:
        """Counters of decisions."""
        predicted = self.predicted(scores)
        if self.matrix:
            return label * (self.classes + 1) + ops.where(undefined, self.classes, predicted)
        last = 3 * self.classes
        right, known = predicted == label, label < self.classes
        first = ops.where(right, label, self.classes + predicted)
        first = ops.where(known, ops.where(undefined, last + 2, first), label + 2 * self.classes)
        missed = ops.logical_and(ops.logical_and(known, ops.logical_not(undefined)), ops.logical_not(right))
        return ops.concatenate([first, ops.where(missed, label + 2 * self.classes, last + 3)], axis=1)

    def read_decided(self, decided: Array, noted: Array) -> tuple[dict[str, Any], dict[str, Any]]:
        classes = self.classes
        if self.matrix:
            cells = decided.reshape(classes + 2, classes + 1)
            none, left_out = cells[classes].sum(), cells[classes + 1].sum()
            kept: dict[str, Any] = {"matrix": cells[:classes, :-1].copy()}
        else:
            none, left_out = decided[3 * classes : 3 * classes + 2]
            kept = {"argmax": decided[: 3 * classes].reshape(3, classes).T.copy()}
        return {"ignored": int(none + left_out)} | kept, {"no_label": int(none), "crowded": int(noted[1])}

    def undefined(self, scores: Any) -> Any:
        """Whether a sample has no scores, bool [n, 1]."""
        return ops.any(ops.isnan(scores), axis=1, keepdims=True)

    def predicted(self, scores: Any) -> Any:
        """The class that is decided for, int32 [n, 1]."""
        return ops.cast(ops.argmax(scores, axis=-1, keepdims=True), "int32")

    def _activated(self, logits: Any) -> Any:
        return ops.softmax(logits)


def matthews(tp: Any, fp: Any, tn: Any, fn: Any) -> Any:
    """Matthews correlation coefficient, a float32 scalar; NaN where undefined.

    Of several classes it is Gorodkin's R_K (Computational Biology and Chemistry 28, 2004), which for two is
    Matthews's, here as sums over the one-vs-rest counts of the classes.
    """
    covariance = ops.sum(tp * tn - fp * fn)
    true, predicted = ops.sum((tp + fn) * (tn + fp)), ops.sum((tp + fp) * (tn + fn))
    return covariance / (ops.sqrt(true) * ops.sqrt(predicted))


def has_rows(y_true: Any, y_pred: Any) -> bool:
    """Whether labels come as rows as wide as the scores: one-hot, or a label for each."""
    truth, scores = static_shape(y_true), static_shape(y_pred)
    return truth is not None and scores is not None and len(truth) == len(scores) > 1 and truth[-1] == scores[-1] != 1


def static_shape(array: Any) -> tuple[int | None, ...] | None:
    """The shape as far as it is known before a step runs; None where not even the number of axes is."""
    try:
        return tuple(array.shape)
    except ValueError:  # TensorFlow, of an unknown rank
        return None


def _hot(rows: Any) -> tuple[Any, Any, Any]:
    """The class of one-hot or soft rows, int32 [n, 1]; whether there is one; 1 where a row has several ones, int32."""
    rows = ops.cast(rows, "float32")
    total = ops.sum(rows, axis=1, keepdims=True)
    number = ops.cast(ops.argmax(rows, axis=1), "int32")[:, None]
    return number, total > 0, ops.cast(total > 1.5, "int32")


def _columns(array: Any, number: int) -> Any:
    """[n, number]; nothing is done to what has that shape."""
    return array if array.shape[1:] == (number,) else ops.reshape(array, (-1, number))
