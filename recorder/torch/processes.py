"""The processes of `torch.distributed` as one group whose counts are summed."""

from __future__ import annotations

import pickle
from collections import deque
from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
import torch
from torch import distributed

from ..counts import Counts
from ..reducing import reduced as reduced_over
from ..runfile.records import Array

T = TypeVar("T")
# Work that gloo has done. Whoever drops it last needs Python's lock, also a thread of gloo; and a process that ends
# frees its group, and waits for these threads, with that lock in its hand: for ever. So none of them is the last.
_DONE: deque[Any] = deque(maxlen=8)


class TorchGroup:
    """A process group.

    Args:
        group: of `torch.distributed`; None for all processes.
    """

    def __init__(self, group: Any = None) -> None:
        self._group = group
        self.rank, self._size = distributed.get_rank(group), distributed.get_world_size(group)
        on_gpu = distributed.get_backend(group) == "nccl"
        self._device = torch.device("cuda", torch.cuda.current_device()) if on_gpu else torch.device("cpu")

    def gather(self, value: T) -> Sequence[T]:
        """What each process gave, by rank. It is pickled: the processes of a training trust one another."""
        given = np.frombuffer(pickle.dumps(value), np.uint8)
        sizes = [int(size[0]) for size in self._gathered(np.array([len(given)]))]
        padded = np.zeros(max(sizes), np.uint8)
        padded[: len(given)] = given
        return [pickle.loads(found[:size].tobytes()) for size, found in zip(sizes, self._gathered(padded), strict=True)]

    def sum(self, array: Array) -> Array:
        """The sum of the arrays that the processes gave."""
        tensor = self._tensor(array)
        (found,) = self._done(distributed.all_reduce(tensor, group=self._group, async_op=True), [tensor])
        return found

    def _gathered(self, array: Array) -> list[Array]:
        """The arrays of this shape and type that the processes gave, by rank."""
        tensor = self._tensor(array)
        found = [torch.empty_like(tensor) for _ in range(self._size)]
        work = distributed.all_gather(found, tensor, group=self._group, async_op=True)
        return self._done(work, found, tensor)

    def _tensor(self, array: Array) -> torch.Tensor:
        return torch.from_numpy(np.array(array)).to(self._device)

    def _done(self, work: Any, tensors: Sequence[torch.Tensor], *given: torch.Tensor) -> list[Array]:
        """Waits; what is in the tensors then. The work stays, and what it holds in them and in those given does not."""
        work.wait()
        if self._device.type != "cpu":
            return [tensor.cpu().numpy() for tensor in tensors]
        found = [tensor.numpy().copy() for tensor in tensors]
        for tensor in (*tensors, *given):
            tensor.set_()
        _DONE.append(work)
        return found


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
