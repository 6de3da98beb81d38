"""Counting arrays with NumPy: the threshold grid, the bins, and what the on-device tally must equal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .counters import Counters
from .device_counters import SLACK
from .remarks import Met
from .runfile import Output, Samples, Tally, kind_of
from .runfile.kinds import TOP
from .runfile.labels import NO_LABEL, numbers_of
from .runfile.manifest import COUNTER_BYTES
from .runfile.output_kind import OutputKind
from .runfile.records import Array

BOUND = COUNTER_BYTES  # that the counters of one output may take, and its samples
MOST_THRESHOLDS = 2**16  # they stand in the manifest of a run, and each is a bin of each epoch


def default_thresholds() -> npt.NDArray[np.float32]:
    """The default grid: float32, increasing, about 1,100 values from 0 to 1.

    0, 1/2 and 1; 2^-k (1 + j/32) for k = 17..2 and j = 0..31, and their mirror images 1 - t; every hundredth. It is
    fine where the scores of rare classes crowd.
    """
    k, j = np.meshgrid(np.arange(2, 18), np.arange(32), indexing="ij")
    fine = (2.0**-k * (1 + j / 32)).ravel()
    grid = np.concatenate([[0, 0.5, 1], fine, 1 - fine, np.arange(101) / 100])
    return np.unique(grid.astype(np.float32))


def threshold_grid(thresholds: Any = None, decision_threshold: float = 0.5) -> npt.NDArray[np.float32]:
    """The grid that is used: the given one or the default, with the decision threshold in it.

    Args:
        thresholds: increasing values in [0, 1], 65,536 at most, or None.
        decision_threshold: in [0, 1].

    Raises:
        ValueError: They break their rule.
    """
    if not 0 <= decision_threshold <= 1:
        raise ValueError(f"decision_threshold must be in [0, 1]. Received: {decision_threshold}")
    if hasattr(thresholds, "__len__") and len(thresholds) > MOST_THRESHOLDS:
        raise ValueError(f"thresholds must be at most {MOST_THRESHOLDS:,}. Received: {len(thresholds):,}")
    grid = default_thresholds() if thresholds is None else np.asarray(thresholds, np.float32)
    in_order = grid.ndim == 1 and len(grid) > 0 and bool((np.diff(grid) > 0).all())
    if not in_order or not (grid[0] >= 0 and grid[-1] <= 1):
        raise ValueError(f"thresholds must increase, each in [0, 1] and distinct in float32. Received: {thresholds!r}")
    return np.union1d(grid, np.float32(decision_threshold)).astype(np.float32)


def tally_arrays(
    y_true: Any,
    y_score: Any,
    *,
    output: Output,
    split: str,
    sample_weight: Any = None,
    names: Sequence[str] | None = None,
) -> Tally:
    """Counts the samples of one split.

    Args:
        y_true: labels: [...] or [..., 1] (binary; above 0.5 is positive), class numbers or one-hot (multi-class),
            [..., labels] (multi-label); strings are looked up in `names`. NaN, None and masked ones are no labels.
        y_score: probabilities [n], [..., 1] or [..., classes].
        output: what is counted.
        split: name of the split.
        sample_weight: [...] or None.
        names: of the classes, as the user gave them.

    Returns:
        The tally, `ignored` counting samples (labels of a multi-label output) left out.
    """
    kind, shape = kind_of(output), np.shape(y_score)
    truth, scores = kind.truth(y_true, shape, output, names), kind.columns(y_score)
    weight = flat_weights(sample_weight, shape, len(scores))
    counters = Counters(output, scores.shape[1], weighted=weight is not None)
    counters.add(truth, scores, weight)
    return counters.tally(split, output.name)


def met_in(y_true: Any, y_score: Any, *, output: Output, names: Sequence[str] | None = None) -> Met:
    """What is met in arrays beside what is counted of them; arguments as of `tally_arrays`."""
    kind, shape, values = kind_of(output), np.shape(y_score), numbers_of(y_true, names)
    rows = values.shape == shape and len(shape) > 1
    with np.errstate(invalid="ignore"):
        beyond = (values < 0) | (values > 1)
        if output.ignore_label is not None:
            beyond &= values != output.ignore_label
        crowded = int(((values > 0.5).sum(axis=-1) > 1).sum()) if rows and not kind.labels_apart else 0
    return Met(
        outside=outside(y_score),
        no_label=int((kind.truth(y_true, shape, output, names) == NO_LABEL).sum()) - _meant(values, output),
        odd=0 if kind.argmax else int(beyond.sum()),
        crowded=crowded,
    )


def samples_of(
    y_true: Any,
    y_score: Any,
    *,
    output: Output,
    split: str,
    max_samples: int,
    sample_weight: Any = None,
    names: Sequence[str] | None = None,
) -> Samples:
    """The predictions that are kept of one split: every 2^k-th sample; of many classes the true one and the top five.

    Args:
        y_true: as in `tally_arrays`.
        y_score: as in `tally_arrays`.
        output: what is counted.
        split: name of the split.
        max_samples: keep at most so many, and no more than `samples_within` allows.
        sample_weight: as in `tally_arrays`.
        names: as in `tally_arrays`.
    """
    kind, shape = kind_of(output), np.shape(y_score)
    truth, scores = kind.truth(y_true, shape, output, names), kind.columns(y_score)
    weight = flat_weights(sample_weight, shape, len(scores))
    chosen = regular_subset(len(scores), samples_within(kind, scores.shape[1], max_samples))
    truth, scores = truth[chosen], scores[chosen]
    kept, label = reduced_scores(truth, scores, kind)
    return Samples(
        split=split,
        output=output.name,
        sample=chosen,
        y_true=truth,
        y_score=kept,
        label=label,
        weight=None if weight is None else weight[chosen].astype(np.float32),
    )


def outside(y_score: Any) -> int:
    """How many scores are outside [0, 1] by more than rounding does: no probabilities."""
    scores = np.asarray(y_score, np.float32)
    return int(((scores < -SLACK) | (scores > 1 + SLACK)).sum())


def samples_within(kind: OutputKind, scores: int, most: int) -> int:
    """How many samples are kept of at most so many: their scores and labels together take at most `BOUND` bytes."""
    columns = 2 * TOP + 4 if not kind.keeps_whole(scores) else scores + kind.labels(scores) + 1
    return min(most, max(BOUND // (4 * columns), 1))


def regular_subset(n: int, max_samples: int) -> npt.NDArray[np.int64]:
    """int64: every 2^k-th of n positions, k the smallest for which at most `max_samples` remain."""
    if max_samples < 1:
        return np.zeros(0, np.int64)
    return np.arange(0, n, regular_stride(n, max_samples), dtype=np.int64)


def regular_stride(n: int, most: int) -> int:
    """2^k, the smallest of which n positions have `most` multiples or fewer; `most` is 1 or more."""
    stride = 1
    while -(-n // stride) > most:
        stride *= 2
    return stride


def flat_weights(sample_weight: Any, shape: tuple[int, ...], samples: int) -> Array | None:
    """float64 [samples]: weights given for each sample, or for each first axis of several.

    Raises:
        ValueError: They are neither, or not numbers of 0 or more.
    """
    if sample_weight is None:
        return None
    try:
        weight = np.asarray(sample_weight, np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"sample_weight must be numbers. Received: {sample_weight!r:.200}") from None
    if not (np.isfinite(weight) & (weight >= 0)).all():
        raise ValueError(f"sample_weight must be finite and 0 or more. Received: {weight[~(weight >= 0)].tolist()[:3]}")
    if weight.size != samples:
        if weight.ndim == 0 or not len(weight) or weight.size != len(weight) or samples % len(weight):
            raise ValueError(f"sample_weight must be one a sample. Received: {weight.shape} for scores {shape}")
        weight = np.repeat(weight.reshape(-1), samples // len(weight))
    return weight.reshape(-1)


def reduced_scores(truth: Array, scores: Array, kind: OutputKind) -> tuple[Array, Array | None]:
    """Scores to keep and the classes they are for: all of up to 16, else the true class and the top five."""
    width = scores.shape[1]
    if kind.keeps_whole(width):
        return scores, kind.sample_labels(width)
    top = np.argsort(-scores, axis=1, kind="stable")[:, :TOP]
    own = np.clip(truth, 0, width - 1)[:, None]
    label = np.concatenate([own, top], axis=1).astype(np.int32)
    return np.take_along_axis(scores, label, axis=1), label


def _meant(values: Array, output: Output) -> int:
    """How many of the labels that are none the user ignores."""
    return int((values == NO_LABEL).sum()) if output.ignore_label == NO_LABEL else 0
