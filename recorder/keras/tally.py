"""`ConfusionTally`: score histograms, confusion matrix and tapped scores, counted on the device."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops
from msgspec.structs import replace

from ..counting import output_for, threshold_grid
from ..runfile import Output, Samples, Tally
from ..runfile.schema import Kind
from .counter_layout import Slots
from .device import COUNTER, LARGEST, scatter_add
from .sample_tap import Tap

KINDS = (None, "binary", "multiclass", "multilabel")


@keras.saving.register_keras_serializable(package="epochreel")
class ConfusionTally(keras.metrics.Metric):
    """Counts from which every classification metric follows, at every threshold.

    A score counts as positive where score > threshold, both in float32. The value in the logs is the Matthews
    correlation coefficient at the decision (at `decision_threshold`; by argmax for multi-class; over all labels
    together for multi-label), NaN where it is undefined. `RunRecorder` records the rest.

    Args:
        thresholds: increasing values in [0, 1]; None for the default grid of about 1,100.
        kind: "binary", "multiclass" or "multilabel"; None takes predictions of width 1 for binary and wider ones for
            multi-class.
        from_logits: predictions are logits: sigmoid (softmax for multi-class) is applied on the device.
        ignore_label: samples with this label are left out.
        decision_threshold: above it a score is called positive; it joins the thresholds.
        name: in the logs.
        dtype: of the result.

    Attributes:
        outside: scores outside [0, 1] at the last `read`; they are counted in the end bins.
        resets: how often the counts were set to zero.

    Raises:
        ValueError: An argument breaks its rule.
    """

    _direction = "up"  # where Keras looks for whether higher is better

    def __init__(
        self,
        thresholds: Sequence[float] | None = None,
        *,
        kind: Kind | None = None,
        from_logits: bool = False,
        ignore_label: int | None = None,
        decision_threshold: float = 0.5,
        name: str = "mcc",
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        _check_arguments(kind, ignore_label)
        self._given = None if thresholds is None else tuple(float(value) for value in thresholds)
        self.thresholds = threshold_grid(thresholds, decision_threshold)
        self.kind, self.from_logits, self.ignore_label = kind, from_logits, ignore_label
        self.decision_threshold = decision_threshold
        self.outside = 0
        self.tap: Tap | None = None
        self._slots: Slots | None = None
        self._weights: Any = None
        self._described: Output | None = None
        self.resets = 0
        self._before_reset: dict[int, Callable[[], object]] = {}

    @property
    def built(self) -> bool:
        """Whether it has counters: since the first batch, whose width says how many."""
        return self._slots is not None

    @property
    def classes(self) -> int:
        """Classes that can be named: 2 for binary, else as many as a sample has scores."""
        return 2 if self.kind == "binary" else self._built_slots.classes

    def build(self, classes: int) -> None:
        """Makes the counters for predictions with so many classes (1 for binary)."""
        self.kind = self.kind or ("binary" if classes == 1 else "multiclass")
        self._slots = Slots(
            kind=self.kind,
            classes=classes,
            thresholds=self.thresholds,
            decision=int(np.searchsorted(self.thresholds, np.float32(self.decision_threshold))),
            ignore_label=self.ignore_label,
            from_logits=self.from_logits,
        )
        # Apart, because `result` reads the matrix at every step, and reading copies.
        self._histograms = self.add_variable((self._slots.histogram_slots,), "zeros", dtype=COUNTER, name="histograms")
        self._matrix = self.add_variable((self._slots.matrix_slots,), "zeros", dtype=COUNTER, name="matrix")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Adds a batch.

        Args:
            y_true: labels, sparse or one-hot, of any dtype; binary: above 0.5 is positive.
            y_pred: scores [..., classes], or [n] for binary.
            sample_weight: [n], [n, 1] or one for each position; None for none.
        """
        y_pred, y_true = ops.convert_to_tensor(y_pred), ops.convert_to_tensor(y_true)
        if self._slots is None:
            self.build(1 if self.kind == "binary" or len(y_pred.shape) < 2 else int(y_pred.shape[-1]))
        slots = self._built_slots
        truth, scores = slots.flatten(y_true, y_pred)
        slot, cell = slots.locate(truth, scores)
        scatter_add(self._histograms, slot)
        scatter_add(self._matrix, cell)
        weight = None if sample_weight is None else slots.flatten_weight(sample_weight, y_pred)
        if weight is not None:
            self._add_weights(slot, weight)
        if self.tap is not None and self.tap.recording:
            self.tap.record(truth, scores, weight)

    def result(self) -> Any:
        """Matthews correlation coefficient at the decision, a float scalar; NaN where undefined.

        Of a K x K matrix it is Gorodkin's R_K (Computational Biology and Chemistry 28, 2004), which for K = 2 is
        Matthews's, here as sums over the one-vs-rest counts of the classes.
        """
        if self._slots is None:
            return ops.convert_to_tensor(float("nan"), self.dtype)
        cells = ops.convert_to_tensor(self._matrix)[: self._slots.side**2]
        tp, fp, tn, fn = _one_vs_rest(cells, self._slots.side) if self._slots.side > 2 else _two_by_two(cells)
        covariance = ops.sum(tp * tn - fp * fn)
        true, predicted = ops.sum((tp + fn) * (tn + fp)), ops.sum((tp + fp) * (tn + fn))
        return ops.cast(covariance / (ops.sqrt(true) * ops.sqrt(predicted)), self.dtype)

    def reset_state(self) -> None:
        """Sets the counts to zero."""
        if self._slots is None:
            return
        calls, self._before_reset = self._before_reset, {}
        for call in calls.values():
            call()
        self.resets += 1
        for variable in (self._histograms, self._matrix, self._weights):
            if variable is not None:
                variable.assign(ops.zeros(variable.shape, dtype=variable.dtype))
        if self.tap is not None:
            self.tap.reset()

    def call_before_reset(self, owner: object, function: Callable[[], object]) -> None:
        """Calls `function` once, when the counts are next about to be set to zero: its last chance to read them.

        Args:
            owner: who asks; of each the newest function is called alone.
            function: of no argument.
        """
        self._before_reset = {**self._before_reset, id(owner): function}

    def get_config(self) -> dict[str, Any]:
        """The arguments, JSON-able."""
        return {
            "thresholds": None if self._given is None else list(self._given),
            "kind": self.kind,
            "from_logits": self.from_logits,
            "ignore_label": self.ignore_label,
            "decision_threshold": self.decision_threshold,
            "name": self.name,
            "dtype": self.dtype,
        }

    def open_tap(self, capacity: int) -> Tap:
        """Makes room for the scores of so many samples or more; a function that was traced before does not fill it."""
        if self.tap is None or self.tap.capacity < capacity:
            self.tap = Tap(self, capacity, self._built_slots)
        return self.tap

    def output(self, name: str = "", class_names: Sequence[str] | None = None) -> Output:
        """The description of what is counted."""
        if self._described is None:
            self._described = output_for(
                np.zeros((0, self._built_slots.classes)),
                kind=self._built_slots.kind,
                thresholds=self.thresholds,
                decision_threshold=self.decision_threshold,
                ignore_label=self.ignore_label,
                from_logits=self.from_logits,
                source="tally",
            )
        classes = self._described.classes if class_names is None else list(class_names)
        return replace(self._described, name=name, classes=classes, weighted=self._weights is not None)

    def read(self, split: str, output: str = "") -> Tally:
        """The counts so far, on the host; `outside` then says how many scores were no probabilities.

        Raises:
            OverflowError: A counter has reached its largest value (2^31 - 1 on JAX).
        """
        slots = self._built_slots
        counts, cells = (ops.convert_to_numpy(v).astype(np.int64) for v in (self._histograms, self._matrix))
        if max(counts.max(), cells.max()) >= LARGEST:
            raise OverflowError(f"a counter must stay below {LARGEST} in an epoch; counts not recorded")
        histogram, nan, outside = slots.folded(counts)
        self.outside = int(outside.sum())
        weights = squares = None
        if self._weights is not None:
            sums = ops.convert_to_numpy(self._weights).astype(np.float64)
            if sums.any():  # else the weights are those of the other split
                weights, squares = slots.folded(sums[:, 0])[0], slots.folded(sums[:, 1])[0].sum(axis=-1)
        return Tally(
            split=split,
            output=output,
            histogram=histogram,
            nan=nan,
            ignored=int(cells[-2]),
            matrix=cells[:-2].reshape(slots.side, slots.side) if slots.kind == "multiclass" else None,
            weights=weights,
            weight_squares=squares,
        )

    def samples(self, split: str, output: str = "") -> Samples | None:
        """What the tap kept of the last pass; None without a tap or a pass."""
        return None if self.tap is None else self.tap.samples(split, output)

    @property
    def _built_slots(self) -> Slots:
        if self._slots is None:
            raise RuntimeError("counts must be read after the first batch. Received: a tally that saw none")
        return self._slots

    def _add_weights(self, slot: Any, weight: Any) -> None:
        """Adds weights and their squares to the counters of the scores."""
        if self._weights is None:
            self._weights = self.add_variable((self._histograms.shape[0], 2), "zeros", dtype="float32", name="weights")
        spread = ops.reshape(ops.ones_like(slot, dtype="float32") * weight[:, None], (-1, 1))
        scatter_add(self._weights, slot, ops.concatenate([spread, spread * spread], axis=1))


def _check_arguments(kind: Any, ignore_label: Any) -> None:
    if kind not in KINDS:
        raise ValueError(f'kind must be "binary", "multiclass", "multilabel" or None. Received: {kind!r}')
    whole = isinstance(ignore_label, int) and not isinstance(ignore_label, bool) and abs(ignore_label) <= 2**24
    if ignore_label is not None and not whole:
        raise ValueError(f"ignore_label must be an integer of at most 2^24, or None. Received: {ignore_label!r}")


def _two_by_two(cells: Any) -> tuple[Any, Any, Any, Any]:
    """tp, fp, tn, fn, float32 scalars, of the cells of a 2 x 2 matrix."""
    tn, fp, fn, tp = ops.unstack(ops.cast(cells, "float32"), 4)
    return tp, fp, tn, fn


def _one_vs_rest(cells: Any, side: int) -> tuple[Any, ...]:
    """tp, fp, tn, fn, float32 [classes], of the cells of a larger one; differences are taken between integers."""
    matrix = ops.reshape(cells, (side, side))
    tp = ops.diagonal(matrix)
    fp, fn = ops.sum(matrix, axis=0) - tp, ops.sum(matrix, axis=1) - tp
    return tuple(ops.cast(count, "float32") for count in (tp, fp, ops.sum(matrix) - tp - fp - fn, fn))
