"""Samples with ids, the last of which wait before they are counted: another process may have been given them too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from .runfile.records import Array
from .seen_ids import SeenIds

WINDOW = 1_024  # samples, or those of the last batch where they are more
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Batch:
    """Samples that are to be counted.

    Args:
        position: int64 [n], in the data set: the ids, where there are such.
        truth: canonical labels.
        scores: float32 [n, scores].
        weight: [n], or None.
    """

    position: Array
    truth: Array
    scores: Array
    weight: Array | None

    def __getitem__(self, rows: Array) -> Batch:
        weight = None if self.weight is None else self.weight[rows]
        return Batch(self.position[rows], self.truth[rows], self.scores[rows], weight)


class WaitingSamples:
    """Samples by id, each once. Samplers repeat some to fill the last batch, so that of two that are the same on
    different processes one comes last, and has not been counted when they are merged.

    Attributes:
        seen: the ids that were met, those of samples that wait too.
        batches: what waits.
    """

    def __init__(self) -> None:
        self.seen = SeenIds()
        self.batches: list[Batch] = []

    @property
    def ids(self) -> Array:
        """int64: those that wait."""
        return np.concatenate([np.zeros(0, np.int64), *(batch.position for batch in self.batches)])

    def put(self, batch: Batch) -> list[Batch]:
        """Takes a batch in, but for ids that were met before; those that have waited long enough, to be counted."""
        self.batches.append(batch[self.seen.add(batch.position)])
        return take_due(self.batches, lambda one: len(one.position))

    def drop(self, ids: Array) -> None:
        """Leaves those out that wait under one of these ids; they count as met."""
        self.batches = [batch[~np.isin(batch.position, ids)] for batch in self.batches]

    def merge(self, other: WaitingSamples) -> int:
        """Takes in the ids and what waits of another one, each sample once; how many were counted by both."""
        own, others = self.ids, other.ids
        counted_there = own[other.seen.has(own) & ~np.isin(own, others)]
        known_here = others[self.seen.has(others)]
        self.drop(counted_there)
        joining = WaitingSamples()
        joining.batches = other.batches
        joining.drop(known_here)
        self.batches += joining.batches
        return self.seen.merge(other.seen) - len(counted_there) - len(known_here)


def take_due(batches: list[T], size: Callable[[T], int]) -> list[T]:
    """Takes the first batches out that have waited long enough: behind them there is a window of samples."""
    due, waiting = [], sum(map(size, batches))
    while len(batches) > 1 and waiting - size(batches[0]) >= WINDOW:
        due.append(batches.pop(0))
        waiting -= size(due[-1])
    return due
