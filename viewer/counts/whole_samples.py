"""Samples taken whole: how high the true class ranks, whether all labels of a sample are right, how its labels rank.

What the parameters `top_k`, `exact_matches` and `ranking` of a formula are given: counts of epochs on the last axis,
with an axis of posterior draws before it, or none. Epochs of which they were not recorded are NaN.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class TopK:
    """How many samples have their true class among the k highest scores; of equal scores the lower class is higher.

    Args:
        counts: float64 [classes, ..., epochs, ks], by true class.
        ks: that were counted, increasing; the last is the number of classes, and its counts are of all samples.
    """

    counts: Array
    ks: Sequence[int]

    def within(self, k: float) -> Array:
        """float64 [classes, ..., epochs]: those of the k highest scores; all samples where there are no more classes.

        Raises:
            ValueError: It was not counted for this k.
        """
        if k >= self.ks[-1]:
            return self.samples
        if k not in self.ks:
            raise ValueError(f"k must be one that was counted, {', '.join(map(str, self.ks))}. Received: {k:g}")
        found: Array = self.counts[..., list(self.ks).index(int(k))]
        return found

    @property
    def samples(self) -> Array:
        """float64 [classes, ..., epochs]."""
        found: Array = self.counts[..., -1]
        return found

    def pooled(self) -> TopK:
        """Of all classes together, [1, ..., epochs, ks]."""
        return replace(self, counts=self.counts.sum(axis=0, keepdims=True))


@dataclass(frozen=True, slots=True)
class ExactMatches:
    """How many samples have all of their labels right.

    Args:
        right: float64 [..., epochs].
        samples: float64 [..., epochs], how many there are.
    """

    right: Array
    samples: Array


@dataclass(frozen=True, slots=True)
class Ranking:
    """How the labels of samples rank, as sums over samples; a label ranks behind all that have its score.

    Args:
        precision: float64 [epochs], of the label ranking average precision of each.
        loss: float64 [epochs], of the share of pairs of a true label and another one that are wrongly ordered.
        coverage: float64 [epochs], of how many labels there are down to the last true one.
        samples: float64 [epochs], how many there are.
    """

    precision: Array
    loss: Array
    coverage: Array
    samples: Array


@dataclass(frozen=True, slots=True)
class WholeSamples:
    """All of this that a formula takes; None where it does not.

    Args:
        top_k: as it says.
        exact_matches: as it says.
        ranking: as it says.
    """

    top_k: TopK | None = None
    exact_matches: ExactMatches | None = None
    ranking: Ranking | None = None

    @property
    def known(self) -> npt.NDArray[np.bool_]:
        """bool [epochs]: where all of it was recorded."""
        of_each = [each.samples for each in (self.top_k, self.exact_matches, self.ranking) if each is not None]
        return np.logical_and.reduce([~np.isnan(samples.reshape(-1, samples.shape[-1])[0]) for samples in of_each])

    def of_epochs(self, positions: Array) -> WholeSamples:
        """Some of the epochs."""
        top_k, matches, ranking = self.top_k, self.exact_matches, self.ranking
        return WholeSamples(
            top_k and replace(top_k, counts=top_k.counts[..., positions, :]),
            matches and ExactMatches(matches.right[..., positions], matches.samples[..., positions]),
            ranking
            and Ranking(*(getattr(ranking, name)[positions] for name in ("precision", "loss", "coverage", "samples"))),
        )

    def of_class(self, one: slice) -> WholeSamples:
        """Samples of one true class: what is of all labels together is not there."""
        return WholeSamples(self.top_k and replace(self.top_k, counts=self.top_k.counts[one]))

    def pooled(self) -> WholeSamples:
        """Of all classes together."""
        return replace(self, top_k=self.top_k and self.top_k.pooled())
