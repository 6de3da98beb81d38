"""Recorded scores of one class, epoch by epoch, as bins between thresholds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from recorder.runfile import Output, Samples, Unit, kind_of, not_denormal, score_classes

from .aligned import matrix, union
from .clusters import GroupTotals, totals_of
from .tracks import UNKNOWN, one_truth

Array = npt.NDArray[Any]
REDUCED = 1 / 6  # the highest score that a class beyond the top five can have


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """Of which bin the score of each sample is, epoch by epoch.

    Args:
        epochs: int64 [epochs], increasing.
        positive: bool [samples], whether it is of the class.
        bins: int32 [epochs, samples]: thresholds[i-1] < score <= thresholds[i]; -1 where there is no score.
        thresholds: float32 [thresholds], increasing.
        group: int64 [samples], of those that belong together; None where each sample stands for itself.
    """

    epochs: Array
    positive: Array
    bins: Array
    thresholds: Array
    group: Array | None = None

    @property
    def groups(self) -> int:
        """How many groups there are; 0 where each sample stands for itself."""
        return 0 if self.group is None else len(np.unique(self.group))

    @property
    def divisible(self) -> bool:
        """Whether two halves can have samples of both classes, and no group is on both sides."""
        if not len(self.epochs):
            return False
        each = np.arange(len(self.positive)) if self.group is None else self.group
        return all(len(np.unique(each[self.positive == side])) >= 2 for side in (False, True))

    def totals(self, epoch: int, threshold: float) -> GroupTotals | None:
        """The samples by group and by tn, fp, fn, tp at an epoch, by its number; None where that is not known."""
        if self.group is None or epoch not in self.epochs or np.float32(threshold) not in self.thresholds:
            return None
        bins = self.bins[int(np.flatnonzero(self.epochs == epoch)[0])]
        decided = bins > int(np.searchsorted(self.thresholds, np.float32(threshold)))
        outcome = np.where(bins == UNKNOWN, -1, 2 * self.positive + decided)
        return totals_of(outcome[:, None], self.group, 4, 4)


class _Row(NamedTuple):
    keys: Array
    positive: Array
    bins: Array


def scored_of(
    records: Iterable[tuple[int, Samples]],
    output: Output,
    label: int,
    unit: Unit = "epoch",
    *,
    groups: Callable[[Array], Array] | None = None,
) -> Scored:
    """The scores of a class in the samples of many epochs.

    Of more than 16 classes the true one and the top five are kept. Others have scores of at most 1/6, so lower
    thresholds are left out, and at the rest the bins are exact.

    Args:
        records: (epoch, samples), in any order.
        output: what they are of.
        label: number of the score: that of the class, where each class has one.
        unit: of the numbers of epochs.
        groups: the group of each of some positions, int64; None where each sample stands for itself.

    Raises:
        ValueError: A sample has another true class than before.
    """
    edges = np.asarray(output.thresholds, np.float32)
    if not kind_of(output).keeps_whole(len(output.classes)):
        edges = edges[edges >= REDUCED]
    rows = dict(sorted((epoch, _row(samples, output, label, edges)) for epoch, samples in records))
    keys = [row.keys for row in rows.values()]
    columns, epochs = union(keys), np.array(list(rows), np.int64)
    truth = matrix(columns, keys, [row.positive.astype(np.int32) for row in rows.values()], UNKNOWN)
    return Scored(
        epochs=epochs,
        positive=one_truth(truth, epochs, columns, unit) == 1,
        bins=matrix(columns, keys, [row.bins for row in rows.values()], UNKNOWN),
        thresholds=edges,
        group=_shared(None if groups is None else groups(columns)),
    )


def _shared(group: Array | None) -> Array | None:
    """None where no two samples are of one group."""
    return None if group is None or len(np.unique(group)) == len(group) else group


def _row(samples: Samples, output: Output, label: int, edges: Array) -> _Row:
    kind, truth = kind_of(output), np.asarray(samples.y_true)
    positive = kind.one_vs_rest(truth, len(output.classes))[:, label]
    score = _class_score(samples, label) if kind.argmax else np.asarray(samples.y_score, np.float32)[:, label]
    kept = kind.kept(truth, output).reshape(len(truth), -1)[:, label if kind.labels_apart else 0]
    bins = np.searchsorted(edges, not_denormal(score), side="left")
    bins = np.where(np.isnan(score), UNKNOWN, bins).astype(np.int32)
    if not len(kept) == len(positive) == len(bins) == len(samples.sample):  # a broken manifest or part
        raise ValueError(
            f"samples must have labels and scores as outputs of kind {output.kind!r} have. "
            f"Received: labels {truth.shape} and scores {np.shape(samples.y_score)} of {len(samples.sample)} samples"
        )
    return _Row(samples.sample[kept], positive[kept], bins[kept])


def _class_score(samples: Samples, label: int) -> Array:
    """float32 [samples]: 0 where the class was not kept, NaN where any score is undefined."""
    scores = np.asarray(samples.y_score, np.float32)
    found = np.where(score_classes(samples) == label, scores, 0).max(axis=1)
    return np.where(np.isnan(scores).any(axis=1), np.float32(np.nan), found)
