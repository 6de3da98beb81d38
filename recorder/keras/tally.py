"""`ConfusionTally`: score histograms, confusion matrix and tapped scores, counted on the device."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops
from msgspec.structs import replace

from ..countable import SplitCounts
from ..counting import threshold_grid
from ..outputs import check_width, describe, within_bound
from ..remarks import Met
from ..runfile import KINDS, Output, Tally
from ..runfile.kinds import known_kind
from ..runfile.output_kind import OutputKind
from ..runfile.records import Array, Samples
from ..runfile.schema import Kind
from .batch_shapes import check_shapes, each_position, layout_class, one_label_each, width_of
from .counter_layout import CounterLayout, static_shape
from .counter_ops import COUNTER, LARGEST, scatter_add
from .device import activation_of, mask_of
from .sample_tap import Tap
from .variables import on_host, set_to_zero

FOR_THE_RECORDER = {
    "begin_tap", "call_before_reset", "classes", "counted", "met", "open_tap", "open_tap_early", "outside",
    "probabilities", "read", "resets", "samples", "start_over", "tap",
}  # fmt: skip


@keras.saving.register_keras_serializable(package="epochreel")
class ConfusionTally(keras.metrics.Metric):
    """Keras metric that counts what every classification metric can be computed from, at every threshold.

    A score counts as positive where score > threshold, both in float32. The value in the logs is the Matthews
    correlation coefficient at the decision, NaN where it is undefined: at `decision_threshold`; by argmax for
    multi-class; for multi-label the mean over the labels for which it is defined. It is what `run.metric("mcc")` gives.
    `RunRecorder` records the rest.

    Args:
        thresholds: increasing values in [0, 1]; None for the default grid of about 1,100.
        kind: "binary", "multiclass" or "multilabel"; None takes what labels and scores tell. One score a sample is
            binary, and so are two softmax units (the score is that of class 1; "multiclass" gives them a matrix of
            argmax instead). Class numbers beside more scores are multi-class. Rows of labels are multi-class where
            the scores of a sample sum to 1, else multi-label; naming the kind spares the look at the first batch.
        from_logits: predictions are logits: sigmoid (softmax for multi-class) is applied on the device.
        ignore_label: samples with this label are left out.
        decision_threshold: above it a score is called positive; it joins the thresholds.
        name: name in the logs.
        dtype: of the value in the logs.

    Attributes:
        met: what was met beside what is counted, at the last `read`.
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
        known_kind(kind)
        _check_ignored(ignore_label)
        self._given = None if thresholds is None else tuple(float(value) for value in thresholds)
        self.thresholds = threshold_grid(thresholds, decision_threshold)
        self._asked, self._told = kind, None if kind is None else KINDS[kind]
        self.from_logits, self.ignore_label = from_logits, ignore_label
        self.decision_threshold = decision_threshold
        self.met = Met()
        self.tap: Tap | None = None
        self._one_position = False  # is counted of each sample, where an image has many
        self._layout: CounterLayout | None = None
        self._counters: dict[str, Any] = {}
        self._weights: Any = None
        self._described: Output | None = None
        self.resets = 0
        self._before_reset: dict[int, Callable[[], object]] = {}

    @property
    def built(self) -> bool:
        """Whether it has counters: since the first batch, whose width says how many."""
        return self._layout is not None

    @property
    def kind(self) -> Kind | None:
        """The kind that was asked for, or that turned out; None until the first `read` where the scores must tell."""
        return None if self._told is None else self._told.name

    @property
    def outside(self) -> int:
        """Scores outside [0, 1] at the last `read`; they are counted in the end bins."""
        return self.met.outside

    @property
    def classes(self) -> int:
        """Classes that can be named: 2 for binary, else as many as a sample has scores."""
        kind, layout = self._told or self._built_layout.kind, self._built_layout
        return len(kind.plain_names(layout.width))

    def build(self, y_true: Any, y_pred: Any) -> None:
        """Makes the counters for labels and predictions of these shapes.

        Raises:
            ValueError: They cannot be of the kind that was asked for.
        """
        width, shape = width_of(y_pred), static_shape(y_pred) or ()
        check_width(self._asked, shape)
        self._one_position = len(shape) < 3
        layout = layout_class(self._asked, y_true, y_pred, None if self.from_logits else activation_of(y_pred))
        scores = layout.kind.scores(len(layout.kind.plain_names(width)))
        matrix, self.thresholds = within_bound(layout.kind, scores, self.thresholds, self.decision_threshold)
        self._layout = layout(
            width=width,
            thresholds=self.thresholds,
            decision=int(np.searchsorted(self.thresholds, np.float32(self.decision_threshold))),
            ignore_label=self.ignore_label,
            from_logits=self.from_logits,
            matrix=matrix,
        )
        self._told = self._layout.settled
        # Apart, because `result` reads the decisions at every step, and reading copies.
        self._counters = {
            name: self.add_variable((size,), "zeros", dtype=COUNTER, name=name)
            for name, size in self._layout.sizes.items()
        }

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Adds a batch.

        Args:
            y_true: labels, class numbers or one-hot, of any dtype; binary and multi-label: above 0.5 is positive.
            y_pred: scores [..., classes], or [n] for binary; positions that a Keras mask of theirs leaves out are
                ignored.
            sample_weight: [n], [n, 1] or one for each position; None for none.

        Raises:
            ValueError: Labels or scores cannot be of this kind, or are of another width than before.
        """
        mask = mask_of(y_pred)
        y_pred, y_true = ops.convert_to_tensor(y_pred), ops.convert_to_tensor(y_true)
        if self._layout is None:
            self.build(y_true, y_pred)
        layout = self._built_layout
        check_shapes(layout, y_true, y_pred)
        labels = layout.labels(y_true, y_pred, None if mask is None else each_position(mask, y_pred, "bool"))
        scores = layout.scores(y_pred)
        slot = layout.count(self._counters, labels, scores)
        weight = None if sample_weight is None else each_position(sample_weight, y_pred, "float32")
        if weight is not None:
            self._add_weights(slot, weight)
        if self.tap is not None:
            self.tap.record(labels, scores, weight)

    def __dir__(self) -> list[str]:
        """What somebody at a prompt may want; what the recorder asks goes without."""
        return [name for name in super().__dir__() if name not in FOR_THE_RECORDER]

    def result(self) -> Any:
        """Matthews correlation coefficient at the decision, a float scalar; NaN where undefined.

        Of a K x K matrix it is Gorodkin's R_K, which for K = 2 is Matthews's; of several labels their mean.
        """
        if self._layout is None:
            return ops.convert_to_tensor(float("nan"), self.dtype)
        return ops.cast(self._layout.correlation(self._counters), self.dtype)

    def reset_state(self) -> None:
        """Sets the counts to zero."""
        if self._layout is None:
            return
        calls, self._before_reset = self._before_reset, {}
        for call in calls.values():
            call()
        self.start_over()

    def start_over(self) -> None:
        """The same where no epoch has begun yet, so that nobody needs a last look; it has seen a batch."""
        self.resets += 1
        counters = [each for name, each in self._counters.items() if name != "votes"]  # what the kind turned out to be
        set_to_zero(counters if self._weights is None else [*counters, self._weights])
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
            "kind": self._asked,
            "from_logits": self.from_logits,
            "ignore_label": self.ignore_label,
            "decision_threshold": self.decision_threshold,
            "name": self.name,
            "dtype": self.dtype,
        }

    def open_tap(self, capacity: int) -> Tap:
        """Makes room for the scores of so many samples or more; a function that was traced before does not fill it."""
        if self.tap is None or self.tap.capacity < capacity:
            self.tap = Tap(self, capacity, self._built_layout.form(self._counts()))
        return self.tap

    def open_tap_early(self, capacity: int) -> None:
        """The same before any batch was counted, unless it takes counts to know what samples keep."""
        if self._layout is not None and self._layout.settled is not None:
            self.open_tap(capacity)

    def begin_tap(self, capacity: int, samples: int | None) -> int | None:
        """A pass begins that is to be kept, as `Tap.begin`.

        Args:
            capacity: samples to keep at most.
            samples: of the pass; None where nobody knows.
        """
        return self.open_tap(capacity).begin(samples if self._one_position else None)

    def probabilities(self, y_pred: Any) -> Any:
        """What is recorded of predictions: probabilities, NumPy, where the model gives logits."""
        if not self.from_logits:
            return y_pred
        kind = KINDS[self.output().kind]
        softmax = kind.takes_softmax(self._built_layout.width)
        return ops.convert_to_numpy(ops.softmax(y_pred) if softmax else ops.sigmoid(y_pred))

    def output(self, name: str = "", class_names: Sequence[str] | None = None) -> Output:
        """The description of what is counted."""
        layout, kind = self._built_layout, self._told or self._built_layout.kind
        if self._described is None or self._described.kind != kind.name:
            self._described = describe(
                kind,
                layout.width,
                thresholds=self.thresholds,
                decision_threshold=self.decision_threshold,
                class_names=None,
                ignore_label=self.ignore_label,
                from_logits=self.from_logits,
                source="tally",
            )
        classes = self._described.classes if class_names is None else list(class_names)
        return replace(self._described, name=name, classes=classes, weighted=self._weights is not None)

    def read(self, split: str, output: str = "") -> Tally:
        """The counts so far, on the host; `met` then says what was met beside them.

        Raises:
            OverflowError: A counter has reached its largest value (2^31 - 1 on JAX).
        """
        counts = self._counts()
        if max(int(count.max()) for count in counts.values()) >= LARGEST:
            raise OverflowError(f"a counter must stay below {LARGEST} in an epoch; counts not recorded")
        counted = self._built_layout.read(counts)
        tally = Tally(split=split, output=output, **counted.tally, **self._read_weights(counted.kind))
        self._told = counted.kind
        uncertain = self._asked is None and one_label_each(counted.kind, tally)
        lost = self.tap is not None and self.tap.lost_positions
        self.met = Met(**counted.met, uncertain=uncertain, lost_positions=lost)
        return tally

    def reset(self) -> None:
        """`reset_state`, by the name that counts of other frameworks have for it."""
        self.reset_state()

    def counted(self, split: str, *, max_samples: int = 2**31) -> SplitCounts:
        """What `RunWriter.epoch(val=tally)` records of a loop of one's own; no samples, as a tap needs Keras's `fit`.

        Args:
            split: its name.
            max_samples: as in `Counts.counted`.
        """
        if self._layout is None:
            raise ValueError("counts must hold a sample or more. Received: a ConfusionTally that was given none")
        tally = self.read(split)
        return SplitCounts(output=self.output(), tally=tally, met=self.met, samples=None)

    def samples(self, split: str, output: str = "") -> Samples | None:
        """What the tap kept of the last pass; None without a tap or a pass."""
        return None if self.tap is None else self.tap.samples(split, output)

    @property
    def _built_layout(self) -> CounterLayout:
        if self._layout is None:
            raise RuntimeError("counts must be read after the first batch. Received: a tally that saw none")
        return self._layout

    def _counts(self) -> dict[str, Array]:
        """Counters on the host, int64: those of which something is recorded."""
        names = self._built_layout.recorded
        read = on_host([self._counters[name] for name in names])
        return {name: counts.astype(np.int64, copy=False) for name, counts in zip(names, read, strict=True)}

    def _add_weights(self, slot: Any, weight: Any) -> None:
        """Adds weights and their squares to the counters of the scores."""
        if self._weights is None:
            size = self._counters["histograms"].shape[0]
            self._weights = self.add_variable((size, 2), "zeros", dtype="float32", name="weights")
        spread = weight[:, None]
        if slot.shape[-1] != 1:  # one for each score of a sample
            spread = ops.reshape(ops.ones_like(slot, dtype="float32") * spread, (-1, 1))
        scatter_add(self._weights, slot, ops.concatenate([spread, spread * spread], axis=1))

    def _read_weights(self, kind: OutputKind) -> dict[str, Any]:
        """Sums of weights and of their squares; none where they are those of the other split."""
        if self._weights is None:
            return {}
        sums, layout = on_host([self._weights])[0].astype(np.float64), self._built_layout
        if not sums.any():
            return {}
        weights, squares = (layout.folded(column)[0] for column in sums.T)
        scores = kind.scores(self.classes)
        return {"weights": weights[-scores:], "weight_squares": squares[-scores:].sum(axis=-1)}


def _check_ignored(ignore_label: Any) -> None:
    whole = isinstance(ignore_label, int) and not isinstance(ignore_label, bool) and abs(ignore_label) <= 2**24
    if ignore_label is not None and not whole:
        raise ValueError(f"ignore_label must be an integer of at most 2^24, or None. Received: {ignore_label!r}")
