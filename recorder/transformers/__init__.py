"""Recording from the `Trainer` of Hugging Face's transformers.

    from recorder.transformers import RunCallback

    run = RunCallback("runs", kind="multiclass")
    trainer = Trainer(..., callbacks=[run], compute_metrics=run.compute_metrics)

With `TrainingArguments(batch_eval_metrics=True)` each batch is counted as it comes, and no logits are kept.
"""

from .callback import RunCallback

__all__ = ["RunCallback"]
