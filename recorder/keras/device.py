"""What depends on the backend: writes in place on TensorFlow, with a plain `keras.ops` path for every other case."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from .. import chief
from ..logged import scalars

COUNTER = "int32" if keras.config.backend() == "jax" else "int64"  # JAX has no int64 by default
LARGEST = 2**31 - 1 if COUNTER == "int32" else 2**63 - 1
_TENSORFLOW = keras.config.backend() == "tensorflow"
_TORCH = keras.config.backend() == "torch"
_JAX = keras.config.backend() == "jax"

POSITION = COUNTER  # of samples


def _get_mask(array: Any) -> Any:
    return getattr(array, "_keras_mask", None)


with contextlib.suppress(ImportError):  # Keras 3.6 and later, which keeps masks apart where an array takes no attribute
    from keras.src.backend import get_keras_mask as _get_mask  # type: ignore[no-redef] # takes its place


def _is_stateless() -> bool:
    return True  # for all that is known: a copy is right everywhere


with contextlib.suppress(ImportError):
    from keras.src.backend.common.stateless_scope import (  # type: ignore[no-redef] # takes its place
        in_stateless_scope as _is_stateless,
    )


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


def bins_of(values: Any, edges: npt.NDArray[np.float32]) -> Any:
    """The bin of each value: the number of edges below it.

    Args:
        values: float32 [n, columns], none of them NaN where the result matters.
        edges: increasing.

    Returns:
        int32 [n, columns].
    """
    if _TENSORFLOW:  # what tf.searchsorted comes to, without its eight operations of reshaping
        import tensorflow as tf

        flat = tf.raw_ops.LowerBound(sorted_inputs=edges[None], values=tf.reshape(values, (1, -1)), out_type=tf.int32)
        return tf.reshape(flat, (-1, values.shape[1]))
    flat = ops.reshape(values, (-1,))
    if keras.config.backend() == "torch":
        flat = flat.contiguous()  # else it warns of the copy that it makes
    flat = ops.searchsorted(ops.convert_to_tensor(edges), flat, side="left")
    return ops.reshape(ops.cast(flat, "int32"), (-1, values.shape[1]))


def codes_of(values: Any, edges: npt.NDArray[np.float32]) -> Any:
    """The number of edges at or below each value; 0 or all of them for NaN, as the backend has it.

    Args:
        values: float32 [n, columns].
        edges: increasing.

    Returns:
        int32 [n, columns].
    """
    if _TENSORFLOW:
        import tensorflow as tf

        flat = tf.raw_ops.UpperBound(sorted_inputs=edges[None], values=tf.reshape(values, (1, -1)), out_type=tf.int32)
        return tf.reshape(flat, (-1, values.shape[1]))
    if _JAX:  # which takes a loop for the search; the few edges there are it compares with at once
        from jax import numpy as jnp

        return jnp.searchsorted(edges, values, side="right", method="compare_all").astype("int32")
    flat = ops.searchsorted(ops.convert_to_tensor(edges), ops.reshape(values, (-1,)), side="right")
    return ops.reshape(ops.cast(flat, "int32"), (-1, values.shape[1]))


def look_up(table: npt.NDArray[np.int32], index: Any) -> Any:
    """table[index], for indices that are known to be in it."""
    if _TENSORFLOW:  # ops.take makes four operations of allowing for negative indices
        import tensorflow as tf

        return tf.gather(table, index)
    return ops.take(ops.convert_to_tensor(table), index)


def scatter_add(variable: Any, index: Any, updates: Any = None) -> None:
    """variable[index] += updates; int32 counters stop at their largest value instead of wrapping round.

    Args:
        variable: [slots] or [slots, columns].
        index: int32, any shape, each in [0, slots).
        updates: [number of indices, columns], of the variable's dtype; None adds one for each index.
    """
    resource = _resource(variable)
    if resource is not None:
        import tensorflow as tf

        one = tf.ones((), resource.dtype)
        index = index if updates is None else tf.reshape(index, (-1,))
        tf.raw_ops.ResourceScatterAdd(
            resource=resource.handle, indices=index, updates=one if updates is None else updates
        )
        return
    index = ops.reshape(index, (-1,))
    updates = ops.ones_like(index, dtype=variable.dtype) if updates is None else updates
    tensor = _tensor(variable)
    if tensor is not None:
        tensor.index_add_(0, index, updates)
        return
    old = ops.convert_to_tensor(variable)
    if _JAX:  # in place, where the other way makes a list of zeros first
        new = old.at[index].add(updates)
    else:
        new = old + ops.cast(ops.segment_sum(updates, index, num_segments=variable.shape[0]), variable.dtype)
    if variable.dtype == "int32":
        new = ops.where(new < old, ops.full_like(new, LARGEST), new)
    variable.assign(new)


def add_many(variable: Any, index: Any, updates: Any) -> None:
    """variable[index] += updates, of nearly as many whole numbers as the variable has, or more.

    Args:
        variable: [slots].
        index: int32, any shape.
        updates: int32, of the same shape.
    """
    index, updates = ops.reshape(index, (-1,)), ops.reshape(ops.cast(updates, variable.dtype), (-1,))
    resource = _resource(variable)
    if resource is None:
        scatter_add(variable, index, updates)
    else:  # a tenth of the time that it takes to add one by one in place
        import tensorflow as tf

        resource.assign_add(tf.math.unsorted_segment_sum(updates, index, variable.shape[0]))


def on_this_host(variable: Any) -> npt.NDArray[Any] | None:
    """Counters as an array of NumPy's, to write into, where they may be: in PyTorch, on a CPU and step by step."""
    tensor = _tensor(variable)
    if tensor is None or tensor.device.type != "cpu":
        return None
    import torch

    return None if torch.compiler.is_compiling() else tensor.numpy()


def scatter_rows(variable: Any, index: Any, rows: Any) -> None:
    """variable[index] = rows, each index at most once but for a last row that nobody reads.

    Args:
        variable: [slots, ...].
        index: int32 [n].
        rows: [n, ...], of the variable's dtype.
    """
    resource = _resource(variable)
    if resource is not None:
        import tensorflow as tf

        resource.scatter_update(tf.IndexedSlices(rows, index))
        return
    tensor = _tensor(variable)  # AutoGraph cannot read an assignment within a condition, and says so
    if tensor is not None:
        tensor[index] = rows
    else:
        variable.assign(ops.scatter_update(ops.convert_to_tensor(variable), index[:, None], rows))


def assign_when(condition: Any, variables: Sequence[Any], compute: Callable[[], Sequence[Any]]) -> None:
    """Assigns what `compute` returns to the variables where the condition (a boolean scalar) holds."""
    resources = [_resource(variable) for variable in variables]
    if all(resource is not None for resource in resources):
        import tensorflow as tf

        def assign() -> Any:
            done = [resource.assign(value) for resource, value in zip(resources, compute(), strict=True)]
            with tf.control_dependencies(done):
                return tf.constant(0)

        tf.cond(condition, assign, lambda: tf.constant(0))
        return
    old = tuple(ops.convert_to_tensor(variable) for variable in variables)
    for variable, value in zip(variables, ops.cond(condition, lambda: tuple(compute()), lambda: old), strict=True):
        variable.assign(value)


def _resource(variable: Any) -> Any:
    """The tf.Variable behind a Keras variable; None in a stateless scope, under a strategy, on other backends."""
    if not _TENSORFLOW:
        return None
    import tensorflow as tf

    if tf.distribute.has_strategy():
        return None
    value = variable.value
    return value if isinstance(value, tf.Variable) else None


def _tensor(variable: Any) -> Any:
    """The tensor of PyTorch behind a Keras variable, to write into; None in a stateless scope, on other backends."""
    return variable.value.detach() if _TORCH and not _is_stateless() else None
