"""Recorded scores of one class, epoch by epoch, as bins between thresholds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from recorder.runfile import Output, Samples, Unit, kind_of, score_classes

from ..counts.scores import TINY
from .aligned import matrix, union
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
    """

    epochs: Array
    positive: Array
    bins: Array
    thresholds: Array

    @property
    def divisible(self) -> bool:
        """Whether two halves can have samples of both classes."""
        return len(self.epochs) > 0 and 2 <= self.positive.sum() <= len(self.positive) - 2


class _Row(NamedTuple):
    keys: Array
    positive: Array
    bins: Array


def scored_of(records: Iterable[tuple[int, Samples]], output: Output, label: int, unit: Unit = "epoch") -> Scored:
    """The scores of a class in the samples of many epochs.

    Of more than 16 classes the true one and the top five are kept. Others have scores of at most 1/6, so lower
    thresholds are left out, and at the rest the bins are exact.

    Args:
        records: (epoch, samples), in any order.
        output: what they are of.
        label: number of the score: that of the class, where each class has one.
        unit: of the numbers of epochs.

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
    )


def _row(samples: Samples, output: Output, label: int, edges: Array) -> _Row:
    kind, truth = kind_of(output), np.asarray(samples.y_true)
    positive = kind.one_vs_rest(truth, len(output.classes))[:, label]
    score = _class_score(samples, label) if kind.argmax else np.asarray(samples.y_score, np.float32)[:, label]
    kept = kind.kept(truth, output).reshape(len(truth), -1)[:, label if kind.labels_apart else 0]
    bins = np.searchsorted(edges, np.where(np.abs(score) < TINY, np.float32(0), score), side="left")
    bins = np.where(np.isnan(score), UNKNOWN, bins).astype(np.int32)
    return _Row(samples.sample[kept], positive[kept], bins[kept])


def _class_score(samples: Samples, label: int) -> Array:
    """float32 [samples]: 0 where the class was not kept, NaN where any score is undefined."""
    scores = np.asarray(samples.y_score, np.float32)
    found = np.where(score_classes(samples) == label, scores, 0).max(axis=1)
    return np.where(np.isnan(scores).any(axis=1), np.float32(np.nan), found)
