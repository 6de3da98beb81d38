"""Samples taken whole, in JAX, by the rules of `recorder.whole_samples`."""

from __future__ import annotations

from typing import Any

import numpy as np
from jax import numpy as jnp

from ..whole_samples import TINY, LabelSets, place_of_rank


def places_of(label: Any, scores: Any) -> Any:
    """int32 [n]: the place of `place_of_rank` of each sample; of one without a class or with a NaN any.

    Args:
        label: int32 [n], classes, or numbers beyond.
        scores: float32 [n, classes].
    """
    classes, scores = scores.shape[1], not_denormal(scores)
    own = jnp.minimum(label, classes - 1)[:, None]
    score = jnp.take_along_axis(scores, own, axis=1)
    first = (scores == score) & (jnp.arange(classes) < own)
    return jnp.asarray(np.append(place_of_rank(classes), 0))[((scores > score) | first).sum(axis=1)]


def label_sets(sets: LabelSets, place: Any, scores: Any, sides: Any, undefined: Any) -> tuple[Any, Any]:
    """Counters of `LabelSets` and what is to be added to each, int32 [n, several] both.

    Args:
        sets: of the output.
        place: int32 [n, labels], the bins of the scores as they are recorded.
        scores: float32 [n, labels].
        sides: int32 [n, labels]: 0 of a label that is not true, 1 of one that is, 2 of one that does not count.
        undefined: bool [n, labels], where the score is NaN.
    """
    positive, known = sides == 1, sides < 2
    one = known.any(axis=1) & ~(undefined & known).any(axis=1)
    start = jnp.where(sides == 0, place, 0).max(axis=1)
    end = jnp.where(positive, place, sets.thresholds).min(axis=1)
    right = one & (start < end)
    index, values = [start, end, jnp.zeros_like(start)], [right, right, one]
    if sets.ranked:
        scores = not_denormal(scores)
        as_high = (scores[:, None, :] >= scores[:, :, None]) & known[:, None, :]
        rank, among_true = as_high.sum(axis=2), (as_high & positive[:, None, :]).sum(axis=2)
        true = positive.sum(axis=1)
        index += [true * (sets.labels + 1) + known.sum(axis=1) - true, (rank * positive).max(axis=1)]
        values += [((rank - among_true) * positive).sum(axis=1), one]
        ranks = jnp.where(positive, (true[:, None] - 1) * sets.labels + rank - 1, 0)
        index += [*ranks.T]
        values += [*(among_true * positive).T]
    added = jnp.stack([value.astype(jnp.int32) for value in values], axis=1) * one[:, None]
    return jnp.stack(index, axis=1).astype(jnp.int32) + sets.offsets(), added


def not_denormal(scores: Any) -> Any:
    """Scores, denormal ones as 0."""
    return jnp.where(jnp.abs(scores) < TINY, 0.0, scores)
