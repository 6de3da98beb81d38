"""What Keras knows of the validation data of a `fit`, as far as it lets others see it."""

from __future__ import annotations

from typing import Any


def adapter_of(model: Any) -> Any:
    """What hands the validation data to the model, batch by batch; None where there is none, or Keras has moved it."""
    return getattr(getattr(model, "_eval_epoch_iterator", None), "data_adapter", None)


def is_of_arrays(adapter: Any) -> bool:
    """Whether the data are arrays: their number of samples is known, and each pass has all of them."""
    return type(adapter).__name__ == "ArrayDataAdapter"


def samples_of_pass(model: Any) -> int | None:
    """How many samples the pass of validation that begins has; None where nobody knows it beforehand."""
    iterator: Any = getattr(model, "_eval_epoch_iterator", None)
    adapter = adapter_of(model)
    try:
        if not is_of_arrays(adapter) or iterator.steps_per_epoch is not None:
            return None
        full = adapter.num_batches - adapter.has_partial_batch
        return int(full * adapter.batch_size + (adapter.partial_batch_size or 0))
    except (AttributeError, TypeError):  # another Keras
        return None
