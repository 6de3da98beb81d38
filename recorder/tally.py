"""`ConfusionTally`: score histograms, confusion matrix and tapped scores, counted on the device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from .counting import TINY, output_for, threshold_grid
from .device import COUNTER, distributed, scatter_add
from .runfile import Output, Samples, Tally
from .sampling import Tap

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

    Raises:
        ValueError: An argument breaks its rule.
    """

    def __init__(
        self,
        thresholds: Sequence[float] | None = None,
        *,
        kind: str | None = None,
        from_logits: bool = False,
        ignore_label: int | None = None,
        decision_threshold: float = 0.5,
        name: str = "mcc",
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        if kind not in KINDS:
            raise ValueError(f'kind must be "binary", "multiclass", "multilabel" or None. Received: {kind!r}')
        self._given = None if thresholds is None else [float(value) for value in thresholds]
        self.thresholds = threshold_grid(thresholds, decision_threshold)
        self.kind, self.from_logits, self.ignore_label = kind, from_logits, ignore_label
        self.decision_threshold = decision_threshold
        self._edges = np.maximum(self.thresholds, np.nextafter(np.float32(TINY), np.float32(0)))  # denormals are zero
        self._decision = int(np.searchsorted(self.thresholds, np.float32(decision_threshold)))
        self.built = False
        self.tap: Tap | None = None
        self._weights: Any = None
        self._squares: Any = None

    def build(self, width: int) -> None:
        """Makes the counters for predictions with so many classes (1 for binary)."""
        self.kind = self.kind or ("binary" if width == 1 else "multiclass")
        self.classes, self.bins = width, len(self.thresholds) + 1
        self._cells = width * 2 * self.bins
        self._matrix = self._cells + 2 * width
        self._ignored = self._matrix + (width * width if self.kind == "multiclass" else 0)
        # histogram | NaN scores | matrix | ignored | what is counted elsewhere
        self._state = self.add_variable((self._ignored + 2,), "zeros", dtype=COUNTER, name="counts")
        self.built = True

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Adds a batch.

        Args:
            y_true: labels, sparse or one-hot, of any dtype; binary: above 0.5 is positive.
            y_pred: scores [..., classes], or [n] for binary.
            sample_weight: [n], [n, 1] or one for each position; None for none.
        """
        y_pred = ops.convert_to_tensor(y_pred)
        y_true = ops.convert_to_tensor(y_true)
        if not self.built:
            self.build(1 if self.kind == "binary" or len(y_pred.shape) < 2 else int(y_pred.shape[-1]))
        truth, scores = self._flat(y_true, y_pred)
        positive, kept, counted = self._masks(truth, scores)
        index = self._histogram_index(scores, positive, kept, counted)
        flat = ops.reshape(index, (-1,))
        if self.kind == "multiclass":
            flat = ops.concatenate([flat, self._matrix_index(truth, scores, kept, counted)])
        scatter_add(self._state, flat, ops.ones_like(flat, dtype=COUNTER))
        weight = self._flat_weight(sample_weight, y_pred, scores)
        if weight is not None or self._weights is not None:
            self._add_weights(weight, index, positive, counted)
        if self.tap is not None:
            self.tap.record(truth, scores, weight)

    def result(self) -> Any:
        """Matthews correlation coefficient at the decision, a float scalar; NaN where undefined."""
        if not self.built:
            return ops.convert_to_tensor(float("nan"))
        state = ops.convert_to_tensor(self._state)
        if self.kind == "multiclass":
            return _matrix_mcc(ops.reshape(state[self._matrix : self._ignored], (self.classes, self.classes)))
        histogram = ops.reshape(state[: self._cells], (self.classes, 2, self.bins))
        above = ops.cast(ops.sum(histogram[:, :, self._decision + 1 :], axis=(0, 2)), "float32")
        below = ops.cast(ops.sum(histogram[:, :, : self._decision + 1], axis=(0, 2)), "float32")
        sums = above + below
        covariance = above[1] * below[0] - above[0] * below[1]
        return covariance / ops.sqrt(ops.sum(above) * ops.sum(below) * sums[0] * sums[1])

    def reset_state(self) -> None:
        """Sets the counts to zero; what the tap's stride and switch say stays."""
        variables = [self._state, self._weights, self._squares] if self.built else []
        if self.tap is not None:
            variables.append(self.tap.seen)
        for variable in variables:
            if variable is not None:
                variable.assign(ops.zeros(variable.shape, dtype=variable.dtype))

    def get_config(self) -> dict[str, Any]:
        """The arguments, JSON-able."""
        return {
            "thresholds": self._given,
            "kind": self.kind,
            "from_logits": self.from_logits,
            "ignore_label": self.ignore_label,
            "decision_threshold": self.decision_threshold,
            "name": self.name,
            "dtype": self.dtype,
        }

    def open_tap(self, capacity: int) -> bool:
        """Makes room for the scores of so many samples; True if the test function must be traced again.

        There is no tap under `tf.distribute`: a mirrored buffer would come back as the sum of its replicas.
        """
        if not self.built or distributed() or (self.tap is not None and self.tap.capacity == capacity):
            return False
        labels = self.classes if self.kind == "multilabel" else 1
        self.tap = Tap(self, capacity, classes=self.classes, labels=labels, weighted=self._weights is not None)
        return True

    def output(self, name: str = "", class_names: Sequence[str] | None = None) -> Output:
        """The description of what is counted."""
        scores = np.zeros((0, self.classes))
        return output_for(
            scores,
            kind=self.kind,  # type: ignore[arg-type] # one of KINDS, and no longer None
            thresholds=self.thresholds,
            decision_threshold=self.decision_threshold,
            ignore_label=self.ignore_label,
            class_names=class_names,
            weighted=self._weights is not None,
            source="tally",
            name=name,
        )

    def read(self, split: str, output: str = "") -> Tally:
        """The counts so far, on the host.

        Raises:
            OverflowError: A counter has reached its largest value (2^31 - 1 on JAX).
        """
        state = ops.convert_to_numpy(self._state)
        if state.max(initial=0) == np.iinfo(state.dtype).max:
            raise OverflowError(
                f"a counter must stay below {np.iinfo(state.dtype).max} in an epoch; counts not recorded"
            )
        state = state.astype(np.int64)
        shape = (self.classes, 2, self.bins)
        multiclass = self.kind == "multiclass"
        weights = None if self._weights is None else ops.convert_to_numpy(self._weights)[:-1].astype(np.float64)
        squares = None if self._squares is None else ops.convert_to_numpy(self._squares)[:-1].astype(np.float64)
        return Tally(
            split=split,
            output=output,
            histogram=state[: self._cells].reshape(shape),
            nan=state[self._cells : self._matrix].reshape(shape[:2]),
            ignored=int(state[self._ignored]),
            matrix=state[self._matrix : self._ignored].reshape(self.classes, -1) if multiclass else None,
            weights=None if weights is None else weights.reshape(shape),
            weight_squares=None if squares is None else squares.reshape(shape[:2]),
        )

    def samples(self, split: str, output: str = "") -> Samples | None:
        """What the tap kept of the last pass; None without a tap or a pass."""
        if self.tap is None:
            return None
        return self.tap.samples(split, output, binary=self.kind == "binary", multilabel=self.kind == "multilabel")

    def _flat(self, y_true: Any, y_pred: Any) -> tuple[Any, Any]:
        """int32 [n, labels] (labels is 1 unless multi-label) and float32 [n, classes], probabilities."""
        scores = ops.reshape(ops.cast(y_pred, "float32"), (-1, self.classes))
        if self.from_logits:
            scores = ops.softmax(scores) if self.kind == "multiclass" else ops.sigmoid(scores)
        if self.kind == "multiclass" and len(y_true.shape) == len(y_pred.shape) and y_true.shape[-1] == self.classes:
            y_true = ops.argmax(y_true, axis=-1)
        if self.kind != "multiclass" and self.ignore_label is None:
            y_true = ops.cast(y_true, "float32") > 0.5
        elif self.kind != "multiclass":
            ignored = ops.cast(y_true, "float32") == float(self.ignore_label)  # type: ignore[arg-type] # not None here
            y_true = ops.where(ignored, self.ignore_label, ops.cast(ops.cast(y_true, "float32") > 0.5, "int32"))
        labels = self.classes if self.kind == "multilabel" else 1
        return ops.reshape(ops.cast(y_true, "int32"), (-1, labels)), scores

    def _masks(self, truth: Any, scores: Any) -> tuple[Any, Any, Any]:
        """int32 [n, classes]: is of the class; bool: counts at all (None: all do); bool: has a score."""
        has_score = ops.logical_not(ops.isnan(scores))
        if self.kind == "multiclass":
            has_score = ops.all(has_score, axis=1, keepdims=True)
            kept = ops.logical_and(truth >= 0, truth < self.classes)
            if self.ignore_label is not None:
                kept = ops.logical_and(kept, truth != self.ignore_label)
            return ops.cast(truth == ops.arange(self.classes, dtype="int32"), "int32"), kept, has_score
        if self.ignore_label is None:
            return truth, None, has_score
        ignored = truth == self.ignore_label
        return ops.where(ignored, 0, truth), ops.logical_not(ignored), has_score

    def _histogram_index(self, scores: Any, positive: Any, kept: Any, has_score: Any) -> Any:
        """int32 [n, classes]: the slot of each score."""
        flat = ops.searchsorted(ops.convert_to_tensor(self._edges), ops.reshape(scores, (-1,)), side="left")
        bins = ops.reshape(ops.cast(flat, "int32"), (-1, self.classes))
        pair = positive if self.classes == 1 else positive + 2 * np.arange(self.classes, dtype=np.int32)
        index = ops.where(has_score, pair * self.bins + bins, self._cells + pair)
        if kept is None:
            return index
        # A sample without a usable label is counted once: here, or beside the matrix.
        return ops.where(kept, index, self._ignored + (1 if self.kind == "multiclass" else 0))

    def _matrix_index(self, truth: Any, scores: Any, kept: Any, has_score: Any) -> Any:
        """int32 [n]: the slot of each sample's (true, predicted) cell."""
        truth, kept, has_score = truth[:, 0], kept[:, 0], has_score[:, 0]
        cell = self._matrix + truth * self.classes + ops.cast(ops.argmax(scores, axis=-1), "int32")
        return ops.where(kept, ops.where(has_score, cell, self._ignored + 1), self._ignored)

    def _flat_weight(self, sample_weight: Any, y_pred: Any, scores: Any) -> Any:
        """float32 [n], or None."""
        if sample_weight is None:
            return None
        weight = ops.cast(ops.convert_to_tensor(sample_weight), "float32")
        leading = ops.shape(y_pred)[
            : max(len(y_pred.shape) - (0 if self.classes == 1 and len(y_pred.shape) == 1 else 1), 1)
        ]
        while len(weight.shape) > len(leading):
            weight = weight[..., 0]
        while len(weight.shape) < len(leading):
            weight = weight[..., None]
        return ops.reshape(ops.broadcast_to(weight, leading), (-1,))

    def _add_weights(self, weight: Any, index: Any, positive: Any, has_score: Any) -> None:
        if self._weights is None:
            self._weights = self.add_variable((self._cells + 1,), "zeros", dtype="float32", name="weights")
            self._squares = self.add_variable((2 * self.classes + 1,), "zeros", dtype="float32", name="squares")
        spread = ops.ones_like(index, dtype="float32") if weight is None else weight[:, None]
        spread = ops.reshape(ops.broadcast_to(spread, ops.shape(index)), (-1,))
        cell = ops.reshape(ops.minimum(index, self._cells), (-1,))
        pair = ops.where(cell < self._cells, cell // self.bins, 2 * self.classes)
        scatter_add(self._weights, cell, spread)
        scatter_add(self._squares, pair, spread * spread)


def _matrix_mcc(matrix: Any) -> Any:
    """Gorodkin's R_K (Computational Biology and Chemistry 28, 2004), from shares so that nothing overflows."""
    shares = ops.cast(matrix, "float32") / ops.cast(ops.sum(matrix), "float32")
    true, predicted = ops.sum(shares, axis=1), ops.sum(shares, axis=0)
    covariance = ops.trace(shares) - ops.sum(true * predicted)
    spread = (1 - ops.sum(true * true)) * (1 - ops.sum(predicted * predicted))
    return covariance / ops.sqrt(spread)
