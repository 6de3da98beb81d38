"""The tap: predictions of single samples, kept in the validation pass that Keras makes anyway."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import ops

from ..runfile import Samples
from ..shapes import KEPT_WHOLE, TOP
from .counter_layout import Slots
from .device import assign_when, scatter_rows


class Tap:
    """A buffer on the device that keeps every 2^k-th sample of a pass, k as small as its capacity allows.

    How many samples will come is not known beforehand: when they outgrow the buffer, the stride doubles and the
    buffer is thinned. The next pass begins with the stride that the last one needed: all epochs keep the same samples.

    Args:
        metric: the tally whose variables these become.
        capacity: samples at most.
        slots: of that tally.

    Attributes:
        recording: whether a step that is traced now keeps samples; false in training, which then costs nothing.
    """

    def __init__(self, metric: Any, capacity: int, slots: Slots) -> None:
        self.capacity, self.recording = capacity, False
        self._kind, self._labels = slots.kind, slots.labels
        self._reduced = slots.kind == "multiclass" and slots.classes > KEPT_WHOLE
        self._scores = TOP + 1 if self._reduced else slots.classes
        self._last_stride = 1
        self._seen = metric.add_variable((), "zeros", dtype="int32", name="tap_seen")
        self._stride = metric.add_variable((), "ones", dtype="int32", name="tap_stride")
        # Scores, their classes where they are reduced, truth and weight side by side: one write a step. The row
        # behind the last takes what is not kept.
        columns = self._scores * (1 + self._reduced) + slots.labels + 1
        self._rows = metric.add_variable((capacity + 1, columns), "zeros", dtype="float32", name="tap_rows")

    def begin(self) -> None:
        """A pass begins that is to be kept."""
        self._stride.assign(self._last_stride)
        self.recording = True

    def reset(self) -> None:
        """Forgets what was seen."""
        self._seen.assign(0)

    def record(self, truth: Any, scores: Any, weight: Any) -> None:
        """Keeps what falls on the stride.

        Args:
            truth: int32 [n, labels].
            scores: float32 [n, classes], probabilities.
            weight: float32 [n] or None.
        """
        rows = self._packed(truth, scores, weight)
        number = ops.shape(rows)[0]
        first = ops.convert_to_tensor(self._seen)
        end = first + ops.cast(number, "int32")
        self._widen(end)
        position = first + ops.arange(number, dtype="int32")
        stride = ops.convert_to_tensor(self._stride)
        slot = ops.where(position % stride == 0, position // stride, self.capacity)
        scatter_rows(self._rows, slot, rows)
        self._seen.assign(end)

    def samples(self, split: str, output: str) -> Samples | None:
        """What the last pass left; None where it saw nothing."""
        seen, stride = int(ops.convert_to_numpy(self._seen)), int(ops.convert_to_numpy(self._stride))
        sample = np.arange(0, seen, stride, dtype=np.int64)
        if not len(sample):
            return None
        self._last_stride = stride
        rows = ops.convert_to_numpy(self._rows)[: len(sample)]
        widths = [self._scores, self._scores * self._reduced, self._labels, 1]
        scores, label, truth, weight = np.split(rows, np.cumsum(widths)[:-1], axis=1)
        truth = truth.astype(np.int32)
        return Samples(
            split=split,
            output=output,
            sample=sample,
            y_true=truth if self._kind == "multilabel" else truth[:, 0],
            y_score=scores,
            label=self._label(label),
            weight=None if np.isnan(weight).all() else weight[:, 0],
        )

    def _label(self, label: Any) -> Any:
        if self._reduced:
            return label.astype(np.int32)
        return None if self._kind == "binary" else np.arange(self._scores, dtype=np.int32)

    def _packed(self, truth: Any, scores: Any, weight: Any) -> Any:
        """float32 [n, columns]."""
        columns = [scores]
        if self._reduced:
            _, top = ops.top_k(scores, TOP)
            own = ops.clip(truth, 0, scores.shape[1] - 1)
            label = ops.concatenate([own, ops.cast(top, "int32")], axis=1)
            columns = [ops.take_along_axis(scores, label, axis=1), ops.cast(label, "float32")]
        truth = ops.cast(truth, "float32")
        weight = ops.full_like(truth[:, :1], np.nan) if weight is None else weight[:, None]
        return ops.concatenate([*columns, truth, weight], axis=1)

    def _widen(self, end: Any) -> None:
        """Doubles the stride until what was seen up to `end` has room, and thins what there is."""

        def thinned() -> list[Any]:
            stride = ops.convert_to_tensor(self._stride)
            powers = ops.convert_to_tensor(2 ** np.arange(31), dtype="int32")
            fits = (end - 1) // stride // powers < self.capacity
            factor = ops.take(powers, ops.argmax(ops.cast(fits, "int32")))
            source = ops.minimum(ops.arange(self.capacity + 1, dtype="int32") * factor, self.capacity)
            return [ops.take(self._rows, source, axis=0), stride * factor]

        stride = ops.convert_to_tensor(self._stride)
        assign_when((end - 1) // stride >= self.capacity, [self._rows, self._stride], thinned)
