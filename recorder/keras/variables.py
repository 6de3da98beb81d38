"""Values of variables from the device and back, between epochs.

There each call costs several times what it costs in a loop, as no cache holds its code any more: to read three counters
through Keras 0.35 ms, and 0.15 by TensorFlow's own operations, which are called here where they can be
(`tests/benchmarks/bench_hooks.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from ..runfile.records import Array

_TENSORFLOW = keras.config.backend() == "tensorflow"


def on_host(variables: Sequence[Any]) -> list[Array]:
    """What Keras variables hold, as arrays of NumPy, which are copies."""
    resources = _resources(variables)
    if resources is None:
        return [ops.convert_to_numpy(variable) for variable in variables]
    import tensorflow as tf

    read = tf.raw_ops.ReadVariableOp
    return [read(resource=each.handle, dtype=each.dtype).numpy() for each in resources]


def set_to_zero(variables: Sequence[Any]) -> None:
    """Each value becomes 0."""
    resources = _resources(variables)
    if resources is None:
        for variable in variables:
            variable.assign(ops.zeros(variable.shape, dtype=variable.dtype))
        return
    import tensorflow as tf

    for each in resources:
        tf.raw_ops.AssignVariableOp(resource=each.handle, value=tf.zeros(each.shape, each.dtype))


def set_number(variable: Any, number: int) -> None:
    """A variable without axes holds this number."""
    resources = _resources([variable])
    if resources is None:
        variable.assign(number)
        return
    import tensorflow as tf

    (each,) = resources
    tf.raw_ops.AssignVariableOp(resource=each.handle, value=tf.constant(number, each.dtype))


def _resources(variables: Sequence[Any]) -> list[Any] | None:
    """The variables of TensorFlow behind those of Keras; None where one has none of its own: on other backends, under
    a strategy, within a stateless scope.
    """
    if not _TENSORFLOW:
        return None
    import tensorflow as tf

    found = [variable.value for variable in variables]
    plain = all(
        isinstance(each, tf.Variable) and not isinstance(each, tf.distribute.DistributedValues) for each in found
    )
    return found if plain and not tf.distribute.has_strategy() else None
