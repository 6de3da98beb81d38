"""Samples taken whole, in Keras, by the rules of `recorder.whole_samples`."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import ops

from ..runfile import TINY
from ..whole_samples import OF_TRUE, LabelSets, place_of_rank
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
    """Adds samples to the counters of `LabelSets`, [size]; the other arguments are those of `on_device`."""
    ranks = None
    if sets.ranked:
        ranks = _ranks(scores, ops.where(sides == 1, float(OF_TRUE + 1), ops.cast(sides < 2, "float32")))
    index, added = sets.on_device(ops, lambda given: ops.cast(given, "int32"), place, sides, undefined, ranks)
    places = index + ops.convert_to_tensor(sets.offsets())
    scatter_add(counters, places, ops.reshape(ops.cast(added, counters.dtype), (-1,)))


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
