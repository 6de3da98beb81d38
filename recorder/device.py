"""The two writes that TensorFlow can do in place, with a plain `keras.ops` path for every other case."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import ops

COUNTER = "int32" if keras.config.backend() == "jax" else "int64"  # JAX has no int64 by default
_TENSORFLOW = keras.config.backend() == "tensorflow"


def distributed() -> bool:
    """Whether the model's variables are spread over replicas by `tf.distribute`."""
    if not _TENSORFLOW:
        return False
    import tensorflow as tf

    return bool(tf.distribute.has_strategy())


def scatter_add(variable: Any, index: Any, updates: Any) -> None:
    """variable[index] += updates; integer counters stop at their largest value instead of wrapping round.

    Args:
        variable: [slots].
        index: int32 [n], each in [0, slots).
        updates: [n], of the variable's dtype.
    """
    resource = _resource(variable)
    if resource is not None:
        import tensorflow as tf

        resource.scatter_add(tf.IndexedSlices(updates, index))
        return
    old = ops.convert_to_tensor(variable)
    new = old + ops.cast(ops.segment_sum(updates, index, num_segments=variable.shape[0]), variable.dtype)
    if "int" in variable.dtype:
        largest = 2**31 - 1 if variable.dtype == "int32" else 2**63 - 1
        new = ops.where(new < old, ops.full_like(new, largest), new)
    variable.assign(new)


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
    if not _TENSORFLOW or distributed():
        return None
    import tensorflow as tf

    value = variable.value
    return value if isinstance(value, tf.Variable) else None
