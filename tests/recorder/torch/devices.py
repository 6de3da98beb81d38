"""The devices of this machine on which PyTorch's tally is tried."""

from __future__ import annotations

import importlib.util


def devices() -> list[str]:
    """The processor, and an accelerator where PyTorch has one."""
    if importlib.util.find_spec("torch") is None:
        return ["cpu"]
    import torch

    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    return ["cpu", *(name for name, has in there.items() if has)]


DEVICES = devices()
