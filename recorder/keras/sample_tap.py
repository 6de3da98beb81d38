"""The tap: predictions of single samples, kept in the validation pass that Keras makes anyway."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import ops

from ..counting import regular_stride, samples_within
from ..runfile import Samples
from ..runfile.kinds import TOP
from .counter_layout import SampleForm
from .counter_ops import LARGEST, POSITION, add_number, assign_when, scatter_rows
from .device import COMPILED_BY_VARIABLES
from .variables import on_host, set_number, set_to_zero


class Tap:
    """A buffer on the device that keeps every 2^k-th sample of a pass, k as small as its capacity allows.

    Where it is not known beforehand how many samples will come, the stride doubles when they outgrow the buffer, which
    is thinned; the next pass begins with the stride that the last one needed. All epochs keep the same samples.

    Args:
        metric: the tally whose variables these become.
        capacity: samples at most; fewer where they would take more than `BOUND` bytes.
        form: what samples keep.

    Attributes:
        recording: whether a step that is traced now keeps samples; false in training, which then costs nothing.
        missed: whether a step was traced, or run where none is traced, while it was false; who asks sets it back. (Not
            how many: PyTorch's compiler would compile for each number.)
        lost_positions: the last pass had more samples than this backend can number, and nothing of it was kept.
    """

    def __init__(self, metric: Any, capacity: int, form: SampleForm) -> None:
        self.capacity, self.recording, self.missed, self.lost_positions = capacity, False, False, False
        self._form, self._labels = form, form.kind.labels(form.scores)
        self._reduced = not form.kind.keeps_whole(form.scores)
        self._scores = TOP + 1 if self._reduced else form.scores
        self._metric, self._misled = metric, False
        self._room = samples_within(form.kind, form.scores, capacity)
        self._known_stride: int | None = None  # of this pass
        self._last_stride = 1
        self._seen = metric.add_variable((), "zeros", dtype=POSITION, name="tap_seen")
        # A variable, made when it is needed, as each costs every step something; but see `COMPILED_BY_VARIABLES`.
        self._stride: Any = self._new_stride() if COMPILED_BY_VARIABLES else None
        # Scores, their classes where they are reduced, truth and weight side by side: one write a step. The row
        # behind the last takes what is not kept.
        columns = self._scores * (1 + self._reduced) + self._labels + 1
        self._rows = metric.add_variable((self._room + 1, columns), "zeros", dtype="float32", name="tap_rows")

    def begin(self, number: int | None = None) -> int | None:
        """A pass begins that is to be kept.

        Args:
            number: of its samples; None where nobody knows it.

        Returns:
            The stride, as far as it is known: a step that was traced with another one is to be traced anew.
        """
        self.recording, self._known_stride = True, None
        if number is not None and not self._misled and 0 < number < LARGEST:
            self._known_stride = regular_stride(number, self._room)
            return self._known_stride
        if self._stride is None:
            self._stride = self._new_stride()
        set_number(self._stride, self._last_stride)
        return None

    def _new_stride(self) -> Any:
        return self._metric.add_variable((), "ones", dtype=POSITION, name="tap_stride")

    def reset(self) -> None:
        """Forgets what was seen."""
        set_to_zero([self._seen])

    def record(self, labels: Any, scores: Any, weight: Any) -> None:
        """Keeps what falls on the stride, unless the step that calls this is one of training.

        Args:
            labels: of a batch, as the layout makes them.
            scores: float32 [n, classes], probabilities.
            weight: float32 [n] or None.
        """
        if not self.recording:
            self.missed = True
            return
        rows = self._packed(self._form.truth(labels), self._form.columns(scores), weight)
        number = ops.shape(rows)[0]
        position = ops.arange(number, dtype=POSITION)
        number = ops.cast(number, POSITION)
        stride = self._known_stride
        if stride is None:
            first = ops.convert_to_tensor(self._seen)
            end = first + number
            if POSITION == "int32":  # at the last number there is, the tap ends for good
                end = ops.where(first > LARGEST - number, LARGEST, end)
            self._widen(end)
            position += end - number
            self._seen.assign(end)
            stride = ops.convert_to_tensor(self._stride)
        else:
            position += self._seen
            add_number(self._seen, number)
        slot = position
        if self._known_stride != 1:
            slot = ops.where(position % stride == 0, position // stride, self._room)
        scatter_rows(self._rows, ops.cast(ops.minimum(slot, self._room), "int32"), rows)

    def samples(self, split: str, output: str) -> Samples | None:
        """What the last pass left; None where it saw nothing."""
        variables = [self._seen, self._rows] + [self._stride] * (self._known_stride is None)
        read = on_host(variables)
        seen, rows, stride = int(read[0]), read[1], self._known_stride or int(read[2])
        self.lost_positions = seen >= LARGEST
        within = min(seen, self._room * stride)
        self._misled |= within < seen  # more came than was said; the next pass goes by what comes
        sample = np.arange(0, 0 if self.lost_positions else within, stride, dtype=np.int64)
        if not len(sample):
            return None
        self._last_stride = stride
        rows, width = rows[: len(sample)], self._scores
        scores, rest = rows[:, :width].copy(), rows[:, width * (1 + self._reduced) :]  # a copy: else all rows stay
        truth, weight = rest[:, :-1].astype(np.int32), rest[:, -1]
        return Samples(
            split=split,
            output=output,
            sample=sample,
            y_true=truth if self._form.kind.labels_apart else truth[:, 0],
            y_score=scores,
            label=self._label(rows[:, width : 2 * width]),
            weight=None if np.isnan(weight).all() else weight.copy(),
        )

    def _label(self, label: Any) -> Any:
        if self._reduced:
            return label.astype(np.int32)
        return self._form.kind.sample_labels(self._scores)

    def _packed(self, truth: Any, scores: Any, weight: Any) -> Any:
        """float32 [n, columns]."""
        columns = [scores]
        if self._reduced:
            _, top = ops.top_k(scores, TOP)
            own = ops.clip(truth, 0, scores.shape[1] - 1)
            label = ops.concatenate([own, ops.cast(top, "int32")], axis=1)
            columns = [ops.take_along_axis(scores, label, axis=1), ops.cast(label, "float32")]
        truth = ops.cast(truth, "float32")
        one = truth if self._labels == 1 else truth[:, :1]
        weight = one * np.nan if weight is None else weight[:, None]
        return ops.concatenate([*columns, truth, weight], axis=1)

    def _widen(self, end: Any) -> None:
        """Doubles the stride until what was seen up to `end` has room, and thins what there is."""

        def thinned() -> list[Any]:
            stride = ops.convert_to_tensor(self._stride)
            powers = ops.convert_to_tensor(2 ** np.arange(31 if POSITION == "int32" else 62), dtype=POSITION)
            fits = (end - 1) // stride // powers < self._room
            factor = ops.take(powers, ops.argmax(ops.cast(fits, "int32")))
            row = ops.arange(self._room + 1, dtype=POSITION)
            source = ops.where(row > self._room // factor, self._room, row * factor)
            return [ops.take(self._rows, ops.cast(source, "int32"), axis=0), stride * factor]

        stride = ops.convert_to_tensor(self._stride)
        assign_when((end - 1) // stride >= self._room, [self._rows, self._stride], thinned)
