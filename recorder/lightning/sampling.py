"""Which samples a batch of a `DataLoader` holds, where its sampler tells that to whoever asks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch.utils.data import BatchSampler, DistributedSampler


def tells_ids(loader: Any) -> bool:
    """Whether the sampler gives the same order to whoever asks, and repeats samples: a `DistributedSampler`."""
    batches = getattr(loader, "batch_sampler", None)
    return isinstance(batches, BatchSampler) and isinstance(batches.sampler, DistributedSampler)


def size_of(loader: Any) -> int | None:
    """Samples of the data set; None where it does not say."""
    try:
        return len(loader.dataset) or None
    except (AttributeError, TypeError):
        return None


class BatchIds:
    """The positions in the data set of the samples of one batch after another.

    Args:
        loader: one that `tells_ids`.
    """

    def __init__(self, loader: Any) -> None:
        self._batches: Iterator[list[int]] = iter(loader.batch_sampler)
        self._at = -1

    def of(self, index: int) -> torch.Tensor:
        """int64 [samples]: those of batch `index`, which is not before the last one asked for."""
        batch: list[int] = []
        while self._at < index:
            batch, self._at = next(self._batches), self._at + 1
        return torch.tensor(batch)
