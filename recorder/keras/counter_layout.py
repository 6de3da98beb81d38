"""Where each sample of a batch is counted: labels, scores and weights on the device become indices of counters."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from keras import ops

from ..counting import SLACK, TINY
from ..runfile.records import Array
from ..runfile.schema import Kind
from .device import bins_of, look_up


@dataclass(frozen=True)
class Slots:
    """The counters of one output.

    Two lists of counters: a row of bins for each class and truth, and a matrix of (true, predicted) cells: K x K for
    multi-class, 2 x 2 over all labels together otherwise. A row has a bin more at either end than is recorded, for
    scores that are no probabilities, and a slot for NaN. Behind both lists stands what is left out.

    Args:
        kind: of the output.
        classes: scores of a sample.
        thresholds: float32, increasing.
        decision: index of the decision threshold.
        ignore_label: the label that is left out; None for none.
        from_logits: whether scores come as logits.
    """

    kind: Kind
    classes: int
    thresholds: npt.NDArray[np.float32]
    decision: int
    ignore_label: int | None
    from_logits: bool

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
    def side(self) -> int:
        """Rows of the matrix."""
        return self.classes if self.kind == "multiclass" else 2

    @property
    def labels(self) -> int:
        """Columns of the truth."""
        return self.classes if self.kind == "multilabel" else 1

    @property
    def histogram_slots(self) -> int:
        """Counters of the histograms, and one more for what is left out."""
        return self.classes * 2 * self.row + 1

    @property
    def matrix_slots(self) -> int:
        """Cells of the matrix, one for ignored labels and one for samples without a score."""
        return self.side**2 + 2

    def flatten(self, y_true: Any, y_pred: Any) -> tuple[Any, Any]:
        """int32 [n, labels] and probabilities, float32 [n, classes]."""
        scores = _columns(ops.cast(y_pred, "float32"), self.classes)
        if self.from_logits:
            scores = ops.softmax(scores) if self.kind == "multiclass" else ops.sigmoid(scores)
        if self.kind != "multiclass":
            return _columns(self._zero_or_one(ops.cast(y_true, "float32")), self.labels), scores
        one_hot = len(y_true.shape) == len(y_pred.shape) and y_true.shape[-1] == self.classes
        truth = ops.argmax(y_true, axis=-1) if one_hot else y_true
        return _columns(ops.cast(truth, "int32"), 1), scores

    def flatten_weight(self, sample_weight: Any, y_pred: Any) -> Any:
        """float32 [n], whether a weight is given for a sample or for each of its positions."""
        weight = ops.cast(ops.convert_to_tensor(sample_weight), "float32")
        leading = ops.shape(y_pred)[:1] if len(y_pred.shape) == 1 else ops.shape(y_pred)[:-1]
        while len(weight.shape) > len(leading):
            weight = weight[..., 0]
        while len(weight.shape) < len(leading):
            weight = weight[..., None]
        return ops.reshape(ops.broadcast_to(weight, leading), (-1,))

    def locate(self, truth: Any, scores: Any) -> tuple[Any, Any]:
        """The counter of each score, int32 [n, classes], and the matrix cell of each decision, int32 [n, labels]."""
        bins, undefined = bins_of(scores, self.edges), ops.isnan(scores)
        positive = truth
        if self.kind == "multiclass":
            undefined = ops.any(undefined, axis=1, keepdims=True)
            positive = ops.cast(truth == np.arange(self.classes, dtype=np.int32), "int32")
        slot = positive * self.row + ops.where(undefined, self.row - 1, bins)
        if self.classes > 1:
            slot = slot + np.arange(self.classes, dtype=np.int32) * (2 * self.row)
        kept = self._kept(truth)
        if kept is not None:
            slot = ops.where(kept, slot, self.histogram_slots - 1)
        if self.kind != "multiclass":
            return slot, look_up(self._cells, slot)
        predicted = ops.cast(ops.argmax(scores, axis=-1, keepdims=True), "int32")
        cell = ops.where(undefined, self.side**2 + 1, truth * self.side + predicted)
        return slot, ops.where(kept, cell, self.side**2)

    def folded(self, histograms: Array) -> tuple[Array, Array, Array]:
        """Counters on the host as they are recorded.

        Args:
            histograms: [histogram_slots].

        Returns:
            [classes, 2, bins]: scores beyond 0 and 1 are in the end bins. [classes, 2]: NaN. [classes, 2]: beyond.
        """
        rows = histograms[:-1].reshape(self.classes, 2, self.row)
        bins = rows[..., 1:-2].copy()
        bins[..., 0] += rows[..., 0]
        bins[..., -1] += rows[..., -2]
        return bins, rows[..., -1], rows[..., 0] + rows[..., -2]

    @cached_property
    def _cells(self) -> npt.NDArray[np.int32]:
        """The cell of a 2 x 2 matrix for each counter of the histograms."""
        predicted = np.arange(self.row) > self.decision + 1
        cells = np.stack([predicted, 2 + predicted])
        cells[:, -1] = self.side**2 + 1
        return np.append(np.tile(cells.ravel(), self.classes), self.side**2).astype(np.int32)

    def _zero_or_one(self, y_true: Any) -> Any:
        truth = ops.cast(y_true > 0.5, "int32")
        return truth if self.ignore_label is None else ops.where(y_true == self.ignore_label, self.ignore_label, truth)

    def _kept(self, truth: Any) -> Any:
        """bool [n, labels]: whether a label counts; None where all do."""
        ignored = None if self.ignore_label is None else truth != self.ignore_label
        if self.kind != "multiclass":
            return ignored
        known = ops.logical_and(truth >= 0, truth < self.classes)
        return known if ignored is None else ops.logical_and(known, ignored)


def _columns(array: Any, number: int) -> Any:
    """[n, number]; nothing is done to what has that shape."""
    return array if array.shape[1:] == (number,) else ops.reshape(array, (-1, number))
