"""What one epoch leaves behind, as arrays on the host: the records that are written and read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from .schema import Unit

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Counts of one split and one output at the end of one epoch.

    Args:
        split: "train", "val", or the name of a probe.
        output: name of the model's output; "" where there is only one.
        histogram: int64 [classes, 2, bins]; axis 1 is 0 for samples that are not of the class, 1 for
            those that are; bin i holds thresholds[i-1] < score <= thresholds[i], so that there is one bin
            more than there are thresholds. `classes` is 1 for a binary output.
        nan: int64 [classes, 2], samples whose score is NaN; they are in no bin and not in the matrix.
        ignored: samples left out because of their label.
        matrix: int64 [K, K], rows = true class, columns = argmax of the scores; None unless multi-class, and where
            it would be too large.
        argmax: int64 [K, 3], tp, fp and fn of each class by argmax; of a multi-class output without a matrix only.
        top_k: int64 [K, ks], multi-class: of the samples of each class that are counted, how many have it among the k
            highest scores, for each k of `counted_ks`; the lower of two classes of one score is the higher. None in
            older runs.
        exact_matches: int64 [bins], multi-label: samples all of whose labels are right at each threshold, then how many
            samples there are with a label that counts and none without a score. None in older runs.
        ranking_sums: float64 [3], multi-label: label ranking average precision, ranking loss and coverage, summed over
            these samples; a label ranks behind all that have its score. None in older runs, and of many labels.
        group_counts: int64 [classes, groups, numbers], of each group of samples: of each true class how many were
            decided as each class where argmax decides, else tn, fp, fn, tp at each of `Output.group_thresholds`. None
            where groups were not counted. What is read has all groups of a class in one row, [classes, 1, all].
        weights: float64, shape of `histogram`: sums of sample weights; None where no weights were given.
        weight_squares: float64 [classes, 2], sums of squared sample weights; None as above.
    """

    split: str
    histogram: Array
    nan: Array
    output: str = ""
    ignored: int = 0
    matrix: Array | None = None
    argmax: Array | None = None
    top_k: Array | None = None
    exact_matches: Array | None = None
    ranking_sums: Array | None = None
    group_counts: Array | None = None
    weights: Array | None = None
    weight_squares: Array | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """Predictions of one split and one output, sample by sample.

    Args:
        split: as in `Tally`.
        output: as in `Tally`.
        sample: int64 [samples], position in the data set; stable across epochs.
        y_true: int32 [samples] (0/1 for binary, the class for multi-class) or [samples, labels] (multi-label, 0/1).
        y_score: float32 [samples, scores], probabilities.
        label: int32 [samples, scores] or [scores], the class each score is for; None for binary.
        weight: float32 [samples], sample weights; None where there were none.
    """

    split: str
    sample: Array
    y_true: Array
    y_score: Array
    output: str = ""
    label: Array | None = None
    weight: Array | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleIds:
    """What the user calls the samples of one split, and which of them belong together.

    Args:
        split: as in `Samples`.
        sample: int64 [samples], positions in the data set, increasing.
        id: int64 [samples], or strings [samples] (of dtype object); all different. The positions where groups alone
            were stated.
        group: int64 [samples], or strings: the group that a sample is of; None where no groups were stated.
        group_size: int64 [samples], how many samples of the split its group has, recorded one by one or not.
    """

    split: str
    sample: Array
    id: Array
    group: Array | None = None
    group_size: Array | None = None

    @property
    def named(self) -> bool:
        """Whether the user has given ids, and not groups alone."""
        return self.group is None or not np.array_equal(self.id, self.sample)


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochRecord:
    """One recorded point of a training: the end of an epoch, or a number of steps.

    Args:
        epoch: index from 0, as Keras's hooks and CSVLogger give it; where the unit is "step", the steps done.
        unit: what `epoch` counts, the same in all of a run.
        step: training steps done, where the unit is "epoch"; None where they are not known.
        in_epoch: index of the epoch that the point lies in, where the unit is "step"; None where that is not known.
        logs: every scalar the training reported, by name; NaN and infinities are kept.
        seconds: duration in seconds by name: "epoch", "train", "val".
        time: seconds since 1970 (UTC) at the end of the epoch.
        tallies: one for each split and output that was counted.
        samples: one for each split and output whose predictions were kept.
        observed: arrays by name, whatever else the user saw fit to save (float64, any shape).
        sample_ids: of the run, not of the epoch: they come with the first epoch that has samples of their split.
    """

    epoch: int
    unit: Unit = "epoch"
    step: int | None = None
    in_epoch: int | None = None
    logs: Mapping[str, float] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    time: float = 0.0
    tallies: tuple[Tally, ...] = ()
    samples: tuple[Samples, ...] = ()
    observed: Mapping[str, Array] = field(default_factory=dict)
    sample_ids: tuple[SampleIds, ...] = ()


def score_classes(samples: Samples) -> Array:
    """int [samples, scores]: the class that each score is for."""
    label = np.arange(samples.y_score.shape[1]) if samples.label is None else samples.label
    return np.broadcast_to(label, samples.y_score.shape)


def four_counts(histogram: Array) -> tuple[Array, Array, Array, Array]:
    """Counts at every threshold from score histograms: `score > threshold` is positive.

    Args:
        histogram: [..., 2, bins] as in `Tally`, of any number type.

    Returns:
        tp, fp, tn, fn, each [..., bins - 1], of the histogram's type.
    """
    below = np.cumsum(histogram[..., :-1], axis=-1)
    above = histogram.sum(axis=-1, keepdims=True) - below
    return above[..., 1, :], above[..., 0, :], below[..., 0, :], below[..., 1, :]


def counts_at(histogram: Array, edge: int) -> tuple[Array, Array, Array, Array]:
    """tp, fp, tn, fn, each [...], of histograms [..., 2, bins] at the threshold of that number alone."""
    below, above = histogram[..., : edge + 1].sum(axis=-1), histogram[..., edge + 1 :].sum(axis=-1)
    return above[..., 1], above[..., 0], below[..., 0], below[..., 1]


def counts_of_matrix(matrix: Array) -> tuple[Array, Array, Array, Array]:
    """tp, fp, tn, fn of each class against the rest, [..., K], of a matrix [..., K, K], rows = true class."""
    tp = np.diagonal(matrix, axis1=-2, axis2=-1)
    fp, fn = matrix.sum(axis=-2) - tp, matrix.sum(axis=-1) - tp
    return tp, fp, matrix.sum(axis=(-2, -1))[..., None] - tp - fp - fn, fn
