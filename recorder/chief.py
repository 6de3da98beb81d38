"""Which of several processes that train together writes the run."""

from __future__ import annotations

import json
import os
import sys
from typing import Any


def is_chief() -> bool:
    """Whether this process is the one that writes, of those that train together: rank 0, or the chief of the cluster.

    PyTorch is asked where its process group is there, else what `torchrun` set (`RANK` of a `WORLD_SIZE`); JAX where
    `jax.distributed` was initialised; TensorFlow by the cluster in `TF_CONFIG`. What was not imported is not asked, and
    nothing is imported. A process alone is the chief.
    """
    return all(rank in (None, 0) for rank in (_torch_rank(), _jax_rank(), _tensorflow_rank()))


def torch_distributed() -> Any:
    """`torch.distributed` where its process group is there; else None, and nothing is imported."""
    distributed: Any = sys.modules.get("torch.distributed")
    there = distributed is not None and distributed.is_available() and distributed.is_initialized()
    return distributed if there else None


def _torch_rank() -> int | None:
    distributed = torch_distributed()
    if distributed is not None:
        return int(distributed.get_rank())
    rank, size = (os.environ.get(name, "") for name in ("RANK", "WORLD_SIZE"))
    return int(rank) if rank.isdecimal() and size.isdecimal() and int(size) > 1 else None


def _jax_rank() -> int | None:
    """Not by `jax.process_index()` alone, which would start the devices where nothing needs them yet."""
    jax: Any = sys.modules.get("jax")
    started = getattr(getattr(jax, "distributed", None), "is_initialized", None)
    return int(jax.process_index()) if started is not None and started() else None


def _tensorflow_rank() -> int | None:
    if "tensorflow" not in sys.modules:
        return None
    try:
        config = json.loads(os.environ.get("TF_CONFIG", "{}"))
        task, cluster = config.get("task", {}), config.get("cluster", {})
        role, index = str(task["type"]), int(task["index"])
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    chiefs = {"chief", "master"} & set(cluster) or {"worker"}
    return index if role in chiefs else 1
