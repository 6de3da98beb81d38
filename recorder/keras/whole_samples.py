"""Samples taken whole, in Keras, by the rules of `recorder.whole_samples`."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from ..runfile import TINY, place_of_rank
from ..whole_samples import LabelSets, parted, ranks_in_turn, weighed
from .counter_ops import add_many, look_up, on_this_host


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


def count_label_sets(counters: Any, sets: LabelSets, bins: Any, scores: Any, sides: Any) -> None:
    """Adds samples to the counters of `LabelSets`, [size]; the other arguments are those of `on_device`."""
    here = on_this_host(counters)
    if here is not None:
        at, score, side = (ops.convert_to_numpy(each) for each in (bins, scores, sides))
        sets.add(here, at, score, side == 1, side < 2, below=1)
        return
    ranks = _ranks(not_denormal(scores), weighed(_whole(sides < 2), _whole(sides == 1))) if sets.ranked else None
    index, added = sets.on_device(ops, _whole, bins, sides, ops.isnan(scores), ranks)
    add_many(counters, index + ops.convert_to_tensor(sets.offsets()), added)


def not_denormal(scores: Any) -> Any:
    """Scores, denormal ones as 0."""
    return ops.where(ops.abs(scores) < float(TINY), 0.0, scores)


def _ranks(scores: Any, weights: Any) -> tuple[Any, Any]:
    """int32 [n, labels] each: how many labels, and how many true ones, have as high a score as each."""
    if keras.config.backend() == "jax":
        import jax

        return ranks_in_turn(jax, scores, weights)
    as_high = ops.cast(scores[:, None, :] >= scores[:, :, None], "float32")
    sums = ops.sum(as_high * ops.cast(weights, "float32")[:, None, :], axis=2)
    return parted(_whole(sums))


def _whole(given: Any) -> Any:
    return ops.cast(given, "int32")
