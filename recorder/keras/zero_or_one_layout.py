"""Counters of outputs that are decided at a threshold: binary and multi-label."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from keras import ops

from ..device_counters import (
    LABEL_EDGES,
    LEFT_OUT,
    NEGATIVE,
    NONE,
    SIDES,
    label_values,
    labels_ignored,
    labels_met,
    sides,
)
from ..runfile import KINDS
from ..runfile.output_kind import OutputKind
from ..runfile.records import Array
from ..whole_samples import LabelSets
from .counter_layout import Counted, CounterLayout, columns, has_rows, hot
from .counter_ops import codes_of, look_up, scatter_add
from .whole_samples import count_label_sets

LARGEST_TABLE = 2**16  # numbers


@dataclass(frozen=True)
class ZeroOrOne(CounterLayout):
    """Scores that are decided at a threshold, each with a label of 0 or 1. Rows of `decided` have a counter a class."""

    @property
    def recorded(self) -> tuple[str, ...]:
        return tuple(name for name in self.sizes if name != "decided")  # which is for the value in the logs alone

    @property
    def decided_slots(self) -> int:
        return 6 * self.classes  # the four cells, what is left out, what has no score

    @property
    def noted_slots(self) -> int:
        return len(SIDES)

    def labels(self, y_true: Any, y_pred: Any, mask: Any) -> Any:
        values = columns(ops.cast(y_true, "float32"), self.classes)
        return self._left_out(codes_of(values, LABEL_EDGES), values, mask)

    def count(self, counters: dict[str, Any], labels: Any, scores: Any) -> Any:
        local = self.local(labels, scores)
        slot = self.places(local)
        scatter_add(counters["histograms"], slot)
        small = self.classes * self.stride <= LARGEST_TABLE
        scatter_add(counters["decided"], look_up(self._cells_of_slots, slot) if small else self.decisions(local))
        scatter_add(counters["noted"], labels)
        return slot

    def local(self, labels: Any, scores: Any) -> Any:
        """Counters of scores, numbered from the first one of each class."""
        return look_up(self._rows, labels) + self.bins(scores, ops.isnan(scores))

    def decisions(self, local: Any) -> Any:
        """Counters of decisions [n, classes], of those of scores as `local` numbers them."""
        return look_up(self._cells, local) + ops.convert_to_tensor(np.arange(self.classes, dtype=np.int32))

    def truth(self, labels: Any) -> Any:
        return look_up(self._values, labels)

    def correlation(self, counters: dict[str, Any]) -> Any:
        return mean_matthews(ops.convert_to_tensor(counters["decided"]), self.classes)

    def read_decided(self, counters: dict[str, Array]) -> tuple[dict[str, Any], dict[str, Any]]:
        codes = self.codes(counters)
        return {"ignored": labels_ignored(codes, self.ignore_label)}, labels_met(codes)

    def codes(self, counters: dict[str, Array]) -> Array:
        """How often each code of a label came."""
        return counters["noted"]

    def _left_out(self, codes: Any, values: Any, mask: Any) -> Any:
        if self.ignore_label not in (None, 0, 1):  # those are left out by their rows
            codes = ops.where(values == self.ignore_label, LEFT_OUT, codes)
        return codes if mask is None else ops.where(mask[:, None], codes, LEFT_OUT)

    @cached_property
    def _rows(self) -> npt.NDArray[np.int32]:
        """The first counter of a class for each code of a label."""
        return self.score_rows.of_labels(self.ignore_label)

    @cached_property
    def _values(self) -> npt.NDArray[np.int32]:
        return label_values(self.ignore_label)

    @cached_property
    def _cells(self) -> npt.NDArray[np.int32]:
        """Where the row of `decided` begins for each counter of a class, and for those of what is left out."""
        predicted = np.arange(self.row) > self.decision + 1
        cells = np.stack([np.where(predicted, 2, 0), np.where(predicted, 1, 3), np.full(self.row, 4)])
        cells[:2, -1] = 5
        return (cells.ravel() * self.classes).astype(np.int32)

    @cached_property
    def _cells_of_slots(self) -> npt.NDArray[np.int32]:
        """The counter of decisions for each counter of scores: of few classes one look-up, and nothing to add."""
        return (self._cells[: self.stride] + np.arange(self.classes, dtype=np.int32)[:, None]).ravel()


@dataclass(frozen=True)
class BinaryLayout(ZeroOrOne):
    """One score a sample, or two softmax units of which the second counts.

    `histograms` has a row of bins for each code of a label, which tell all that is recorded: a step has nothing to note
    beside it, and one list is all that is read.
    """

    kind: ClassVar[OutputKind] = KINDS["binary"]

    @property
    def sizes(self) -> dict[str, int]:
        return {"histograms": len(SIDES) * self.row, "decided": self.decided_slots}

    def count(self, counters: dict[str, Any], labels: Any, scores: Any) -> Any:
        slot = labels * self.row + self.bins(scores, ops.isnan(scores))
        scatter_add(counters["histograms"], slot)
        scatter_add(counters["decided"], look_up(self._cells_of_codes, slot))
        return slot

    def codes(self, counters: dict[str, Array]) -> Array:
        return self._rows_of_codes(counters["histograms"]).sum(axis=1)

    def folded(self, histograms: Array) -> tuple[Array, Array, Array]:
        rows, side = self._rows_of_codes(histograms), sides(self.ignore_label)
        folded = np.zeros(self.stride, histograms.dtype)
        for label, row in enumerate(folded[:-1].reshape(2, self.row)):
            for code in np.flatnonzero(side == label):
                row += rows[code]
        return super().folded(folded)

    def _rows_of_codes(self, histograms: Array) -> Array:
        return histograms.reshape(len(SIDES), self.row)

    @cached_property
    def _cells_of_codes(self) -> npt.NDArray[np.int32]:
        """The counter of decisions for each counter of scores."""
        return self._cells.reshape(3, self.row)[sides(self.ignore_label)].ravel()

    def scores(self, y_pred: Any) -> Any:
        return super().scores(y_pred)[:, -1:] if self.width == 2 else super().scores(y_pred)

    def labels(self, y_true: Any, y_pred: Any, mask: Any) -> Any:
        if self.width == 1 or not has_rows(y_true, y_pred):
            return super().labels(y_true, y_pred, mask)
        number, known, _ = hot(columns(y_true, 2))
        codes = ops.where(known, number + NEGATIVE, NONE)
        return self._left_out(codes, number, mask)

    def _activated(self, logits: Any) -> Any:
        return ops.softmax(logits) if self.width == 2 else ops.sigmoid(logits)


@dataclass(frozen=True)
class MultiLabelLayout(ZeroOrOne):
    """Scores of a sample apart from one another, a sigmoid each."""

    kind: ClassVar[OutputKind] = KINDS["multilabel"]

    @property
    def sizes(self) -> dict[str, int]:
        return super().sizes | {"label_sets": self.sets.size}

    @cached_property
    def sets(self) -> LabelSets:
        """The counters of samples taken whole."""
        return LabelSets(self.classes, len(self.thresholds))

    def count(self, counters: dict[str, Any], labels: Any, scores: Any) -> Any:
        slot = super().count(counters, labels, scores)
        self.count_sets(counters["label_sets"], labels, scores)
        return slot

    def count_sets(self, counters: Any, labels: Any, scores: Any) -> None:
        """Counts samples whole."""
        bins = self.bins(scores, ops.isnan(scores))
        count_label_sets(counters, self.sets, bins, scores, look_up(sides(self.ignore_label), labels))

    def read(self, counters: dict[str, Array]) -> Counted:
        counted = super().read(counters)
        return replace(counted, tally=counted.tally | self.sets.read(counters["label_sets"]))

    def _activated(self, logits: Any) -> Any:
        return ops.sigmoid(logits)


def mean_matthews(decided: Any, classes: int) -> Any:
    """The mean of Matthews's correlation coefficient over the classes where it is defined, a float32 scalar.

    Args:
        decided: the rows tn, tp, fp, fn, and others behind them, of one counter a class.
        classes: how many.
    """
    if classes == 1:  # numbers by themselves: of a dozen of them, each operation is cheaper than one along an axis
        tn, tp, fp, fn = ops.unstack(ops.cast(decided, "float32"), decided.shape[0])[:4]
        spread = ops.sqrt((tp + fp) * (tp + fn)) * ops.sqrt((tn + fp) * (tn + fn))
        return (tp * tn - fp * fn) / spread
    right, wrong = ops.unstack(ops.reshape(ops.cast(decided[: 4 * classes], "float32"), (2, 2, 1, classes)), 2)
    covariance = ops.prod(right, axis=0) - ops.prod(wrong, axis=0)
    # Each right count with each wrong one makes a margin. Roots before products, so that nothing overflows.
    spread = ops.prod(ops.sqrt(right + ops.reshape(wrong, (1, 2, classes))), axis=(0, 1))
    # Of counts, a spread is 0, where the coefficient is undefined, or at least 1.
    return ops.sum(covariance / ops.maximum(spread, 1.0)) / ops.sum(ops.minimum(spread, 1.0))
