"""Recording from Lightning's `Trainer`.

    from recorder.lightning import RunCallback

    Trainer(callbacks=[RunCallback("runs", kind="multiclass", from_logits=True)])

`validation_step` returns `{"preds": ..., "target": ...}`, or `predict=` finds these in what it returns.
"""

from .callback import RunCallback

__all__ = ["RunCallback"]
