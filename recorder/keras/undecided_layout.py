"""Counters of an output whose kind no shape tells: rows of labels beside several scores."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from keras import ops

from ..device_counters import ABOVE, POSITIVE, SLACK
from ..runfile import KINDS
from ..runfile.kinds import SEPARATE_LABELS, exclusive_kind
from ..runfile.labels import ROUNDING
from ..runfile.output_kind import OutputKind
from ..runfile.records import Array
from .counter_layout import Counted, CounterLayout, SampleForm
from .counter_ops import bins_of, scatter_add
from .multi_class_layout import MultiClassLayout, gorodkin
from .zero_or_one_layout import MultiLabelLayout, mean_matthews


@dataclass(frozen=True)
class UndecidedLayout(CounterLayout):
    """A softmax with one-hot labels, or a sigmoid for each of several labels: the first batch settles it.

    Scores that sum to 1 beside rows with at most one 1 are those of a softmax, as `recorder.outputs.told_kind` has it;
    of two units, it is binary. That is found out on the device, and stays in two more counters, `votes`. `decided` has
    the counters of a multi-label output and those of a multi-class one; the others than those of its kind say nothing.
    """

    kind: ClassVar[OutputKind] = KINDS["multiclass"]

    @property
    def settled(self) -> OutputKind | None:
        return None

    @property
    def rows_only(self) -> bool:
        return True

    @property
    def sizes(self) -> dict[str, int]:
        beside = {**self._one.sizes, **self._many.sizes}
        votes = {"votes": 2}  # one of several; many
        return super().sizes | {name: beside[name] for name in ("places", "label_sets")} | votes

    @property
    def decided_slots(self) -> int:
        return self._many.decided_slots + self._one.decided_slots

    @property
    def noted_slots(self) -> int:
        return self._many.noted_slots + self._one.noted_slots

    def labels(self, y_true: Any, y_pred: Any, mask: Any) -> Any:
        return self._one.labels(y_true, y_pred, mask), self._many.labels(y_true, y_pred, mask)

    def count(self, counters: dict[str, Any], labels: Any, scores: Any) -> Any:
        (label, crowded), codes = labels
        many = self._settle(counters["votes"], codes, scores)
        undefined = self._one.undefined(scores)
        of_many = self._many.local(codes, scores)
        slot = self.places(ops.where(many, of_many, self._one.local(label, scores, undefined)))
        scatter_add(counters["histograms"], slot)
        one_decided = self._one.decisions(label, scores, undefined) + self._many.decided_slots
        scatter_add(counters["decided"], ops.concatenate([self._many.decisions(of_many), one_decided], axis=1))
        scatter_add(counters["noted"], ops.concatenate([codes, crowded + self._many.noted_slots], axis=1))
        scatter_add(counters["places"], self._one.ranked(label, scores, undefined))
        self._many.count_sets(counters["label_sets"], codes, scores)
        return slot

    def truth(self, labels: Any) -> Any:
        return self._many.truth(labels[1])

    def correlation(self, counters: dict[str, Any]) -> Any:
        votes, decided = (ops.convert_to_tensor(counters[name]) for name in ("votes", "decided"))
        one = self._one.confusion(decided[self._many.decided_slots :])
        return ops.where(votes[1] > votes[0], mean_matthews(decided, self.classes), gorodkin(*one))

    def form(self, counters: dict[str, Array]) -> SampleForm:
        kind = self._told(counters["votes"])
        if kind.labels_apart:
            return SampleForm(kind, self.classes, self.truth, lambda scores: scores)
        scores = kind.scores(self.classes)
        return SampleForm(kind, scores, lambda labels: self._one.truth(labels[0]), lambda columns: columns[:, -scores:])

    def read(self, counters: dict[str, Array]) -> Counted:
        kind, split = self._told(counters["votes"]), self._many.decided_slots
        histogram, nan, outside = self.folded(counters["histograms"])
        decided, noted = counters["decided"], counters["noted"]
        codes, crowded = noted[: self._many.noted_slots], noted[self._many.noted_slots :]
        if kind.labels_apart:
            tally, met = self._many.read_decided({"noted": codes})
            tally |= self._many.sets.read(counters["label_sets"])
        else:
            tally, met = self._one.read_decided({"decided": decided[split:], "noted": crowded})
            tally |= self._one.read_places(counters["places"])
        first = self.classes - kind.scores(self.classes)
        if not kind.argmax:
            tally = {name: each for name, each in tally.items() if name not in ("matrix", "top_k")}
        return Counted(
            kind,
            {"histogram": histogram[first:], "nan": nan[first:]} | tally,
            {"outside": int(outside[first:].sum())} | met,
        )

    def read_decided(self, counters: dict[str, Array]) -> tuple[dict[str, Any], dict[str, Any]]:
        return self._many.read_decided(counters)

    def _activated(self, logits: Any) -> Any:
        return ops.softmax(logits)

    def _told(self, votes: Array) -> OutputKind:
        if votes[1] > votes[0]:
            return SEPARATE_LABELS
        return exclusive_kind(self.width)

    def _settle(self, votes: Any, codes: Any, scores: Any) -> Any:
        """Whether there may be many labels, a boolean scalar: as it was settled, or as this batch has it."""
        sums = ops.sum(scores, axis=1)
        probable = ops.all(ops.logical_and(scores >= -SLACK, scores <= 1 + SLACK), axis=1)
        apart = ops.logical_and(ops.abs(sums - 1) > ROUNDING, probable)
        ones = ops.cast(ops.logical_or(codes == POSITIVE, codes == ABOVE), "int32")
        several = ops.sum(ones, axis=1) > 1
        now = ops.cast(ops.any(ops.logical_or(apart, several)), votes.dtype)
        before = ops.convert_to_tensor(votes)
        after = ops.where(ops.sum(before) > 0, before, ops.stack([1 - now, now]))
        votes.assign(after)
        return after[1] > after[0]

    @cached_property
    def _many(self) -> MultiLabelLayout:
        return MultiLabelLayout(*self._arguments)

    @cached_property
    def _one(self) -> MultiClassLayout:
        return (_TwoUnits if self.width == 2 else MultiClassLayout)(*self._arguments)

    @property
    def _arguments(self) -> tuple[Any, ...]:
        return self.width, self.thresholds, self.decision, self.ignore_label, self.from_logits, self.matrix


@dataclass(frozen=True)
class _TwoUnits(MultiClassLayout):
    """Two softmax units: a binary output, decided at a threshold of the second one's score."""

    def undefined(self, scores: Any) -> Any:
        return ops.isnan(scores[:, 1:])

    def predicted(self, scores: Any) -> Any:
        return ops.cast(bins_of(scores[:, 1:], self.score_rows) > self.decision + 1, "int32")
