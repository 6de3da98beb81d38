"""Samples by id, each counted once: a byte for each id on the device, and the last samples, which wait."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ..runfile.records import Array
from ..seen_ids import RULE
from ..waiting_samples import take_due


class Waiting(NamedTuple):
    """A batch that is to be counted: labels and scores as the layout makes them."""

    ids: Tensor
    new: Tensor
    labels: Tensor
    scores: Tensor
    weight: Tensor | None


class SeenSamples(torch.nn.Module):
    """The ids that were met, and the samples that wait: another process may have been given them too.

    Args:
        positions: ids are below.

    Attributes:
        waiting: the last batches.
    """

    met: Tensor

    def __init__(self, positions: int) -> None:
        super().__init__()
        self.register_buffer("met", torch.zeros(positions + 1, dtype=torch.bool), persistent=False)
        self.waiting: list[Waiting] = []

    def reset(self) -> None:
        """Forgets them."""
        self.met.zero_()
        self.waiting = []

    def new(self, ids: Tensor) -> Tensor:
        """Takes ids in, int64 [n]; which of them are met for the first time, bool [n]. Ids that are none are noted."""
        last = len(self.met) - 1
        ids = torch.where((ids < 0) | (ids > last), last, ids)
        ordered, places = ids.sort(stable=True)
        firsts = torch.ones_like(ordered, dtype=torch.bool)
        firsts[1:] = ordered[1:] != ordered[:-1]
        new = torch.empty_like(firsts).scatter_(0, places, firsts) & ~self.met[ids]
        self.met[ids] = True
        return new

    def put(self, batch: Waiting) -> list[Waiting]:
        """Takes a batch in; those that have waited long enough, to be counted."""
        self.waiting.append(batch)
        return take_due(self.waiting, lambda one: len(one.ids))

    def bits(self) -> Array:
        """uint8: a bit for each id that was met, on the host.

        Raises:
            ValueError: One was not below the size of the data set.
        """
        met = self.met.cpu().numpy()
        if met[-1]:
            raise ValueError(f"{RULE}, below dataset_size. Received: others for dataset_size={len(met) - 1}")
        return np.packbits(met[:-1], bitorder="little")
