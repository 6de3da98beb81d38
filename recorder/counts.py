"""`Counts`: what `RunWriter` counts of arrays, counted batch by batch, in constant memory."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

import msgspec
import numpy as np

from . import counting, outputs
from .class_names import given_names
from .countable import Form, SplitCounts
from .counters import Counters
from .group_counts import BatchGroups, at_recorded
from .kept_samples import KeptSamples
from .remarks import Met
from .runfile import Output, kind_of
from .runfile.kinds import known_kind
from .runfile.records import Array
from .runfile.schema import Kind
from .seen_ids import id_of_each
from .starting import check_whole
from .waiting_samples import Batch, WaitingSamples

Sampling = Literal["regular", "random"]


class Counts:
    """Counts predictions batch by batch, in memory that does not grow; `RunWriter.epoch` takes it for a split.

    ```python
    val = Counts(kind="binary")
    for x, y in batches:
        val.update(y, predict(x))
    run.epoch(epoch, val=val)
    val.reset()
    ```

    The counts equal those of all arrays at once, however these are split into batches and merged; sums of weights do
    so up to the rounding of float64. Memory: the counters (18 kB for a binary output, 64 MiB at most), the samples that
    are kept, and with `ids` a bit for each number up to the largest id.

    Args:
        kind: "binary", "multiclass" or "multilabel"; None takes what labels and scores of the first batch tell, as in
            `RunWriter`.
        thresholds: increasing values in [0, 1]; None for the default grid of about 1,100.
        decision_threshold: above it a score is called positive; it joins the thresholds.
        ignore_label: samples with this label are left out.
        class_names: names of the classes; for a binary output the negative, then the positive one. Labels may be
            strings among them.
        max_samples: predictions to keep at most; 0 keeps none.
        sampling: which, of more: "regular" keeps the samples whose id (or position, where no ids come) is a multiple of
            2^k; "random" draws them at random, by a hash of that and `seed`: the same ones every epoch.
        seed: of "random".
        groups: which samples belong together (image, patient, document), one for each position of the data set: the
            `ids`, where they come, or in the order of the batches. Of pixels or tokens one for each image or text. The
            counts of each group are kept then, as `RunWriter(group_thresholds=...)` says it, which names those of the
            samples that are kept by `groups` of its own.
        group_thresholds: where they are kept, beside the decision.
        drop_duplicates: a sample whose id was met since the last `reset` is left out: samplers repeat some to fill the
            last batch. It needs `ids`.

    Attributes:
        output: what is counted; None before the first batch.
        resets: how often `reset` was called.
        seen: samples (positions, where there are several) that `update` was given since the last `reset`.

    Raises:
        ValueError: An argument breaks its rule.
    """

    def __init__(
        self,
        kind: Kind | None = None,
        *,
        thresholds: Sequence[float] | None = None,
        decision_threshold: float = 0.5,
        ignore_label: int | None = None,
        class_names: Sequence[str] | None = None,
        max_samples: int = 10_000,
        sampling: Sampling = "regular",
        seed: int = 0,
        groups: Sequence[str | int] | None = None,
        group_thresholds: Sequence[float] = (),
        drop_duplicates: bool = True,
    ) -> None:
        known_kind(kind)
        counting.threshold_grid(thresholds, decision_threshold)
        if sampling not in ("regular", "random"):
            raise ValueError(f'sampling must be "regular" or "random". Received: {sampling!r}')
        self._asked: dict[str, Any] = {
            "kind": kind,
            "thresholds": thresholds,
            "decision_threshold": decision_threshold,
            "ignore_label": ignore_label,
            "class_names": given_names(class_names),
        }
        self._most, self._drop = check_whole("max_samples", max_samples, least=0), drop_duplicates
        self._groups = None if groups is None else BatchGroups(groups, group_thresholds)
        self._seed = seed if sampling == "random" else None
        self.output: Output | None = None
        self.certain = True
        self.met = Met()
        self.resets = -1
        self.reset()

    def __repr__(self) -> str:
        return f"Counts({'nothing yet' if self.output is None else self.output}, {self.seen:,} samples)"

    def update(self, y_true: Any, y_score: Any, *, sample_weight: Any = None, ids: Any = None) -> None:
        """Adds a batch.

        Args:
            y_true: labels: [...] or [..., 1] (binary; above 0.5 is positive), class numbers or one-hot (multi-class),
                [..., labels] (multi-label); strings among `class_names`. NaN, None and masked ones are ignored.
            y_score: probabilities [n], [..., 1] or [..., classes], as float32; of pixels [n, height, width] it takes
                `y_score[..., None]`.
            sample_weight: [...], or one for each first axis; with every batch or with none.
            ids: whole numbers from 0 to 2^31 - 1, one a sample, such as its position in the data set: for
                `drop_duplicates`, and for the samples that are kept; with every batch or with none.

        Raises:
            ValueError: The arrays break a rule, or are not of the output that was counted before.
        """
        if np.size(y_score) == 0:
            return
        y_score, names = outputs.scores_array(y_score), self._asked["class_names"]
        output, certain = self._described(y_true, y_score)
        kind, shape = kind_of(output), y_score.shape
        truth, scores = kind.truth(y_true, shape, output, names), kind.columns(y_score)
        weight = counting.flat_weights(sample_weight, shape, len(scores))
        numbers = None if ids is None else id_of_each(ids, shape, len(scores))
        met = counting.met_in(y_true, y_score, output=output, names=names)
        self.begin(output, Form(scores=scores.shape[1], weighted=weight is not None, named=ids is not None))
        self.certain = certain
        self.met = self.met.plus(met)
        position = np.arange(self.seen, self.seen + len(scores)) if numbers is None else numbers
        if self._groups is not None:
            self._groups.check(position, len(scores) // shape[0])
        self.seen += len(scores)
        self._take(Batch(position, truth, scores, weight))

    def merge(self, other: Counts) -> None:
        """Adds what another one has counted, of other batches or by another process; `other` stays as it is.

        A sample that both were given counts once as long as one of them has it among its last 1,024 samples (or in the
        last batch, where that is larger), as where a sampler fills the last batch; a warning tells how many others
        there are.

        Raises:
            ValueError: They count different outputs, or one has weights or ids and the other none.
            TypeError: The other one is no `Counts`.
        """
        if not isinstance(other, Counts):
            raise TypeError(f"other must be Counts. Received: {type(other).__name__}")
        if other.output is None or other.form is None:
            return
        self.check_merged(other.form)
        self.begin(other.output, other.form)
        if self._groups is not None and other._groups is not None:
            self._groups.each = self._groups.each or other._groups.each
        repeated = self.waiting.merge(other.waiting)
        self.counters.merge(other.counters)
        self.kept.merge(other.kept, 0 if other.form.named else self.seen)
        self.met = self.met.plus(other.met).plus(Met(repeated=repeated))
        self.certain &= other.certain
        self.seen += other.seen

    def reset(self) -> None:
        """Forgets what was counted; what kind of output it is stays."""
        self.resets += 1
        self.seen, self.met = 0, Met()
        self.waiting = WaitingSamples()
        self.form: Form | None = None

    def counted(self, split: str, *, max_samples: int = 2**31) -> SplitCounts:
        """What was counted since the last `reset`.

        Args:
            split: its name.
            max_samples: predictions at most.

        Raises:
            ValueError: There was no sample.
        """
        if self.output is None or self.form is None:
            raise ValueError("counts must hold a sample or more. Received: a Counts that was given none")
        counters, kept = self.counters, self.kept
        if self.waiting.batches:
            counters, kept = copy.deepcopy((counters, kept))
            _count(self.waiting.batches, counters, kept, self._groups)
        return SplitCounts(
            output=msgspec.structs.replace(self.output, weighted=self.form.weighted),
            tally=counters.tally(split, self.output.name),
            met=replace(self.met, uncertain=not self.certain),
            samples=kept.samples(split, max_samples),
        )

    def settle(self) -> None:
        """Counts what waits: whoever else was given these samples has been asked."""
        _count(self.waiting.batches, self.counters, self.kept, self._groups)
        self.waiting.batches = []

    def check_merged(self, form: Form) -> None:
        """Raises ValueError where groups would not be known of samples that are counted elsewhere too: without ids."""
        if self._groups is not None and not form.named:
            raise ValueError(
                "counts of groups that are merged must have ids, which say what each is of. Received: none"
            )

    def _described(self, y_true: Any, y_score: Array) -> tuple[Output, bool]:
        """The output, and whether labels and scores tell its kind for certain."""
        if self.output is not None:
            outputs.check_width(self._asked["kind"], y_score.shape)
            outputs.check_same(self.output, y_score.shape)
            return self.output, self.certain
        output = outputs.output_for(y_score, y_true=y_true, source="arrays", **self._asked)
        if self._groups is not None:
            output.group_thresholds = at_recorded(self._groups.thresholds, output)
        return output, self._asked["kind"] is not None or outputs.told_kind(y_true, y_score)[1]

    def begin(self, output: Output, form: Form) -> None:
        """Makes room at the first batch; what comes later must be like it.

        Raises:
            ValueError: It is not.
        """
        if self.output not in (None, output):
            raise ValueError(
                "counts that are merged must be of one output: kind=, thresholds=, class_names= and what else says "
                f"what is counted must be the same. Received: {self.output} and {output}"
            )
        if self.form is not None:
            self.form.check(form)
        self.output = output
        if self.form is None:
            self.form = form
            groups = None if self._groups is None else self._groups.sums(output)
            self.counters = Counters(output, form.scores, weighted=form.weighted, groups=groups)
            self.kept = KeptSamples(output, form.scores, self._most, self._seed)

    def _take(self, batch: Batch) -> None:
        waits = self._drop and self.form is not None and self.form.named
        _count(self.waiting.put(batch) if waits else [batch], self.counters, self.kept, self._groups)


def _count(batches: list[Batch], counters: Counters, kept: KeptSamples, groups: BatchGroups | None) -> None:
    for batch in batches:
        row = None if groups is None else groups.rows(batch.position)
        counters.add(batch.truth, batch.scores, batch.weight, row)
        kept.add(batch.position, batch.truth, batch.scores, batch.weight)
