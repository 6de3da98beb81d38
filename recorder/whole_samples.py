"""Samples taken whole: how high the true class ranks, whether all labels of a sample are right, how its labels rank.

Equal scores: the true class of a multi-class sample ranks as argmax would have it, the lower class first. Among labels
each ranks behind all that have its score, as in scikit-learn: the worst that may be. Denormal scores are 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from .runfile import MOST_RANKED, counted_ks, not_denormal
from .runfile.records import Array

AT_ONCE = 2**21  # pairs of scores that are compared in one go
OF_TRUE = 4_096  # in a sum of ones, what a true label is beside; all such sums are exact in float32


def place_of_rank(classes: int) -> npt.NDArray[np.int32]:
    """int32 [classes]: which of `counted_ks` is the first that has the class of each rank, from 0."""
    return np.searchsorted(counted_ks(classes), np.arange(classes), side="right").astype(np.int32)


def within_top_k(places: Array) -> Array:
    """`Tally.top_k` of how often each place of `place_of_rank` came, int64 [classes, places]."""
    return np.cumsum(places, axis=1)


def places_of(truth: Array, scores: Array) -> Array:
    """int32 [n]: the place of `place_of_rank` that samples have; their class is known, and no score is NaN."""
    scores = not_denormal(scores)
    own = np.take_along_axis(scores, truth[:, None], axis=1)
    first = (scores == own) & (np.arange(scores.shape[1]) < truth[:, None])
    return place_of_rank(scores.shape[1])[((scores > own) | first).sum(axis=1)]


@dataclass(frozen=True)
class LabelSets:
    """Counters of the samples of a multi-label output: one list of integers.

    First `starts` and `ends`, one for each threshold and one behind: where the thresholds begin, and end, at which all
    labels of a sample are right, if there are such. Then how many samples there are. Then, where labels are ranked,
    `pairs`, the wrongly ordered pairs of a true label and another one by how many labels of the sample are true and how
    many are not; `ranks`, the sum over true labels of their rank among true ones by how many these are and by the rank
    among all; and how many samples have which coverage.

    A sample counts where one of its labels does, and none of these has NaN as its score.

    Args:
        labels: of a sample.
        thresholds: how many.
    """

    labels: int
    thresholds: int

    @property
    def ranked(self) -> bool:
        """Whether labels are ranked."""
        return 1 < self.labels <= MOST_RANKED

    @property
    def ends(self) -> int:
        """Where `ends` begins."""
        return self.thresholds + 1

    @property
    def samples(self) -> int:
        """Where the number of samples stands."""
        return 2 * self.thresholds + 2

    @property
    def pairs(self) -> int:
        """Where `pairs` begins."""
        return self.samples + 1

    @property
    def ranks(self) -> int:
        """Where `ranks` begins."""
        return self.pairs + (self.labels + 1) ** 2

    @property
    def coverage(self) -> int:
        """Where coverage begins."""
        return self.ranks + self.labels**2

    @cached_property
    def size(self) -> int:
        """All counters."""
        return self.coverage + self.labels + 1 if self.ranked else self.pairs

    def add(self, counters: Array, bins: Array, scores: Array, positive: Array, known: Array) -> None:
        """Counts samples.

        Args:
            counters: int64 [size].
            bins: int [n, labels], of the scores as they are recorded.
            scores: float32 [n, labels].
            positive: bool [n, labels].
            known: bool [n, labels], the labels that count.
        """
        rows = known.any(axis=1) & ~(np.isnan(scores) & known).any(axis=1)
        bins, positive, known = bins[rows], positive[rows] & known[rows], known[rows]
        start = np.where(known & ~positive, bins, 0).max(axis=1)
        end = np.where(positive, bins, self.thresholds).min(axis=1)
        right = start < end
        counters[: self.ends] += np.bincount(start[right], minlength=self.ends)
        counters[self.ends : self.samples] += np.bincount(end[right], minlength=self.ends)
        counters[self.samples] += len(bins)
        if self.ranked:
            step = max(AT_ONCE // self.labels**2, 1)
            scores = scores[rows]
            for part in (slice(begin, begin + step) for begin in range(0, len(scores), step)):
                self._rank(counters, scores[part], positive[part], known[part])

    def on_device(
        self, ops: Any, whole: Callable[[Any], Any], place: Any, sides: Any, undefined: Any, ranks: Any
    ) -> tuple[Any, Any]:
        """Counters of samples, behind `offsets`, and what is to be added to each: whole numbers [n, several] both.

        Args:
            ops: what has NumPy's functions for these arrays: `jax.numpy`, `torch` or `keras.ops`.
            whole: makes whole numbers of bools.
            place: whole numbers [n, labels], the bins of the scores as they are recorded.
            sides: [n, labels]: 0 of a label that is not true, 1 of one that is, 2 of one that does not count.
            undefined: bool [n, labels], where the score is NaN.
            ranks: [n, labels] two times: how many labels that count, and how many true ones, have as high a score as
                each; None where labels are not ranked.
        """
        each = {"axis": 1, "keepdims": True}
        positive, known = sides == 1, sides < 2
        lost = ops.any(ops.logical_and(undefined, known), **each)
        one = whole(ops.logical_and(ops.any(known, **each), ops.logical_not(lost)))
        start = ops.amax(ops.where(sides == 0, place, 0), **each)
        end = ops.amin(ops.where(positive, place, self.thresholds), **each)
        right = one * whole(start < end)
        index, added = [start, end, ops.zeros_like(start)], [right, right, one]
        if ranks is not None:
            true_of = whole(positive)
            rank, among_true = (found * true_of for found in ranks)
            true, counted = ops.sum(true_of, **each), ops.sum(whole(known), **each)
            of_rank = ops.where(positive, (true - 1) * self.labels + rank - 1, 0)
            index += [true * self.labels + counted, ops.amax(rank, **each), of_rank]
            added += [one * ops.sum(rank - among_true, **each), one, one * among_true]
        return ops.concatenate(index, axis=1), ops.concatenate(added, axis=1)

    def offsets(self) -> npt.NDArray[np.int32]:
        """int32: where the counters begin of what a device adds for a sample.

        Start, end, one, pairs and coverage, then of each label its rank.
        """
        firsts = [0, self.ends, self.samples]
        if self.ranked:
            firsts += [self.pairs, self.coverage, *[self.ranks] * self.labels]
        return np.array(firsts, np.int32)

    def exact_matches(self, counters: Array) -> Array:
        """int64 [thresholds + 1]: `Tally.exact_matches`."""
        starts, ends = counters[: self.ends], counters[self.ends : self.samples]
        return np.append(np.cumsum(starts - ends)[:-1], counters[self.samples])

    def ranking_sums(self, counters: Array) -> Array | None:
        """float64 [3]: `Tally.ranking_sums`; None where labels are not ranked."""
        if not self.ranked:
            return None
        labels = self.labels
        pairs = counters[self.pairs : self.ranks].reshape(labels + 1, labels + 1)
        ranks = counters[self.ranks : self.coverage].reshape(labels, labels)
        coverage, numbers = counters[self.coverage :], np.arange(labels + 1)
        precision = (ranks / np.outer(numbers[1:], numbers[1:])).sum() + coverage[0]  # of no true label it is 1
        loss = (pairs[1:, 1:] / np.outer(numbers[1:], numbers[1:])).sum()
        return np.array([precision, loss, (coverage * numbers).sum()])

    def read(self, counters: Array) -> dict[str, Array]:
        """Fields of `Tally`."""
        sums = self.ranking_sums(counters)
        return {"exact_matches": self.exact_matches(counters)} | ({} if sums is None else {"ranking_sums": sums})

    def _rank(self, counters: Array, scores: Array, positive: Array, known: Array) -> None:
        scores = not_denormal(scores)
        as_high = (scores[:, None, :] >= scores[:, :, None]) & known[:, None, :]
        rank, among_true = as_high.sum(axis=2), (as_high & positive[:, None, :]).sum(axis=2)
        true = positive.sum(axis=1)
        wrong = np.where(positive, rank - among_true, 0).sum(axis=1)
        np.add.at(counters, self.pairs + true * (self.labels + 1) + known.sum(axis=1) - true, wrong)
        place = self.ranks + (true[:, None] - 1) * self.labels + rank - 1
        np.add.at(counters, place[positive], among_true[positive])
        coverage = np.where(positive, rank, 0).max(axis=1)
        counters[self.coverage :] += np.bincount(coverage, minlength=self.labels + 1)
