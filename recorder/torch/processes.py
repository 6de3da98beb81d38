"""The processes of `torch.distributed` as one group whose counts are summed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
import torch
from torch import distributed

from ..counts import Counts
from ..reducing import reduced as reduced_over
from ..runfile.records import Array

T = TypeVar("T")


class TorchGroup:
    """A process group.

    Args:
        group: of `torch.distributed`; None for all processes.
    """

    def __init__(self, group: Any = None) -> None:
        self._group = group
        self.rank = distributed.get_rank(group)
        on_gpu = distributed.get_backend(group) == "nccl"
        self._device = torch.device("cuda", torch.cuda.current_device()) if on_gpu else torch.device("cpu")

    def gather(self, value: T) -> Sequence[T]:
        """What each process gave, by rank."""
        found: list[Any] = [None] * distributed.get_world_size(self._group)
        distributed.all_gather_object(found, value, group=self._group)
        return found

    def sum(self, array: Array) -> Array:
        """The sum of the arrays that the processes gave."""
        tensor = torch.from_numpy(np.array(array)).to(self._device)
        distributed.all_reduce(tensor, group=self._group)
        return tensor.cpu().numpy()


def reduced(counts: Counts, *, group: Any = None) -> Counts:
    """The counts of all processes of `torch.distributed`, on each of them; where there is one process, `counts` itself.

    Every process must call it: it waits for the others.

    Args:
        counts: of this process; it stays as it is.
        group: the process group; None for all processes.

    Raises:
        ValueError: The processes count different outputs, or some have weights or ids and others none.
    """
    alone = not (distributed.is_available() and distributed.is_initialized()) or distributed.get_world_size(group) == 1
    return counts if alone else reduced_over(counts, TorchGroup(group))
