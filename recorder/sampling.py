"""Predictions of single samples: the tap in the validation pass that Keras makes anyway, and the probe."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import ops

from .counting import KEPT_WHOLE, TOP
from .device import assign_when, scatter_rows
from .runfile import Samples


class Tap:
    """A buffer on the device that keeps every 2^k-th sample of a pass, k as small as its capacity allows.

    How many samples will come is not known beforehand: when they outgrow the buffer, the stride doubles and the
    buffer is thinned. The stride stays for later passes, so that all epochs keep the same samples.

    Args:
        metric: the tally whose variables these become.
        capacity: samples at most.
        classes: scores of a sample.
        labels: columns of the truth: 1, or the labels of a multi-label output.
        weighted: whether sample weights are kept.
    """

    def __init__(self, metric: Any, capacity: int, *, classes: int, labels: int, weighted: bool) -> None:
        self.capacity = capacity
        self._whole = labels > 1 or classes <= KEPT_WHOLE
        width = classes if self._whole else TOP + 1

        def variable(shape: tuple[int, ...], dtype: str, name: str, start: str = "zeros") -> Any:
            return metric.add_variable(shape, start, dtype=dtype, name=f"tap_{name}")

        self.on = variable((), "int32", "on")
        self.seen = variable((), "int32", "seen")
        self._stride = variable((), "int32", "stride", "ones")
        # One row more than the capacity: what is not kept goes there.
        self._truth = variable((capacity + 1, labels), "int32", "truth")
        self._score = variable((capacity + 1, width), "float32", "score")
        self._label = None if self._whole else variable((capacity + 1, width), "int32", "label")
        self._weight = variable((capacity + 1,), "float32", "weight") if weighted else None

    def record(self, truth: Any, scores: Any, weight: Any) -> None:
        """Keeps what falls on the stride; nothing while the switch is off.

        Args:
            truth: int32 [n, labels].
            scores: float32 [n, classes], probabilities.
            weight: float32 [n] or None.
        """
        number = ops.shape(scores)[0]
        first = ops.convert_to_tensor(self.seen)
        end = first + ops.cast(number, "int32") * self.on
        self._widen(end)
        position = first + ops.arange(number, dtype="int32")
        kept = ops.logical_and(position % self._stride == 0, self.on > 0)
        slot = ops.where(kept, position // self._stride, self.capacity)
        self._write(slot, truth, scores, weight)
        self.seen.assign(end)

    def samples(self, split: str, output: str, *, binary: bool, multilabel: bool) -> Samples | None:
        """What the last pass left; None where it saw nothing."""
        seen, stride = int(ops.convert_to_numpy(self.seen)), int(ops.convert_to_numpy(self._stride))
        sample = np.arange(0, seen, stride, dtype=np.int64)
        rows = len(sample)
        if not rows:
            return None
        truth, score = self._host(self._truth, rows), self._host(self._score, rows)
        label = None if self._label is None else self._host(self._label, rows)
        if label is None and not binary:
            label = np.arange(score.shape[1], dtype=np.int32)
        return Samples(
            split=split,
            output=output,
            sample=sample,
            y_true=truth if multilabel else truth[:, 0],
            y_score=score,
            label=label,
            weight=None if self._weight is None else self._host(self._weight, rows),
        )

    def _widen(self, end: Any) -> None:
        strides = ops.convert_to_tensor(2 ** np.arange(31), dtype="int32")
        fits = (end - 1) // strides < self.capacity
        wanted = ops.maximum(ops.take(strides, ops.argmax(ops.cast(fits, "int32"))), self._stride)
        buffers = [v for v in (self._truth, self._score, self._label, self._weight) if v is not None]

        def thinned() -> list[Any]:
            factor = wanted // self._stride
            source = ops.minimum(ops.arange(self.capacity + 1, dtype="int32") * factor, self.capacity)
            return [*(ops.take(v, source, axis=0) for v in buffers), wanted]

        assign_when(wanted > self._stride, [*buffers, self._stride], thinned)

    def _write(self, slot: Any, truth: Any, scores: Any, weight: Any) -> None:
        if self._label is not None:
            _, top = ops.top_k(scores, TOP)
            own = ops.clip(truth, 0, scores.shape[1] - 1)
            label = ops.concatenate([own, ops.cast(top, "int32")], axis=1)
            scatter_rows(self._label, slot, label)
            scores = ops.take_along_axis(scores, label, axis=1)
        scatter_rows(self._truth, slot, truth)
        scatter_rows(self._score, slot, scores)
        if self._weight is not None:
            given = ops.ones_like(slot, dtype="float32") if weight is None else weight
            scatter_rows(self._weight, slot, given)

    @staticmethod
    def _host(variable: Any, rows: int) -> Any:
        return ops.convert_to_numpy(ops.convert_to_tensor(variable)[:rows])


def predict(model: Any, x: Any, *, batch: int = 1024) -> Any:
    """Scores of `x` by direct calls in batches; `model.predict` costs forty times as much for a small set.

    Args:
        model: the Keras model.
        x: one array [n, ...], or a list or dict of them.
        batch: samples a call.

    Returns:
        The outputs as the model gives them, NumPy arrays [n, ...].
    """
    from keras import tree

    number = len(tree.flatten(x)[0])
    parts = []
    for start in range(0, number, batch):
        chunk = tree.map_structure(lambda array, at=start: array[at : at + batch], x)
        parts.append(tree.map_structure(ops.convert_to_numpy, model(chunk, training=False)))
    return tree.map_structure(lambda *arrays: np.concatenate(arrays), *parts)
