"""Samples taken whole, in JAX, by the rules of `recorder.whole_samples`."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
from jax import numpy as jnp

from ..runfile import TINY, place_of_rank
from ..whole_samples import LabelSets, ranks_in_turn, weighed


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


def label_sets(sets: LabelSets, bins: Any, scores: Any, sides: Any, undefined: Any) -> tuple[Any, Any]:
    """Counters of `LabelSets` and what is to be added to each, int32 [n, several] both; arguments as of `on_device`."""
    ranks = None
    if sets.ranked:
        ranks = ranks_in_turn(jax, not_denormal(scores), weighed(_whole(sides < 2), _whole(sides == 1)))
    index, added = sets.on_device(jnp, _whole, bins, sides, undefined, ranks)
    return (index + sets.offsets()).reshape(-1), _whole(added).reshape(-1)  # sums are int64 where JAX has such


def _whole(given: Any) -> Any:
    return given.astype(jnp.int32)


def not_denormal(scores: Any) -> Any:
    """Scores, denormal ones as 0."""
    return jnp.where(jnp.abs(scores) < TINY, 0.0, scores)
