"""What an output is: its kind, told from labels and scores where the user does not say it, and what it keeps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from . import counting
from .counting import threshold_grid
from .device_counters import SLACK
from .runfile import KINDS, Output, kind_of
from .runfile.kinds import SEPARATE_LABELS, exclusive_kind
from .runfile.labels import numbers_of, sums_to_one
from .runfile.manifest import COARSEST, MOST_CLASSES
from .runfile.output_kind import OutputKind
from .runfile.schema import Kind, Source

FEWEST = COARSEST  # thresholds of the coarsest grid


def told_kind(y_true: Any, y_score: Any) -> tuple[Kind, bool]:
    """The kind that labels and scores tell, and whether they do for certain.

    One score a sample is binary, and so are two softmax units. Class numbers beside several scores are multi-class;
    so are rows of labels beside scores that sum to 1. Rows with several ones are multi-label, and so are rows beside
    scores that do not sum to 1: for certain where not every row has exactly one 1.

    Args:
        y_true: as in `tally_arrays`.
        y_score: as in `tally_arrays`.
    """
    scores = np.asarray(y_score, np.float32)
    width = scores.shape[-1] if scores.ndim > 1 else 1
    if width == 1:
        return exclusive_kind(width).name, True
    one_of_several, separate = exclusive_kind(width).name, SEPARATE_LABELS.name
    if np.shape(y_true) != scores.shape:
        return one_of_several, True
    scores, ones = scores.reshape(-1, width), (numbers_of(y_true, None).reshape(-1, width) > 0.5).sum(axis=1)
    if (ones > 1).any():
        return separate, True
    probable = ~((scores < -SLACK) | (scores > 1 + SLACK)).any(axis=1)
    if (sums_to_one(scores) | ~probable).all():
        return one_of_several, True
    return separate, bool((ones != 1).any())


def output_for(
    y_score: Any,
    *,
    y_true: Any = None,
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
        y_score: [..., classes], or [samples] for a binary output.
        y_true: the labels beside them; None for class numbers.
        kind: None takes what labels and scores tell: see `told_kind`.
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
    told = KINDS[kind or told_kind(y_true, y_score)[0]]
    check_width(kind, shape)
    return describe(
        told,
        shape[-1] if len(shape) > 1 else 1,
        thresholds=threshold_grid(thresholds, decision_threshold),
        decision_threshold=decision_threshold,
        ignore_label=ignore_label,
        class_names=class_names,
        weighted=weighted,
        from_logits=from_logits,
        source=source,
        name=name,
    )


def describe(
    kind: OutputKind,
    width: int,
    *,
    thresholds: npt.NDArray[np.float32],
    decision_threshold: float,
    class_names: Sequence[str] | None,
    **stated: Any,
) -> Output:
    """The description of an output of a kind, its counters within their bound.

    Args:
        kind: of the output.
        width: scores that the model gives for a sample.
        thresholds: the grid as it was asked for.
        decision_threshold: one of these.
        class_names: as many as there are classes; None for plain ones.
        **stated: what else `Output` says.

    Raises:
        ValueError: There are not as many names as classes.
    """
    plain = kind.plain_names(width)
    if class_names is not None and len(class_names) != len(plain):
        raise ValueError(f"class_names must be {len(plain)}, one a class. Received: {list(class_names)}")
    matrix, grid = within_bound(kind, kind.scores(len(plain)), thresholds, decision_threshold)
    return Output(
        kind=kind.name,
        classes=[str(name) for name in class_names or plain],  # NumPy's strings are not JSON's
        thresholds=grid.astype(float).tolist(),
        decision_threshold=float(np.float32(decision_threshold)),
        matrix=matrix or not kind.argmax,
        **stated,
    )


def check_width(asked: str | None, shape: tuple[int | None, ...]) -> None:
    """Raises ValueError where scores of this shape cannot be of the kind that was asked for."""
    width = shape[-1] or 0 if len(shape) > 1 else 1
    if asked is not None and not KINDS[asked].takes(width):
        raise ValueError(f'kind="{asked}" takes {KINDS[asked].shape_rule}. Received: scores {shape}')


def within_bound(
    kind: OutputKind, scores: int, thresholds: npt.NDArray[np.float32], decision_threshold: float
) -> tuple[bool, npt.NDArray[np.float32]]:
    """Whether the matrix is kept, and the grid: together at most `counting.BOUND` bytes, of eight a counter.

    First the matrix goes, then the grid gets coarser: every n-th threshold, the ends and the decision's.

    Args:
        kind: of the output.
        scores: of a sample.
        thresholds: the grid as it was asked for.
        decision_threshold: one of these.

    Raises:
        ValueError: There are more classes than any reader takes.
    """
    if scores > MOST_CLASSES:
        raise ValueError(f"an output must have at most {MOST_CLASSES:,} classes. Received: {scores:,}")
    cell = 8 * scores
    histograms = 2 * cell * (len(thresholds) + 1)
    if histograms <= counting.BOUND:
        return kind.argmax and histograms + cell * scores <= counting.BOUND, thresholds
    few = max(counting.BOUND // (2 * cell) - 2, FEWEST)  # one for the bin more than thresholds, one for the decision's
    places = np.linspace(0, len(thresholds) - 1, min(few, len(thresholds))).round().astype(int)
    return False, np.union1d(thresholds[places], np.float32(decision_threshold)).astype(np.float32)


def scores_array(y_score: Any) -> npt.NDArray[np.float32]:
    """Scores as they are counted, float32 [samples] or [..., classes].

    Raises:
        ValueError: They are no numbers, or rows of different lengths.
    """
    try:
        if np.iscomplexobj(y_score):
            raise TypeError
        scores = np.asarray(y_score, np.float32)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(
            f"scores must be numbers [samples] or [samples, classes]. Received: {_shortened(y_score)}"
        ) from None
    if scores.ndim == 0 or scores.size == 0:
        raise ValueError(f"scores must hold a sample or more. Received: shape {scores.shape}")
    return scores


def check_same(output: Output, shape: tuple[int, ...]) -> None:
    """Raises ValueError where scores of this shape are not of the output that was recorded."""
    kind, width = kind_of(output), shape[-1] if len(shape) > 1 else 1
    if len(kind.plain_names(width)) != len(output.classes):
        raise ValueError(
            f"scores must be of the {len(output.classes)} classes that were recorded, {output.classes[:9]}. "
            f"Received: scores {shape}"
        )


def _shortened(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
