"""The predictions that are kept while samples come batch by batch, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from . import counting
from .runfile import Output, Samples, kind_of
from .runfile.records import Array

_MIX = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


@dataclass(frozen=True, slots=True)
class Rows:
    """Samples.

    Args:
        key: int64 [n], which decides over who stays.
        sample: int64 [n], position in the data set.
        truth: canonical labels.
        scores: float32 [n, kept scores].
        label: int32 [n, kept scores] where not all scores are kept; else None.
        weight: float32 [n], or None.
    """

    key: Array
    sample: Array
    truth: Array
    scores: Array
    label: Array | None
    weight: Array | None

    def __getitem__(self, rows: Array | slice) -> Rows:
        return _each_column([self], lambda columns: columns[0][rows])


class KeptSamples:
    """Keeps the samples whose key is a multiple of 2^k, k as small as the room allows.

    The key is the sample's id, or its position where it has none: so they are, of ids 0 to n - 1, every 2^k-th one,
    as `counting.samples_of` keeps of arrays, in whatever order they come and on however many processes. With a seed the
    key is a hash of that, and the samples are drawn at random: the same ones of the same ids.

    Args:
        output: what is counted.
        scores: of a sample.
        most: samples at most; fewer where they would take more than `counting.BOUND` bytes.
        seed: of the hash; None for none.

    Attributes:
        rows: what is kept.
        room: how many may be.
        stride: 2^k.
    """

    def __init__(self, output: Output, scores: int, most: int, seed: int | None = None) -> None:
        self._output, self._kind, self._scores, self._seed = output, kind_of(output), scores, seed
        self.room = counting.samples_within(self._kind, scores, most) if most else 0
        self.stride = 1
        self.rows: list[Rows] = []
        self._held = 0

    def add(self, position: Array, truth: Array, scores: Array, weight: Array | None) -> None:
        """Keeps what falls on the stride.

        Args:
            position: int64 [n], in the data set.
            truth: canonical labels.
            scores: float32 [n, scores].
            weight: [n] or None.
        """
        if not self.room:
            return
        key = position if self._seed is None else _hashed(position, self._seed)
        chosen = np.flatnonzero(key % self.stride == 0)
        kept, label = counting.reduced_scores(truth[chosen], scores[chosen], self._kind)
        label = None if self._kind.keeps_whole(self._scores) else label
        weight = None if weight is None else weight[chosen].astype(np.float32)
        self._take(Rows(key[chosen], position[chosen], truth[chosen], kept, label, weight))

    def merge(self, other: KeptSamples, shift: int) -> None:
        """Takes in what another one has kept, its positions moved by `shift`."""
        self.thin(other.stride)
        for rows in other.rows:
            own = rows[rows.key % self.stride == 0]
            self._take(replace(own, sample=own.sample + shift))

    def thin(self, stride: int) -> None:
        """Keeps what falls on a stride alone."""
        if stride > self.stride:
            self.stride = stride
            self.replace([rows[rows.key % stride == 0] for rows in self.rows])

    def replace(self, rows: list[Rows]) -> None:
        """Holds these in place of what there was."""
        self.rows = [one for one in rows if len(one.key)]
        self._held = sum(len(one.key) for one in self.rows)

    def number(self, stride: int) -> int:
        """How many would be kept of a stride, this one or a larger one."""
        return sum(int((rows.key % stride == 0).sum()) for rows in self.rows)

    def samples(self, split: str, most: int) -> Samples | None:
        """What was kept, by position, at most so many; None where there is nothing."""
        joined = self._joined()
        if joined is None or not most:
            return None
        _, joined = _fitting(joined, self.stride, most)
        rows = joined[np.argsort(joined.sample, kind="stable")]
        return Samples(
            split=split,
            output=self._output.name,
            sample=rows.sample,
            y_true=rows.truth,
            y_score=rows.scores,
            label=self._kind.sample_labels(self._scores) if rows.label is None else rows.label,
            weight=rows.weight,
        )

    def _take(self, rows: Rows) -> None:
        self.rows.append(rows)
        self._held += len(rows.key)
        if self._held > self.room:
            joined = self._joined()
            assert joined is not None
            self.stride, joined = _fitting(joined, self.stride, self.room)
            self.rows, self._held = [joined], len(joined.key)

    def _joined(self) -> Rows | None:
        """All in one; None where there are none."""
        self.rows = [_each_column(self.rows, np.concatenate)] if len(self.rows) > 1 else self.rows
        return self.rows[0] if self._held else None


def _each_column(several: list[Rows], function: Callable[[list[Array]], Array]) -> Rows:
    """What a function makes of each column of them; None where one has none."""
    columns = ([getattr(rows, name) for rows in several] for name in Rows.__slots__)
    made: list[Any] = [None if any(one is None for one in column) else function(column) for column in columns]
    return Rows(*made)


def _fitting(rows: Rows, stride: int, most: int) -> tuple[int, Rows]:
    """The smallest stride from this one on that leaves so many at most, and those."""
    while len(rows.key) > most and stride < 2**62:
        stride *= 2
        rows = rows[rows.key % stride == 0]
    return stride, rows[:most]


def _hashed(position: Array, seed: int) -> npt.NDArray[np.int64]:
    """int64 [n], 0 or more: SplitMix64 (Steele, Lea and Flood, OOPSLA 2014) of positions and a seed."""
    with np.errstate(over="ignore"):
        mixed = (position.astype(np.uint64) + np.uint64(seed % 2**64) * _MIX[1]) * _MIX[0] + _MIX[0]
        mixed = (mixed ^ (mixed >> np.uint64(30))) * _MIX[1]
        mixed = (mixed ^ (mixed >> np.uint64(27))) * _MIX[2]
        return ((mixed ^ (mixed >> np.uint64(31))) >> np.uint64(1)).astype(np.int64)
