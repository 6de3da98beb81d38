"""Counters of outputs that argmax decides."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from keras import ops

from ..runfile import KINDS, NO_LABEL, counted_ks
from ..runfile.output_kind import OutputKind
from ..runfile.records import Array
from ..whole_samples import within_top_k
from .counter_layout import Counted, CounterLayout, columns, has_rows, hot
from .counter_ops import scatter_add
from .device import is_floating
from .whole_samples import places_of

FEW = 64  # classes whose matrix is summed quickly


@dataclass(frozen=True)
class MultiClassLayout(CounterLayout):
    """One of several classes.

    A label is a class, or K where there is none, K + 1 where it is left out. `decided` has (K + 2) x (K + 1) cells, of
    which the last column is for samples without a score. Where there is no matrix, or one so large that to sum it at
    each step would take longer than to count, tp, fp and fn of each class follow, then what has no label, is left out,
    has no score, and a place for nothing.
    """

    kind: ClassVar[OutputKind] = KINDS["multiclass"]

    @property
    def cells(self) -> int:
        """Counters of the matrix."""
        return (self.classes + 2) * (self.classes + 1) if self.matrix else 0

    @property
    def summed(self) -> bool:
        """Whether tp, fp and fn of each class are sums of the matrix; else they have counters of their own."""
        return self.matrix and self.classes <= FEW

    @property
    def decided_slots(self) -> int:
        return self.cells if self.summed else self.cells + 3 * self.classes + 4

    @property
    def tops(self) -> int:
        """How many of `counted_ks` there are."""
        return len(counted_ks(self.classes))

    @property
    def sizes(self) -> dict[str, int]:
        return super().sizes | {"places": self.classes * self.tops + 1}  # the last one of nothing

    @property
    def noted_slots(self) -> int:
        return 2  # one-hot rows; those with several ones

    def labels(self, y_true: Any, y_pred: Any, mask: Any) -> Any:
        rows = has_rows(y_true, y_pred)
        if rows:
            number, known, crowded = hot(columns(y_true, self.classes))
        else:
            values, crowded = columns(y_true, 1), None
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
        scatter_add(counters["places"], self.ranked(label, scores, undefined))
        if crowded is not None:
            scatter_add(counters["noted"], crowded)
        return slot

    def truth(self, labels: Any) -> Any:
        ignored = NO_LABEL if self.ignore_label is None else self.ignore_label
        label = ops.where(labels[0] == self.classes, NO_LABEL, labels[0])
        return ops.where(label > self.classes, ignored, label)

    def correlation(self, counters: dict[str, Any]) -> Any:
        return gorodkin(*self.confusion(ops.convert_to_tensor(counters["decided"])))

    def confusion(self, decided: Any) -> tuple[Any, ...]:
        """tp, fp, tn, fn by class, float32, of the counters of decisions; differences are taken between integers."""
        if self.summed:
            side = self.classes + 1
            matrix = ops.reshape(decided[: self.classes * side], (self.classes, side))[:, :-1]
            tp = ops.diagonal(matrix)
            fp, fn = ops.sum(matrix, axis=0) - tp, ops.sum(matrix, axis=1) - tp
        else:
            counts = decided[self.cells : self.cells + 3 * self.classes]
            tp, fp, fn = ops.unstack(ops.reshape(counts, (3, self.classes)), 3)
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
        cell = label * (self.classes + 1) + ops.where(undefined, self.classes, predicted) if self.matrix else None
        if self.summed:
            return cell
        last = 3 * self.classes
        right, known = predicted == label, label < self.classes
        first = ops.where(right, label, self.classes + predicted)
        first = ops.where(known, ops.where(undefined, last + 2, first), label + 2 * self.classes)
        missed = ops.logical_and(ops.logical_and(known, ops.logical_not(undefined)), ops.logical_not(right))
        counts = [first + self.cells, ops.where(missed, label + 2 * self.classes, last + 3) + self.cells]
        return ops.concatenate(counts if cell is None else [cell, *counts], axis=1)

    def ranked(self, label: Any, scores: Any, undefined: Any) -> Any:
        """Counters of how high the true class ranks."""
        nothing = ops.logical_or(undefined, label >= self.classes)
        return ops.where(nothing, self.classes * self.tops, label * self.tops + places_of(label, scores))

    def read(self, counters: dict[str, Array]) -> Counted:
        counted = super().read(counters)
        return replace(counted, tally=counted.tally | self.read_places(counters["places"]))

    def read_places(self, places: Array) -> dict[str, Any]:
        """Fields of the tally."""
        return {"top_k": within_top_k(places[:-1].reshape(self.classes, self.tops))}

    def read_decided(self, counters: dict[str, Array]) -> tuple[dict[str, Any], dict[str, Any]]:
        classes, decided = self.classes, counters["decided"]
        if self.matrix:
            cells = decided[: self.cells].reshape(classes + 2, classes + 1)
            none, left_out = cells[classes].sum(), cells[classes + 1].sum()
            kept: dict[str, Any] = {"matrix": cells[:classes, :-1].copy()}
        else:
            none, left_out = decided[3 * classes : 3 * classes + 2]
            kept = {"argmax": decided[: 3 * classes].reshape(3, classes).T.copy()}
        return {"ignored": int(none + left_out)} | kept, {"no_label": int(none), "crowded": int(counters["noted"][1])}

    def undefined(self, scores: Any) -> Any:
        """Whether a sample has no scores, bool [n, 1]."""
        return ops.any(ops.isnan(scores), axis=1, keepdims=True)

    def predicted(self, scores: Any) -> Any:
        """The class that is decided for, int32 [n, 1]."""
        return ops.cast(ops.argmax(scores, axis=-1, keepdims=True), "int32")

    def _activated(self, logits: Any) -> Any:
        return ops.softmax(logits)


def gorodkin(tp: Any, fp: Any, tn: Any, fn: Any) -> Any:
    """Gorodkin's R_K (Computational Biology and Chemistry 28, 2004), a float32 scalar; NaN where undefined.

    For two classes it is Matthews's correlation coefficient; here as sums over the one-vs-rest counts of the classes.
    """
    covariance = ops.sum(tp * tn - fp * fn)
    true, predicted = ops.sum((tp + fn) * (tn + fp)), ops.sum((tp + fp) * (tn + fn))
    return covariance / (ops.sqrt(true) * ops.sqrt(predicted))
