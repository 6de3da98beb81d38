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

from ..device_counters import ScoreRows
from ..runfile.output_kind import OutputKind
from ..runfile.records import Array
from .counter_ops import bins_of


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

    `histograms` is as `ScoreRows` has it. `decided` has what the value in the logs is made of. `noted` is for the
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
    def score_rows(self) -> ScoreRows:
        """Where each score is counted."""
        return ScoreRows(self.classes, self.thresholds)

    @property
    def edges(self) -> npt.NDArray[np.float32]:
        """float32: as in `ScoreRows`."""
        return self.score_rows.edges

    @property
    def row(self) -> int:
        """Counters of one class and truth: its bins, then NaN."""
        return self.score_rows.row

    @property
    def stride(self) -> int:
        """Counters of one class."""
        return self.score_rows.stride

    @property
    def sizes(self) -> dict[str, int]:
        """How many counters there are."""
        return {"histograms": self.score_rows.size, "decided": self.decided_slots, "noted": self.noted_slots}

    @property
    def recorded(self) -> tuple[str, ...]:
        """The names of those of which something is recorded."""
        return tuple(self.sizes)

    @property
    @abstractmethod
    def decided_slots(self) -> int:
        """Counters of decisions."""

    @property
    @abstractmethod
    def noted_slots(self) -> int:
        """Counters for the warnings."""

    def scores(self, y_pred: Any) -> Any:
        """Probabilities, float32 [n, classes]."""
        scores = columns(ops.cast(y_pred, "float32"), self.width)
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
    def correlation(self, counters: dict[str, Any]) -> Any:
        """Matthews correlation coefficient at the decision, a float32 scalar; NaN where undefined.

        It is what the formula `mcc` gives of this kind where no average or class is asked for.
        """

    def form(self, counters: dict[str, Array]) -> SampleForm:
        """What samples keep, of counters on the host."""
        return SampleForm(self.kind, self.classes, self.truth, lambda scores: scores)

    def read(self, counters: dict[str, Array]) -> Counted:
        """What is recorded of counters on the host, int64 each."""
        histogram, nan, outside = self.folded(counters["histograms"])
        tally, met = self.read_decided(counters)
        return Counted(self.kind, {"histogram": histogram, "nan": nan} | tally, {"outside": int(outside.sum())} | met)

    def folded(self, histograms: Array) -> tuple[Array, Array, Array]:
        """Counters of scores as they are recorded: see `ScoreRows`."""
        return self.score_rows.folded(histograms)

    @abstractmethod
    def _activated(self, logits: Any) -> Any:
        """Probabilities of logits [n, width]."""

    @abstractmethod
    def read_decided(self, counters: dict[str, Array]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Fields of the tally and of what was met, beside those of scores."""

    def places(self, local: Any) -> Any:
        """Slots of the counters [n, classes] that are numbered from the first one of each class."""
        local = ops.minimum(local, self.stride - 1)
        if self.classes == 1:
            return local
        return local + ops.convert_to_tensor(np.arange(self.classes, dtype=np.int32) * self.stride)

    def bins(self, scores: Any, undefined: Any) -> Any:
        """The bin of each score in its row, int32 [n, classes]."""
        return ops.where(undefined, self.row - 1, bins_of(scores, self.score_rows))


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


def hot(rows: Any) -> tuple[Any, Any, Any]:
    """The class of one-hot or soft rows, int32 [n, 1]; whether there is one; 1 where a row has several ones, int32."""
    rows = ops.cast(rows, "float32")
    total = ops.sum(rows, axis=1, keepdims=True)
    number = ops.cast(ops.argmax(rows, axis=1), "int32")[:, None]
    return number, total > 0, ops.cast(total > 1.5, "int32")


def columns(array: Any, number: int) -> Any:
    """[n, number]; nothing is done to what has that shape."""
    return array if array.shape[1:] == (number,) else ops.reshape(array, (-1, number))
