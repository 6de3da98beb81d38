"""`Scores`: predicted probabilities of one class, as counts in bins or each as it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from recorder.runfile import not_denormal

Array = npt.NDArray[Any]
NONE = 2  # neither class


@dataclass(frozen=True)
class Scores:
    """What the parameter `scores` of a formula is given: how many samples have which score.

    Make one with `of_histogram` (the score of a sample is known up to its bin), with `of_samples` or with `of_rows`
    (it is known).

    Args:
        histogram: int64 [..., 2, bins], float64 where counts were rescaled; axis -2 is 0 for samples that are not of
            the class, 1 for those that are.
        low: float64 [bins], increasing: every score of bin i is in (low[i], high[i]], or is both. Or [..., bins], where
            each row has bins of its own.
        high: float64, as `low`.
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
        given = not_denormal(scores)[known]
        # A threshold of 0 calls all that is above it, one of the highest score nothing.
        at, place = np.unique(np.append(given, [0.0, 1.0]), return_inverse=True)
        classes = np.broadcast_to(np.arange(scores.shape[1]), scores.shape)[known] if scores.ndim == 2 else 0
        cell = (2 * classes + truth[known]) * len(at) + place[:-2]
        shape = (*scores.shape[1:], 2, len(at))
        return cls(np.bincount(cell, minlength=int(np.prod(shape))).reshape(shape), at, at)

    @classmethod
    def of_rows(cls, y_true: Any, y_score: Any) -> Scores:
        """The same of many rows at once, each with bins of its own, of which some are empty.

        Args:
            y_true: bool [..., samples].
            y_score: float32 of the same shape, in [0, 1]; NaN where there is none.
        """
        scores, truth = np.asarray(y_score, np.float32), np.asarray(y_true)
        missing = np.isnan(scores)
        given = np.where(missing, np.float32(1), not_denormal(scores))
        # Scores of 0 and more are ordered as their bits are: the class in two bits more, and one sort does it all.
        side = np.where(missing, np.uint32(NONE), truth.astype(np.uint32))
        ends = np.array([0.0, 1.0], np.float32).view(np.uint32) << 2 | NONE
        keys = np.concatenate(
            [given.view(np.uint32) << 2 | side, np.broadcast_to(ends, (*scores.shape[:-1], 2))], axis=-1
        )
        keys.sort(axis=-1)
        return _distinct((keys >> 2).view(np.float32), (keys & 3) == 0, (keys & 3) == 1)

    @property
    def thresholds(self) -> Array:
        """float64 [..., bins - 1]: the thresholds whose counts are known, float32 values where they were recorded."""
        return self.high[..., :-1]

    @property
    def known(self) -> bool:
        """Whether every score is known, not its bin alone."""
        return self.low is self.high or not self.divisible.any()

    @property
    def middle(self) -> Array:
        """float64, as `low`: what a score is taken for."""
        return self.low if self.low is self.high else (self.low + self.high) / 2

    @property
    def divisible(self) -> Array:
        """bool, as `low`: whether a threshold might lie between two scores of the bin."""
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
        if self.low.ndim == 1:
            return replace(self, histogram=self.histogram[index])
        low = self.low[index]
        return Scores(self.histogram[index], low, low if self.low is self.high else self.high[index])

    def swapped(self) -> Scores:
        """The scores 1 - s of the other class of two; a score on an edge is now at the lower end of its bin."""
        return Scores(self.histogram[..., ::-1, ::-1], 1 - self.high[..., ::-1], 1 - self.low[..., ::-1])

    def pooled(self) -> Scores:
        """Every sample once for each class: [1, ..., 2, bins] of [classes, ..., 2, bins]."""
        if self.low.ndim == 1:
            return replace(self, histogram=self.histogram.sum(axis=0, keepdims=True))
        scores, negatives, positives = (
            np.moveaxis(part, 0, -2).reshape(1, *part.shape[1:-1], -1)
            for part in (self.low, self.negatives, self.positives)
        )
        order = np.argsort(scores, axis=-1)
        return _distinct(*(np.take_along_axis(part, order, axis=-1) for part in (scores, negatives, positives)))

    @cached_property
    def bounds_so_far(self) -> dict[Any, Any]:
        """What `curves.once_for_scores` remembers, by function and constants."""
        return {}

    @cached_property
    def called(self) -> tuple[Array, Array]:
        """tp and fp, float64 [..., bins + 1]; at i the bins from i on are called positive: first all, at last none."""
        samples = self.histogram
        counts = np.zeros((*samples.shape[:-1], samples.shape[-1] + 1))
        if np.issubdtype(samples.dtype, np.integer):  # a tenth of the time, and as exact from either end
            below = np.cumsum(samples, axis=-1, dtype=samples.dtype)
            counts[..., :1] = below[..., -1:]
            counts[..., 1:] = below[..., -1:] - below
        else:
            counts[..., :-1] = np.cumsum(samples[..., ::-1], axis=-1)[..., ::-1]
        return counts[..., 1, :], counts[..., 0, :]


def _distinct(scores: Array, negatives: Array, positives: Array) -> Scores:
    """Scores of rows, all [..., samples] and the scores increasing: what is equal counts in the first bin of these."""
    sides = np.stack([negatives, positives])
    whole = np.issubdtype(sides.dtype, np.integer) or sides.dtype == bool
    counts: Array = sides.astype(np.int32 if whole else np.float64, order="C")  # for `flat` to be a view of it
    again = np.zeros(scores.shape, bool)
    again[..., 1:] = scores[..., 1:] == scores[..., :-1]
    places = np.flatnonzero(again)
    if len(places):
        flat: Array = counts.reshape(2, -1)
        begins = np.flatnonzero(np.diff(places, prepend=-1) > 1)  # of each stretch of equal ones
        flat[:, places[begins] - 1] += np.add.reduceat(flat[:, places], begins, axis=-1)
        flat[:, places] = 0
    values = scores.astype(np.float64)
    return Scores(np.moveaxis(counts, 0, -2), values, values)
