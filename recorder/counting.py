"""Counting arrays with NumPy: the threshold grid, the bins, and what the on-device tally must equal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .runfile import Output, Samples, Tally
from .runfile.records import Array
from .runfile.schema import Kind, Source
from .shapes import binary_labels, flatten, one_vs_rest, reduce_classes

TINY = np.finfo(np.float32).tiny  # smaller scores are denormal and count as zero
SLACK = 1e-5  # of what rounding does to a probability; beyond it, a score is none


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
        thresholds: increasing values in [0, 1], or None.
        decision_threshold: in [0, 1].

    Raises:
        ValueError: They break their rule.
    """
    if not 0 <= decision_threshold <= 1:
        raise ValueError(f"decision_threshold must be in [0, 1]. Received: {decision_threshold}")
    grid = default_thresholds() if thresholds is None else np.asarray(thresholds, np.float32)
    in_order = grid.ndim == 1 and len(grid) > 0 and bool((np.diff(grid) > 0).all())
    if not in_order or not (grid[0] >= 0 and grid[-1] <= 1):
        raise ValueError(f"thresholds must increase, each in [0, 1] and distinct in float32. Received: {thresholds!r}")
    return np.union1d(grid, np.float32(decision_threshold)).astype(np.float32)


def output_for(
    y_score: Any,
    *,
    kind: Kind | None = None,
    thresholds: Any = None,
    decision_threshold: float = 0.5,
    ignore_label: int | None = None,
    class_names: Sequence[str] | None = None,
    weighted: bool = False,
    from_logits: bool = False,
    source: Source = "arrays",
    name: str = "",
) -> Output:
    """The description of an output that gives scores of this width.

    Args:
        y_score: [..., classes], or any shape for a binary output.
        kind: None infers it: a width of 1 (or a single axis) is binary, more are multi-class.
        thresholds: as in `threshold_grid`.
        decision_threshold: as in `threshold_grid`.
        ignore_label: the label whose samples are left out.
        class_names: as many as there are classes (two for binary).
        weighted: whether weights come with the samples.
        from_logits: whether the scores were made of logits.
        source: who counts.
        name: of the output.

    Raises:
        ValueError: An argument breaks its rule.
    """
    shape = np.shape(y_score)
    width = shape[-1] if len(shape) > 1 else 1
    kind = kind or ("binary" if width == 1 else "multiclass")
    number = 2 if kind == "binary" else width
    if class_names is not None and len(class_names) != number:
        raise ValueError(f"class_names must be {number}, one a class. Received: {list(class_names)}")
    grid = threshold_grid(thresholds, decision_threshold)
    plain = ["negative", "positive"] if kind == "binary" else [str(index) for index in range(width)]
    return Output(
        name=name,
        kind=kind,
        classes=list(class_names or plain),
        thresholds=grid.astype(float).tolist(),
        decision_threshold=float(np.float32(decision_threshold)),
        source=source,
        ignore_label=ignore_label,
        weighted=weighted,
        from_logits=from_logits,
    )


def tally_arrays(y_true: Any, y_score: Any, *, output: Output, split: str, sample_weight: Any = None) -> Tally:
    """Counts the samples of one split.

    Args:
        y_true: labels: [...] or [..., 1] (binary; above 0.5 is positive), sparse or one-hot (multi-class),
            [..., labels] (multi-label).
        y_score: probabilities [...] or [..., classes].
        output: what is counted.
        split: name of the split.
        sample_weight: [...] or None.

    Returns:
        The tally, `ignored` counting samples (labels of a multi-label output) left out.
    """
    truth, scores, weight = flatten(y_true, y_score, output.kind, sample_weight)
    positive, kept = one_vs_rest(truth, scores.shape[1], output)
    undefined = np.isnan(scores)
    if output.kind == "multiclass":
        undefined = np.broadcast_to(undefined.any(axis=1, keepdims=True), scores.shape)
    edges = np.asarray(output.thresholds, np.float32)
    bins = np.searchsorted(edges, np.where(np.abs(scores) < TINY, np.float32(0), scores), side="left")
    classes = np.broadcast_to(np.arange(scores.shape[1]), scores.shape)
    counted = kept & ~undefined
    shape = (scores.shape[1], 2, len(edges) + 1)
    histogram = _add((classes[counted], positive[counted].astype(int), bins[counted]), shape)
    lost = kept & undefined
    nan = _add((classes[lost], positive[lost].astype(int)), shape[:2])
    ignored = int((~kept).sum()) if output.kind == "multilabel" else int((~kept[:, 0]).sum())
    weights = squares = None
    if weight is not None:
        spread = np.broadcast_to(weight[:, None], scores.shape)[counted]
        weights = _add((classes[counted], positive[counted].astype(int), bins[counted]), shape, spread)
        squares = _add((classes[counted], positive[counted].astype(int)), shape[:2], spread**2)
    return Tally(
        split=split,
        output=output.name,
        histogram=histogram,
        nan=nan,
        ignored=ignored,
        matrix=_matrix(truth, scores, counted[:, 0]) if output.kind == "multiclass" else None,
        weights=weights,
        weight_squares=squares,
    )


def samples_of(
    y_true: Any, y_score: Any, *, output: Output, split: str, max_samples: int, sample_weight: Any = None
) -> Samples:
    """The predictions that are kept of one split: every 2^k-th sample; of many classes the true one and the top five.

    Args:
        y_true: as in `tally_arrays`.
        y_score: as in `tally_arrays`.
        output: what is counted.
        split: name of the split.
        max_samples: keep at most so many.
        sample_weight: as in `tally_arrays`.
    """
    truth, scores, weight = flatten(y_true, y_score, output.kind, sample_weight)
    chosen = regular_subset(len(scores), max_samples)
    truth, scores = truth[chosen], scores[chosen]
    kept, label = reduce_classes(truth, scores, output.kind)
    if output.kind == "binary":
        truth = binary_labels(truth, output.ignore_label)
    return Samples(
        split=split,
        output=output.name,
        sample=chosen,
        y_true=truth.astype(np.int32),
        y_score=kept,
        label=label,
        weight=None if weight is None else weight[chosen].astype(np.float32),
    )


def outside(y_score: Any) -> int:
    """How many scores are outside [0, 1] by more than rounding does: no probabilities."""
    scores = np.asarray(y_score, np.float32)
    return int(((scores < -SLACK) | (scores > 1 + SLACK)).sum())


def regular_subset(n: int, max_samples: int) -> npt.NDArray[np.int64]:
    """int64: every 2^k-th of n positions, k the smallest for which at most `max_samples` remain."""
    if max_samples < 1:
        return np.zeros(0, np.int64)
    stride = 1
    while -(-n // stride) > max_samples:
        stride *= 2
    return np.arange(0, n, stride, dtype=np.int64)


def _matrix(truth: Array, scores: Array, counted: npt.NDArray[np.bool_]) -> Array:
    width = scores.shape[1]
    rows = truth[counted].astype(np.int64)
    return _add((rows, scores[counted].argmax(axis=1)), (width, width))


def _add(index: tuple[Array, ...], shape: tuple[int, ...], weights: Array | None = None) -> Array:
    flat = np.ravel_multi_index(index, shape)
    sums = np.bincount(flat, weights=weights, minlength=int(np.prod(shape)))
    return sums.reshape(shape).astype(np.int64 if weights is None else np.float64)
