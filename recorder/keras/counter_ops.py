"""The operations that counting is made of: in place where the backend can, by plain `keras.ops` in every other case."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from ..device_counters import ScoreRows

COUNTER = "int32" if keras.config.backend() == "jax" else "int64"  # JAX has no int64 by default
LARGEST = 2**31 - 1 if COUNTER == "int32" else 2**63 - 1
POSITION = COUNTER  # of samples
SPARSE = 4  # counters or more for each number that is added: only those that were added to are looked at
_TENSORFLOW = keras.config.backend() == "tensorflow"
_TORCH = keras.config.backend() == "torch"
_JAX = keras.config.backend() == "jax"


def _is_stateless() -> bool:
    return True  # for all that is known: a copy is right everywhere


with contextlib.suppress(ImportError):
    from keras.src.backend.common.stateless_scope import (  # type: ignore[no-redef] # takes its place
        in_stateless_scope as _is_stateless,
    )


def bins_of(values: Any, rows: ScoreRows) -> Any:
    """The bin of each value: the number of edges below it.

    Args:
        values: float32 [n, columns], none of them NaN where the result matters.
        rows: whose edges they are.

    Returns:
        int32 [n, columns].
    """
    edges = rows.edges
    if _TENSORFLOW:  # what tf.searchsorted comes to, without its eight operations of reshaping
        import tensorflow as tf

        flat = tf.raw_ops.LowerBound(sorted_inputs=edges[None], values=tf.reshape(values, (1, -1)), out_type=tf.int32)
        return tf.reshape(flat, (-1, values.shape[1]))
    if _JAX:
        from jax import numpy as jnp

        return rows.bins(values, jnp)
    flat = ops.reshape(values, (-1,))
    if _TORCH:
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
        if variable.dtype == "int32":
            new = _stopped(new, index)
    else:
        new = old + ops.cast(ops.segment_sum(updates, index, num_segments=variable.shape[0]), variable.dtype)
    variable.assign(new)


def _stopped(counters: Any, index: Any) -> Any:
    """Counters of JAX, int32, that were added to at these places; what has wrapped round is at its largest."""
    if index.size * SPARSE > counters.shape[0]:
        return ops.where(counters < 0, LARGEST, counters)
    reached = counters[index]  # to look through all of them would take longer than all else that counting does
    return counters.at[index].set(ops.where(reached < 0, LARGEST, reached))


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


def add_number(variable: Any, number: Any) -> None:
    """variable += number, of a variable without axes."""
    resource = _resource(variable)
    if resource is None:
        variable.assign_add(number)
    else:  # one operation, of which Keras makes three
        resource.assign_add(number)


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
    if _JAX and not _is_traced(condition):  # whose `cond` would be compiled anew for each batch
        if condition:
            for variable, value in zip(variables, compute(), strict=True):
                variable.assign(value)
        return
    old = tuple(ops.convert_to_tensor(variable) for variable in variables)
    for variable, value in zip(variables, ops.cond(condition, lambda: tuple(compute()), lambda: old), strict=True):
        variable.assign(value)


def _is_traced(value: Any) -> bool:
    """Whether a value of JAX stands for one that is to come, in a step that is being compiled."""
    import jax

    return isinstance(value, jax.core.Tracer)


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
