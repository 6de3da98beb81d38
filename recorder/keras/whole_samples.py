"""Samples taken whole, in Keras, by the rules of `recorder.whole_samples`."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import ops

from ..whole_samples import OF_TRUE, TINY, LabelSets, place_of_rank
from .device import look_up, scatter_add


def places_of(label: Any, scores: Any) -> Any:
    """int32 [n, 1]: the place of `place_of_rank` of each sample; of one without a class or with a NaN any.

    Args:
        label: int32 [n, 1], classes, or numbers beyond.
        scores: float32 [n, classes].
    """
    classes, scores = scores.shape[1], not_denormal(scores)
    numbers = ops.arange(classes, dtype="int32")
    own = ops.sum(ops.where(label == numbers, scores, 0.0), axis=1, keepdims=True)
    ahead = ops.logical_or(scores > own, ops.logical_and(scores == own, numbers < label))
    rank = ops.sum(ops.cast(ahead, "int32"), axis=1, keepdims=True)
    return look_up(np.append(place_of_rank(classes), np.int32(0)), rank)


def count_label_sets(counters: Any, sets: LabelSets, place: Any, scores: Any, sides: Any, undefined: Any) -> None:
    """Adds samples to the counters of `LabelSets`.

    Args:
        counters: [size].
        sets: of the output.
        place: int32 [n, labels], the bins of the scores as they are recorded.
        scores: float32 [n, labels].
        sides: int32 [n, labels]: 0 of a label that is not true, 1 of one that is, 2 of one that does not count.
        undefined: bool [n, labels], where the score is NaN.
    """
    positive, known = sides == 1, sides < 2
    lost = ops.any(ops.logical_and(undefined, known), axis=1, keepdims=True)
    one = ops.logical_and(ops.any(known, axis=1, keepdims=True), ops.logical_not(lost))
    start = ops.max(ops.where(sides == 0, place, 0), axis=1, keepdims=True)
    end = ops.min(ops.where(positive, place, sets.thresholds), axis=1, keepdims=True)
    right = ops.cast(ops.logical_and(one, start < end), "int32")
    one = ops.cast(one, "int32")
    index, added = [start, end, ops.zeros_like(start)], [right, right, one]
    if sets.ranked:
        true_of, known_of = ops.cast(positive, "int32"), ops.cast(known, "int32")
        rank, among_true = _ranks(scores, ops.cast(true_of * OF_TRUE + known_of, "float32"))
        rank, among_true = rank * true_of, among_true * true_of * one
        true, counted = (ops.sum(each, axis=1, keepdims=True) for each in (true_of, known_of))
        wrong = ops.sum(rank * one - among_true, axis=1, keepdims=True)
        ranks = ops.where(positive, (true - 1) * sets.labels + rank - 1, 0)
        index += [true * sets.labels + counted, ops.max(rank, axis=1, keepdims=True), ranks]
        added += [wrong, one, among_true]
    places = ops.concatenate(index, axis=1) + ops.convert_to_tensor(sets.offsets())
    scatter_add(counters, places, ops.reshape(ops.cast(ops.concatenate(added, axis=1), counters.dtype), (-1,)))


def not_denormal(scores: Any) -> Any:
    """Scores, denormal ones as 0."""
    return ops.where(ops.abs(scores) < float(TINY), 0.0, scores)


def _ranks(scores: Any, weights: Any) -> tuple[Any, Any]:
    """int32 [n, labels] each: how many labels, and how many true ones, have as high a score as each."""
    scores = not_denormal(scores)
    as_high = scores[:, None, :] >= scores[:, :, None]
    sums = ops.cast(ops.sum(ops.where(as_high, weights[:, None, :], 0.0), axis=2), "int32")
    among_true = sums // OF_TRUE
    return sums - OF_TRUE * among_true, among_true
