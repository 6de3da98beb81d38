"""What depends on the backend beside counting itself: processes, masks, replicas, what a step was made of."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import keras

from .. import chief
from ..logged import scalars

_TENSORFLOW = keras.config.backend() == "tensorflow"
_TORCH = keras.config.backend() == "torch"
# Whether a training step is compiled for the variables that its metrics have, all over again when one more is made.
COMPILED_BY_VARIABLES = keras.config.backend() == "jax"


def _get_mask(array: Any) -> Any:
    return getattr(array, "_keras_mask", None)


with contextlib.suppress(ImportError):  # Keras 3.6 and later, which keeps masks apart where an array takes no attribute
    from keras.src.backend import get_keras_mask as _get_mask  # type: ignore[no-redef] # takes its place


def is_chief(model: Any) -> bool:
    """Whether this process is the one that writes, of those that train together."""
    if _TENSORFLOW:
        return bool(model.distribute_strategy.extended.should_save_summary)
    return chief.is_chief()


def processes_apart() -> int:
    """How many processes train together whose metrics Keras does not sum: 1 where there is one, or they are summed."""
    if keras.config.backend() == "torch":
        distributed = chief.torch_distributed()
        return 1 if distributed is None else int(distributed.get_world_size())
    if keras.config.backend() == "jax" and keras.distribution.distribution() is None:
        import jax

        return int(jax.process_count())
    return 1


def is_floating(array: Any) -> bool:
    """Whether an array on the device holds numbers with a point."""
    return "float" in keras.backend.standardize_dtype(array.dtype)


def mask_of(y_pred: Any) -> Any:
    """The mask of Keras that a prediction bears, bool [n, ...], false where a position is padding; None without one."""
    return _get_mask(y_pred)


def activation_of(y_pred: Any) -> str | None:
    """The last activation that made a prediction, "softmax" or "sigmoid", where a graph of TensorFlow tells it."""
    operation = getattr(y_pred, "op", None) if _TENSORFLOW and type(y_pred).__name__ == "SymbolicTensor" else None
    while operation is not None and operation.type in ("Identity", "Cast", "Reshape"):
        operation = operation.inputs[0].op
    return {"Softmax": "softmax", "Sigmoid": "sigmoid"}.get(getattr(operation, "type", ""))


def passing_results(model: Any) -> dict[str, float]:
    """What metrics of a model say now and will not say of these batches any more, once they are reset.

    On PyTorch Keras gives TruePositives and its kin in the logs as views of their counters: by an epoch's end they show
    what validation has counted since.
    """
    if not _TORCH:
        return {}
    results = model.get_metrics_result()
    return scalars({name: value for name, value in results.items() if getattr(value, "_base", None) is not None})


def sync_state(model: Any) -> None:
    """Within an epoch, gives the variables of a model the values that they have by now: JAX holds them apart."""
    if keras.config.backend() == "jax":
        model.jax_state_sync()


@contextlib.contextmanager
def evaluating(model: Any) -> Iterator[None]:
    """Within an epoch, layers of PyTorch do what they do in evaluation."""
    switched = keras.config.backend() == "torch" and model.training
    if switched:
        model.eval()
    try:
        yield
    finally:
        if switched:
            model.train()


def is_replicated(model: Any) -> bool:
    """Whether the model's variables are spread over replicas by `tf.distribute`."""
    return _TENSORFLOW and bool(model.distribute_strategy.num_replicas_in_sync > 1)


def is_sharded() -> bool:
    """Whether JAX compiles steps for the variables that there are, as it does where they are laid out over devices."""
    return keras.config.backend() == "jax" and keras.distribution.distribution() is not None
