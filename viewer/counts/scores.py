"""`Scores`: predicted probabilities of one class, as counts in bins or each as it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
TINY = np.finfo(np.float32).tiny  # smaller scores are denormal and count as zero


@dataclass(frozen=True)
class Scores:
    """What the parameter `scores` of a formula is given: how many samples have which score.

    Make one with `of_histogram` (the score of a sample is known up to its bin) or with `of_samples` (it is known).

    Args:
        histogram: int64 [..., 2, bins], float64 where counts were rescaled; axis -2 is 0 for samples that are not of
            the class, 1 for those that are.
        low: float64 [bins], increasing: every score of bin i is in (low[i], high[i]], or is both.
        high: float64 [bins].
    """

    histogram: Array
    low: Array
    high: Array

    @classmethod
    def of_histogram(cls, histogram: Array, thresholds: Any) -> Scores:
        """Scores as they were recorded.

        Args:
            histogram: [..., 2, thresholds + 1]; bin i holds thresholds[i-1] < score <= thresholds[i].
            thresholds: [thresholds], increasing, in [0, 1].
        """
        edges = np.asarray(thresholds, np.float64)
        return cls(histogram, np.concatenate([[0.0], edges]), np.concatenate([edges, [1.0]]))

    @classmethod
    def of_samples(cls, y_true: Any, y_score: Any) -> Scores:
        """Scores as they are: one bin for each that occurs. What is computed of them is exact.

        Args:
            y_true: [samples] or [samples, classes], 0 or 1.
            y_score: float32 of the same shape, in [0, 1]; where there is none (NaN) the sample is left out.

        Returns:
            Scores of one class, or of each.
        """
        scores, truth = np.asarray(y_score, np.float64), np.asarray(y_true) > 0.5
        known = ~np.isnan(scores)
        given = np.where(np.abs(scores) < TINY, 0.0, scores)[known]
        # A threshold of 0 calls all that is above it, one of the highest score nothing.
        at, place = np.unique(np.append(given, [0.0, 1.0]), return_inverse=True)
        classes = np.broadcast_to(np.arange(scores.shape[1]), scores.shape)[known] if scores.ndim == 2 else 0
        cell = (2 * classes + truth[known]) * len(at) + place[:-2]
        shape = (*scores.shape[1:], 2, len(at))
        return cls(np.bincount(cell, minlength=int(np.prod(shape))).reshape(shape), at, at)

    @property
    def thresholds(self) -> Array:
        """float64 [bins - 1]: the thresholds whose counts are known, float32 values where they were recorded."""
        return self.high[:-1]

    @property
    def middle(self) -> Array:
        """float64 [bins]: what a score is taken for."""
        return (self.low + self.high) / 2

    @property
    def divisible(self) -> Array:
        """bool [bins]: whether a threshold might lie between two scores of the bin."""
        return self.high > self.low

    @property
    def negatives(self) -> Array:
        """[..., bins]: samples that are not of the class."""
        return self.histogram[..., 0, :]

    @property
    def positives(self) -> Array:
        """[..., bins]: samples of the class."""
        return self.histogram[..., 1, :]

    def __getitem__(self, index: Any) -> Scores:
        """A part of the leading axes: a class, some epochs."""
        return replace(self, histogram=self.histogram[index])

    def swapped(self) -> Scores:
        """The scores 1 - s of the other class of two; a score on an edge is now at the lower end of its bin."""
        return Scores(self.histogram[..., ::-1, ::-1], 1 - self.high[::-1], 1 - self.low[::-1])

    @cached_property
    def called(self) -> tuple[Array, Array]:
        """tp and fp, float64 [..., bins + 1]; at i the bins from i on are called positive: first all, at last none."""
        samples = np.asarray(self.histogram, np.float64)
        counts = np.zeros((*samples.shape[:-1], samples.shape[-1] + 1))
        np.cumsum(samples[..., ::-1], axis=-1, out=counts[..., -2::-1])
        return counts[..., 1, :], counts[..., 0, :]
