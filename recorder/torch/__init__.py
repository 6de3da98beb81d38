"""Counting with PyTorch, on the device.

    from recorder import RunWriter
    from recorder.torch import ConfusionTally

    tally = ConfusionTally(kind="binary", from_logits=True)
    tally.update(y, model(x))
    run.epoch(epoch, val=tally)

`reduced` sums the counts of all processes of `torch.distributed`, as `ConfusionTally.compute` does.
"""

from .processes import reduced
from .tally import ConfusionTally

__all__ = ["ConfusionTally", "reduced"]
