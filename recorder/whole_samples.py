"""Samples taken whole: how high the true class ranks, whether all labels of a sample are right, how its labels rank.

Equal scores: the true class of a multi-class sample ranks as argmax would have it, the lower class first. Among labels
each ranks behind all that have its score, as in scikit-learn: the worst that may be. Denormal scores are 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from .runfile import MOST_RANKED, not_denormal
from .runfile.records import Array

AT_ONCE = 2**15  # scores that are sorted in one go, so few that a cache holds them
UNROLLED = 10  # labels that are compared with all others in one go
OF_TRUE = 4_096  # in a sum of ones, what a true label is beside; all such sums are exact in float32


def within_top_k(places: Array) -> Array:
    """`Tally.top_k` of how often each place of `place_of_rank` came, int64 [classes, places]."""
    return np.cumsum(places, axis=1)


def weighed(known: Any, positive: Any) -> Any:
    """What a label adds to a sum, of whole numbers 0 or 1: see `parted`."""
    return known + OF_TRUE * positive


def parted(sums: Any) -> tuple[Any, Any]:
    """How many labels, and how many true ones, a sum has, whole numbers."""
    among_true = sums // OF_TRUE
    return sums - OF_TRUE * among_true, among_true


def ranks_in_turn(jax: Any, scores: Any, weights: Any) -> tuple[Any, Any]:
    """int32 [n, labels] each, in JAX: how many labels, and how many true ones, have as high a score as each.

    Label by label, all samples side by side: measured on a CPU, pairs of all labels take up to 45 times as long.

    Args:
        jax: the module, which nothing here may load.
        scores: float32 [n, labels], none of them denormal.
        weights: int32 [n, labels], of `weighed`.
    """
    return _ranking(jax)(scores, weights)


@cache  # else a call outside of a compiled step is compiled anew, loop and all
def _ranking(jax: Any) -> Any:
    """What `ranks_in_turn` does; part of the step where one is being compiled."""

    def ranks(scores: Any, weights: Any) -> tuple[Any, Any]:
        scores, weights = scores.T, weights.T

        def with_one(label: Any, sums: Any) -> Any:
            return sums + jax.numpy.where(scores[label] >= scores, weights[label], 0)

        nothing, labels = jax.numpy.zeros_like(weights), len(scores)
        return parted(jax.lax.fori_loop(0, labels, with_one, nothing, unroll=max(min(labels // 2, UNROLLED), 1)).T)

    return jax.jit(ranks, inline=True)


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

    def add(
        self, counters: Array, bins: Array, scores: Array, positive: Array, known: Array, *, below: int = 0
    ) -> None:
        """Counts samples.

        Args:
            counters: int64 [size].
            bins: int [n, labels], of the scores.
            scores: float32 [n, labels].
            positive: bool [n, labels].
            known: bool [n, labels], the labels that count.
            below: bins before the first one that is recorded; there may be more behind the last one too.
        """
        step = max(AT_ONCE // self.labels, 1)
        for part in (slice(begin, begin + step) for begin in range(0, len(bins), step)):
            self._add(counters, bins[part], scores[part], positive[part], known[part], below)

    def on_device(
        self, ops: Any, whole: Callable[[Any], Any], bins: Any, sides: Any, undefined: Any, ranks: Any
    ) -> tuple[Any, Any]:
        """Counters of samples, behind `offsets`, and what is to be added to each: whole numbers [n, several] both.

        Args:
            ops: what has NumPy's functions for these arrays: `jax.numpy`, `torch` or `keras.ops`.
            whole: makes whole numbers of bools.
            bins: whole numbers [n, labels], of the scores; 0 of what is before the first bin that is recorded.
            sides: [n, labels]: 0 of a label that is not true, 1 of one that is, 2 of one that does not count.
            undefined: bool [n, labels], where the score is NaN.
            ranks: [n, labels] two times: how many labels that count, and how many true ones, have as high a score as
                each; None where labels are not ranked.
        """
        each = {"axis": 1, "keepdims": True}
        positive, known = sides == 1, sides < 2
        lost = ops.any(ops.logical_and(undefined, known), **each)
        one = whole(ops.logical_and(ops.any(known, **each), ops.logical_not(lost)))
        start, end = (
            ops.clip(found - 1, 0, self.thresholds)
            for found in (
                ops.amax(ops.where(sides == 0, bins, 0), **each),
                ops.amin(ops.where(positive, bins, self.thresholds + 1), **each),
            )
        )
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

    def _add(self, counters: Array, bins: Array, scores: Array, positive: Array, known: Array, below: int) -> None:
        if not known.all() or np.isnan(scores).any():
            rows = known.any(axis=1) & ~(np.isnan(scores) & known).any(axis=1)
            bins, scores, positive, known = bins[rows], scores[rows], positive[rows], known[rows]
            positive = positive & known
        start = np.maximum(_turned(np.where(known & ~positive, bins, 0)).max(axis=0) - below, 0)
        end = _turned(np.where(positive, bins, self.thresholds + below)).min(axis=0) - below
        end = np.clip(end, 0, self.thresholds)
        right = start < end
        counters[: self.ends] += np.bincount(start[right], minlength=self.ends)
        counters[self.ends : self.samples] += np.bincount(end[right], minlength=self.ends)
        counters[self.samples] += len(bins)
        if self.ranked and len(bins):
            self._rank(counters, scores, positive, known)

    def _rank(self, counters: Array, scores: Array, positive: Array, known: Array) -> None:
        labels, keys = self.labels, _falling(scores, positive, known)
        keys.sort(axis=1)  # the highest score first, what does not count last
        keys = _turned(keys)
        true = (keys & 1).astype(np.int32)
        among_true = np.cumsum(true, axis=0, dtype=np.int32)
        behind = _behind_equal(keys >> 1, true, among_true)
        ranks, number = np.arange(1, labels + 1, dtype=np.int32)[:, None], among_true[-1]
        wrong = (behind * (ranks - among_true)).sum(axis=0)
        np.add.at(counters, self.pairs + number * labels + _turned(known).sum(axis=0), wrong)
        coverage = ((behind > 0) * ranks).max(axis=0)
        counters[self.coverage :] += np.bincount(coverage, minlength=labels + 1)
        order = np.argsort(number, kind="stable")
        numbers, begins = np.unique(number[order], return_index=True)
        sums = np.add.reduceat((behind * among_true)[:, order], begins, axis=1, dtype=np.int64)
        some = numbers > 0
        counters[self.ranks : self.coverage].reshape(labels, labels)[numbers[some] - 1] += sums[:, some].T


def _turned(array: Array) -> Array:
    """[labels, n] of [n, labels]: what goes on side by side for all samples is quick, however few labels there are."""
    return np.ascontiguousarray(array.T)


def _falling(scores: Array, positive: Array, known: Array) -> npt.NDArray[np.int64]:
    """Numbers that rise as scores fall, their lowest bit 1 of true labels; of what does not count the largest one."""
    bits = np.ascontiguousarray(not_denormal(scores), np.float32).view(np.int32)
    rising = bits ^ ((bits >> 31) & np.int32(2**31 - 1))  # a float's bits rise with it, those of negative ones fall
    keys = (~rising).astype(np.int64) * 2 + positive
    return np.where(known, keys, 2 * 2**32)


def _behind_equal(scores: Array, true: Array, among_true: Array) -> npt.NDArray[np.int32]:
    """How many true labels have each rank, [labels, n]: each stands behind all that have its score.

    Args:
        scores: [labels, n], sorted.
        true: int32 [labels, n], 1 of true labels.
        among_true: int32 [labels, n], how many are true so far.
    """
    last = np.ones(scores.shape, bool)
    np.not_equal(scores[1:], scores[:-1], out=last[:-1])
    if last.all():
        return true
    so_far = among_true * last
    behind = so_far.copy()
    behind[1:] -= np.maximum.accumulate(so_far, axis=0)[:-1]
    return behind * last
